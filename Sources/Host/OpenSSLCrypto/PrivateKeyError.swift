public import FirmwareImage

/// Why a private key cannot be loaded, written or used.
public enum PrivateKeyError: Error, Equatable, Sendable {
  /// There is no private key to load.
  case unusable(KeyError)
  /// It is a key, but of a kind that images have no use for.
  case unsupportedKey(source: String, algorithm: String)
  /// The file cannot be created or written.
  case cannotWrite(path: String, reason: String)
  /// There is a file already; a key is never overwritten.
  case fileExists(path: String)
  /// A key of this kind makes no signatures, or none of the pure form.
  case cannotSign(PrivateKey.Kind)
  /// A key of this kind does not sign a digest of this algorithm.
  case digestDoesNotFit(DigestAlgorithm, kind: PrivateKey.Kind)
  /// libcrypto failed.
  case engineFailed(OpenSSLError)
}

extension PrivateKeyError: CustomStringConvertible {
  /// The error in one line: what, where, and what to do.
  public var description: String {
    switch self {
    case .unusable(let error): error.description
    case .unsupportedKey(let source, let algorithm):
      "\(source): is a key of type \(algorithm), which images have no use for;"
        + " use RSA-2048, RSA-3072, EC P-256, EC P-384, Ed25519 or X25519"
    case .cannotWrite(let path, let reason): "\(path): cannot write the key: \(reason)"
    case .fileExists(let path):
      "\(path): exists already; a key is never overwritten, name another file"
    case .cannotSign(let kind): "a key of type \(kind.rawValue) cannot make this signature"
    case .digestDoesNotFit(let digest, let kind):
      "a key of type \(kind.rawValue) does not sign a \(digest) digest"
    case .engineFailed(let error): error.description
    }
  }
}
