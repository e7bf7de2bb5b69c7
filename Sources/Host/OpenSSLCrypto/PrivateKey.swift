internal import COpenSSL

/// A private key: one that signs images, or one that a device decrypts with.
///
/// The key stays inside libcrypto; only `writePEM(to:)` lets it out. A key never changes, so it may
/// be used from several threads at once.
public final class PrivateKey: Sendable {
  /// The kind of the key.
  public let kind: Kind
  /// The public half.
  public let publicKey: PublicKey
  let handle: KeyHandle

  private init(_ handle: KeyHandle, source: String) throws(PrivateKeyError) {
    guard let kind = Kind(of: handle) else {
      throw .unsupportedKey(source: source, algorithm: handle.kindDescription)
    }
    self.kind = kind
    self.handle = handle
    do { publicKey = try PublicKey(publicHalfOf: handle) } catch { throw .unusable(error) }
  }

  /// Makes a new random key.
  ///
  /// - Throws: `PrivateKeyError.engineFailed`.
  /// - Complexity: Milliseconds, but up to a few seconds for RSA.
  public convenience init(generating kind: Kind) throws(PrivateKeyError) {
    try self.init(Self.generate(kind), source: "the new key")
  }

  /// Loads a key from a PEM or DER file, as OpenSSL and imgtool write them: PKCS#8, SEC1 (EC) or
  /// PKCS#1 (RSA).
  ///
  /// - Throws: `PrivateKeyError.unusable` with the reason, or `.unsupportedKey`.
  public convenience init(contentsOf path: String) throws(PrivateKeyError) {
    let bytes: SecretBytes
    do { bytes = try KeyFile.contents(of: path) } catch { throw .unusable(error) }
    try self.init(bytes, source: path)
  }

  /// Reads a key from PEM text.
  ///
  /// - Throws: `PrivateKeyError.unusable` with the reason, or `.unsupportedKey`.
  public convenience init(pem: String) throws(PrivateKeyError) {
    try self.init(SecretBytes(copying: Array(pem.utf8).span), source: "the key")
  }

  /// Reads a key from DER.
  ///
  /// - Throws: `PrivateKeyError.unusable` with the reason, or `.unsupportedKey`.
  public convenience init(der: [UInt8]) throws(PrivateKeyError) {
    try self.init(SecretBytes(copying: der.span), source: "the key")
  }

  private convenience init(_ bytes: SecretBytes, source: String) throws(PrivateKeyError) {
    let parsed: (key: KeyHandle, half: KeyFile.Half)
    do { parsed = try KeyFile.parse(bytes, source: source) } catch { throw .unusable(error) }
    guard parsed.half == .private else { throw .unusable(.isPublicKey(source: source)) }
    try self.init(parsed.key, source: source)
  }

  private static func generate(_ kind: Kind) throws(PrivateKeyError) -> KeyHandle {
    guard let context = KeyContext(algorithm: kind.engineName) else {
      throw .engineFailed(.drainingQueue("finding the algorithm of the key"))
    }
    let operation = unsafe context.pointer
    var good = unsafe EVP_PKEY_keygen_init(operation) > 0
    switch kind {
    case .rsa2048: good = unsafe good && EVP_PKEY_CTX_set_rsa_keygen_bits(operation, 2048) > 0
    case .rsa3072: good = unsafe good && EVP_PKEY_CTX_set_rsa_keygen_bits(operation, 3072) > 0
    case .ecdsaP256: good = unsafe good && EVP_PKEY_CTX_set_group_name(operation, "prime256v1") > 0
    case .ecdsaP384: good = unsafe good && EVP_PKEY_CTX_set_group_name(operation, "secp384r1") > 0
    case .ed25519, .x25519: break
    }
    var pointer: OpaquePointer?
    good = unsafe good && EVP_PKEY_generate(operation, &pointer) > 0
    guard good, let key = unsafe pointer else {
      throw .engineFailed(.drainingQueue("generating a key"))
    }
    return unsafe KeyHandle(adopting: key)
  }
}
