internal import COpenSSL
public import FirmwareImage

/// The key with which a device unwraps the content keys of encrypted images: the private half of a
/// key pair, or a key-encryption key for AES key wrap.
///
/// The key never leaves the object, and is overwritten when the object goes.
public final class DecryptionKey: Sendable {
  enum Material: Sendable {
    case pair(KeyHandle)
    case keyEncryptionKey(SecretBytes)
  }

  /// How content keys are wrapped for this key; an X25519 key unwraps the form with SHA-512 as well.
  public let algorithm: KeyWrapAlgorithm
  let material: Material

  /// Makes a key-encryption key from its 16 or 32 bytes.
  ///
  /// - Throws: `KeyError.notAKey` if it has another length.
  public convenience init(keyEncryptionKey bytes: [UInt8]) throws(KeyError) {
    guard Self.isKeyEncryptionKey(size: bytes.count) else { throw .notAKey(source: "the key") }
    self.init(keyEncryptionKey: SecretBytes(copying: bytes.span))
  }

  /// Loads a private key (RSA-2048, EC P-256 or X25519) in PEM or DER (PKCS#8, PKCS#1 or SEC1), or
  /// the 16 or 32 raw bytes of a key-encryption key.
  ///
  /// - Throws: `KeyError.cannotRead`, `.notAKey`, `.passphraseProtected`, `.isPublicKey`,
  ///   `.unsupportedKey` or `.engineFailed`.
  public convenience init(contentsOf path: String) throws(KeyError) {
    let bytes = try KeyFile.contents(of: path)
    if Self.isKeyEncryptionKey(size: bytes.count) {
      self.init(keyEncryptionKey: bytes)
    } else {
      try self.init(bytes, source: path)
    }
  }

  /// Reads a private key from PEM text.
  ///
  /// - Throws: As `init(contentsOf:)`, except `.cannotRead`.
  public convenience init(pem: String) throws(KeyError) {
    try self.init(SecretBytes(copying: Array(pem.utf8).span), source: "the key")
  }

  /// Reads a private key from DER.
  ///
  /// - Throws: As `init(contentsOf:)`, except `.cannotRead`.
  public convenience init(der: [UInt8]) throws(KeyError) {
    try self.init(SecretBytes(copying: der.span), source: "the key")
  }

  private init(keyEncryptionKey: SecretBytes) {
    algorithm = .aesKeyWrap
    material = .keyEncryptionKey(keyEncryptionKey)
  }

  private init(_ bytes: SecretBytes, source: String) throws(KeyError) {
    let (key, half) = try KeyFile.parse(bytes, source: source)
    guard half == .private else { throw .isPublicKey(source: source) }
    guard let algorithm = key.keyWrapAlgorithm else {
      throw .unsupportedKey(source: source, algorithm: key.kindDescription)
    }
    self.algorithm = algorithm
    material = .pair(key)
  }

  private static func isKeyEncryptionKey(size: Int) -> Bool { size == 16 || size == 32 }

  /// Whether the key can unwrap a content key that was wrapped in this way.
  public func unwraps(_ algorithm: KeyWrapAlgorithm) -> Bool {
    algorithm == self.algorithm
      || (self.algorithm == .eciesX25519 && algorithm == .eciesX25519SHA512)
  }
}
