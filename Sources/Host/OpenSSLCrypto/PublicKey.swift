internal import COpenSSL
public import FirmwareImage

/// A public key that a device trusts.
///
/// A key never changes, so it may be used from several threads at once.
public final class PublicKey: Sendable {
  /// The signature the key verifies; `nil` for a key that makes none, such as X25519.
  public let algorithm: SignatureAlgorithm?
  /// The key as DER SubjectPublicKeyInfo.
  public let subjectPublicKeyInfo: [UInt8]
  /// The key as image tools embed and hash it: RSA as PKCS#1 RSAPublicKey, all others as
  /// SubjectPublicKeyInfo.
  public let imageToolDER: [UInt8]
  let handle: KeyHandle
  /// The hashes of `imageToolDER` with SHA-256, SHA-384 and SHA-512.
  let hashes: [[UInt8]]

  /// Loads a key from a file in PEM or DER: SubjectPublicKeyInfo or PKCS#1.
  ///
  /// Of a private key the public half is taken.
  ///
  /// - Throws: `KeyError.cannotRead`, `.notAKey`, `.passphraseProtected` or `.engineFailed`.
  public convenience init(contentsOf path: String) throws(KeyError) {
    try self.init(KeyFile.contents(of: path), source: path)
  }

  /// Reads a key from PEM text.
  ///
  /// - Throws: `KeyError.notAKey`, `.passphraseProtected` or `.engineFailed`.
  public convenience init(pem: String) throws(KeyError) {
    try self.init(SecretBytes(copying: Array(pem.utf8).span), source: "the key")
  }

  /// Reads a key from DER.
  ///
  /// - Throws: `KeyError.notAKey` or `.engineFailed`.
  public convenience init(der: [UInt8]) throws(KeyError) {
    try self.init(SecretBytes(copying: der.span), source: "the key")
  }

  private convenience init(_ bytes: SecretBytes, source: String) throws(KeyError) {
    try self.init(publicHalfOf: KeyFile.parse(bytes, source: source).key)
  }

  /// Takes the public half of a key; a private half is left behind.
  init(publicHalfOf key: KeyHandle) throws(KeyError) {
    let encoded = unsafe key.encoded { unsafe i2d_PUBKEY($0, $1) }
    let pointer = unsafe encoded.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var cursor = buffer.baseAddress
      return unsafe d2i_PUBKEY(nil, &cursor, buffer.count)
    }
    guard let pointer = unsafe pointer else {
      throw .engineFailed(.drainingQueue("taking the public half of a key"))
    }
    handle = unsafe KeyHandle(adopting: pointer)
    algorithm = handle.signatureAlgorithm
    subjectPublicKeyInfo = encoded
    switch algorithm {
    case .rsa2048, .rsa3072:
      imageToolDER = unsafe handle.encoded { unsafe i2d_PublicKey($0, $1) }
    default: imageToolDER = encoded
    }
    hashes = [.sha256, .sha384, .sha512].map { [imageToolDER] in Self.hash(imageToolDER, $0) }
  }

  /// A name of the kind of key for messages, such as `EC prime256v1`.
  public var kindDescription: String { handle.kindDescription }

  /// The hash of `imageToolDER`, as it stands in the key hash entry of an image.
  public func hash(_ algorithm: DigestAlgorithm) -> [UInt8] { Self.hash(imageToolDER, algorithm) }

  private static func hash(_ bytes: [UInt8], _ algorithm: DigestAlgorithm) -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: algorithm.size)
    let good = unsafe EVP_Digest(
      bytes, bytes.count, &hash, nil, FetchedAlgorithms.digest(algorithm), nil)
    precondition(good == 1, "libcrypto without \(algorithm)")
    return hash
  }
}
