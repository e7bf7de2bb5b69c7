public import FirmwareImage

/// Why a key cannot encrypt images.
public enum EncryptionKeyError: Error, Equatable, Sendable {
  /// There is no key to load.
  case unusable(KeyError)
  /// The bytes are neither a key in PEM or DER nor a raw key of 16 or 32 bytes.
  case notAKey(source: String, size: Int)
  /// A raw key has neither 16 nor 32 bytes.
  case wrongSize(source: String, size: Int)
  /// It is a key, but the image format has no key wrap for it.
  case unsupportedKey(source: String, algorithm: String)
  /// A key-encryption key wraps only content keys of its own size.
  case contentKeyDoesNotFit(contentKeySize: Int, keySize: Int)
  /// Only X25519 has a form with another hash than SHA-256.
  case hashDoesNotFit(DigestAlgorithm, KeyWrapAlgorithm)
  /// libcrypto failed.
  case engineFailed(OpenSSLError)
}

extension EncryptionKeyError: CustomStringConvertible {
  /// The error in one line: what, where, and what to do.
  public var description: String {
    switch self {
    case .unusable(let error): error.description
    case .notAKey(let source, let size):
      "\(source): is neither a key in PEM or DER nor a raw key of 16 or 32 bytes (it has \(size))"
    case .wrongSize(let source, let size):
      "\(source): a key-encryption key has 16 or 32 bytes, this one \(size)"
    case .unsupportedKey(let source, let algorithm):
      "\(source): is a key of type \(algorithm), for which images have no key wrap;"
        + " use RSA-2048, EC P-256, X25519 or a raw AES key"
    case .contentKeyDoesNotFit(let contentKeySize, let keySize):
      "a key-encryption key of \(keySize) bytes cannot wrap an AES-\(contentKeySize * 8) key;"
        + " encrypt with AES-\(keySize * 8)"
    case .hashDoesNotFit(let digest, let wrap):
      "a content key cannot be wrapped with \(digest) in the form \(wrap);"
        + " only X25519 has a form with SHA-512"
    case .engineFailed(let error): error.description
    }
  }
}
