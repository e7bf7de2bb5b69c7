internal import COpenSSL
public import FirmwareImage

/// The key an image is encrypted to: the public half of a device's key, or a key-encryption key that
/// the device shares.
public final class EncryptionKey: Sendable {
  enum Material: Sendable {
    case peer(KeyHandle)
    case keyEncryptionKey(SecretBytes)
  }

  /// How the key wraps a content key; for an X25519 key the form with SHA-256.
  public let algorithm: KeyWrapAlgorithm
  let material: Material

  /// The size of a key-encryption key in bytes, or `nil` for a public key.
  public var keyEncryptionKeySize: Int? {
    guard case .keyEncryptionKey(let bytes) = material else { return nil }
    return bytes.count
  }

  /// Makes a key-encryption key for AES key wrap from its 16 or 32 bytes.
  ///
  /// - Throws: `EncryptionKeyError.wrongSize`.
  public init(keyEncryptionKey bytes: [UInt8]) throws(EncryptionKeyError) {
    guard Self.isKeyEncryptionKey(size: bytes.count) else {
      throw .wrongSize(source: "the key", size: bytes.count)
    }
    algorithm = .aesKeyWrap
    material = .keyEncryptionKey(SecretBytes(copying: bytes.span))
  }

  /// Takes the public half of a key.
  ///
  /// - Throws: `EncryptionKeyError.unsupportedKey` unless it is RSA-2048, EC P-256 or X25519.
  public convenience init(publicHalfOf key: PrivateKey) throws(EncryptionKeyError) {
    try self.init(key.publicKey.handle, source: "the key")
  }

  /// Loads a public key (RSA-2048, EC P-256 or X25519) in PEM or DER, or the 16 or 32 raw bytes of
  /// a key-encryption key; of a private key the public half is taken.
  ///
  /// - Throws: `EncryptionKeyError.unusable` with the reason, `.notAKey` or `.unsupportedKey`.
  public convenience init(contentsOf path: String) throws(EncryptionKeyError) {
    let bytes: SecretBytes
    do { bytes = try KeyFile.contents(of: path) } catch { throw .unusable(error) }
    if Self.isKeyEncryptionKey(size: bytes.count) {
      self.init(keyEncryptionKey: bytes)
      return
    }
    let key: KeyHandle
    do throws(KeyError) {
      key = try PublicKey(publicHalfOf: KeyFile.parse(bytes, source: path).key).handle
    } catch .notAKey {
      throw .notAKey(source: path, size: bytes.count)
    } catch {
      throw .unusable(error)
    }
    try self.init(key, source: path)
  }

  private init(keyEncryptionKey: SecretBytes) {
    algorithm = .aesKeyWrap
    material = .keyEncryptionKey(keyEncryptionKey)
  }

  private init(_ key: KeyHandle, source: String) throws(EncryptionKeyError) {
    guard let algorithm = key.keyWrapAlgorithm else {
      throw .unsupportedKey(source: source, algorithm: key.kindDescription)
    }
    self.algorithm = algorithm
    material = .peer(key)
  }

  private static func isKeyEncryptionKey(size: Int) -> Bool { size == 16 || size == 32 }

  /// Checks that the key can wrap a content key of this size with this hash.
  ///
  /// - Throws: `EncryptionKeyError.contentKeyDoesNotFit` or `.hashDoesNotFit`.
  public func validate(
    contentKeySize: Int, hash: DigestAlgorithm
  ) throws(EncryptionKeyError) {
    guard hash == .sha256 || (hash == .sha512 && algorithm == .eciesX25519) else {
      throw .hashDoesNotFit(hash, algorithm)
    }
    if let size = keyEncryptionKeySize, size != contentKeySize {
      throw .contentKeyDoesNotFit(contentKeySize: contentKeySize, keySize: size)
    }
  }
}
