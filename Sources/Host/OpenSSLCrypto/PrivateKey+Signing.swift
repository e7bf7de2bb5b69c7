internal import COpenSSL
public import FirmwareImage

extension PrivateKey {
  /// Signs the digest of an image, as MCUboot wants it.
  ///
  /// RSA: PSS with SHA-256, MGF1-SHA-256 and a salt of 32 bytes; ECDSA: DER; Ed25519: the digest is
  /// the message.
  ///
  /// - Throws: `PrivateKeyError.cannotSign`, `.digestDoesNotFit` or `.engineFailed`.
  public func sign(_ digest: ImageDigest) throws(PrivateKeyError) -> [UInt8] {
    guard kind.signatureAlgorithm != nil else { throw .cannotSign(kind) }
    guard kind.digestAlgorithms.contains(digest.algorithm) else {
      throw .digestDoesNotFit(digest.algorithm, kind: kind)
    }
    if kind == .ed25519 {
      return try signMessage(digest.storage.span.extracting(first: digest.algorithm.size))
    }
    guard let operation = KeyContext(handle) else {
      throw .engineFailed(.drainingQueue("signing"))
    }
    let context = unsafe operation.pointer
    var good = unsafe EVP_PKEY_sign_init(context) > 0
    if kind == .rsa2048 || kind == .rsa3072 {
      good = unsafe good && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0
      good =
        unsafe good && EVP_PKEY_CTX_set_rsa_mgf1_md(context, FetchedAlgorithms.digest(.sha256)) > 0
      good = unsafe good && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, 32) > 0
    }
    let algorithm = unsafe FetchedAlgorithms.digest(digest.algorithm)
    good = unsafe good && EVP_PKEY_CTX_set_signature_md(context, algorithm) > 0

    var signature = [UInt8](repeating: 0, count: Int(unsafe EVP_PKEY_get_size(handle.pointer)))
    var size = signature.count
    good =
      unsafe good
      && digest.storage.span.withUnsafeBufferPointer {
        unsafe EVP_PKEY_sign(context, &signature, &size, $0.baseAddress, digest.algorithm.size) > 0
      }
    guard good else { throw .engineFailed(.drainingQueue("signing")) }
    signature.removeLast(signature.count - size)
    return signature
  }

  /// Signs a whole message with Ed25519: the pure form of an image signature.
  ///
  /// - Throws: `PrivateKeyError.cannotSign` if it is no Ed25519 key, or `.engineFailed`.
  /// - Complexity: O(`message.count`), two passes over the message
  public func signPure(_ message: Span<UInt8>) throws(PrivateKeyError) -> [UInt8] {
    guard kind == .ed25519 else { throw .cannotSign(kind) }
    return try signMessage(message)
  }

  private func signMessage(_ message: Span<UInt8>) throws(PrivateKeyError) -> [UInt8] {
    guard let operation = DigestContext() else {
      throw .engineFailed(.drainingQueue("signing"))
    }
    let context = unsafe operation.pointer
    var signature = [UInt8](repeating: 0, count: 64)
    var size = signature.count
    let good =
      unsafe EVP_DigestSignInit_ex(context, nil, nil, nil, nil, handle.pointer, nil) > 0
      && message.withUnsafeBufferPointer {
        unsafe EVP_DigestSign(context, &signature, &size, $0.baseAddress, $0.count) > 0
      }
    guard good, size == 64 else { throw .engineFailed(.drainingQueue("signing")) }
    return signature
  }
}
