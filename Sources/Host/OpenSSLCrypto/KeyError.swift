/// Why a public key or a decryption key cannot be loaded or used.
public enum KeyError: Error, Equatable, Sendable {
  /// The file cannot be opened or read.
  case cannotRead(path: String, reason: String)
  /// The bytes are no key in PEM or DER.
  case notAKey(source: String)
  /// The key is protected by a passphrase.
  case passphraseProtected(source: String)
  /// There is a public key where the private one is needed.
  case isPublicKey(source: String)
  /// It is a key, but of a kind that cannot be used for this.
  case unsupportedKey(source: String, algorithm: String)
  /// More keys than a device can trust.
  case tooManyKeys(count: Int, limit: Int)
  /// libcrypto could not be set up.
  case engineFailed(OpenSSLError)
}

extension KeyError: CustomStringConvertible {
  /// The error in one line: what, where, and what to do.
  public var description: String {
    switch self {
    case .cannotRead(let path, let reason): "\(path): cannot read the key: \(reason)"
    case .notAKey(let source): "\(source): is no key in PEM or DER"
    case .passphraseProtected(let source):
      "\(source): protected by a passphrase; remove it with `openssl pkey -in … -out …` first"
    case .isPublicKey(let source):
      "\(source): is a public key; give the private key it belongs to"
    case .unsupportedKey(let source, let algorithm):
      "\(source): a key of type \(algorithm) cannot be used here"
    case .tooManyKeys(let count, let limit):
      "\(count) trusted keys; a device can have at most \(limit)"
    case .engineFailed(let error): error.description
    }
  }
}
