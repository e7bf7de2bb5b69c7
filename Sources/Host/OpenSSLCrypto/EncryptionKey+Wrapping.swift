internal import COpenSSL
public import FirmwareImage

extension EncryptionKey {
  /// Makes a new random content key.
  ///
  /// - Parameter size: 16 for AES-128, 32 for AES-256.
  /// - Throws: `EncryptionKeyError.engineFailed`.
  public static func randomContentKey(size: Int) throws(EncryptionKeyError) -> ContentKey {
    var key = ContentKey(size: size)
    var bytes = key.storage.mutableSpan
    let good = unsafe bytes.withUnsafeMutableBufferPointer {
      unsafe RAND_priv_bytes($0.baseAddress, Int32(size)) == 1
    }
    guard good else { throw .engineFailed(.drainingQueue("drawing a random key")) }
    return key
  }

  /// Wraps a content key as the TLV of an image holds it.
  ///
  /// - Parameter hash: The hash of the key derivation and of the tag in the ECIES forms; SHA-512 for
  ///   X25519 only. The other forms always use SHA-256.
  /// - Returns: The form it took, which names the TLV type, and the bytes.
  /// - Throws: `EncryptionKeyError.contentKeyDoesNotFit`, `.hashDoesNotFit` or `.engineFailed`.
  public func wrap(
    _ contentKey: ContentKey, hash: DigestAlgorithm = .sha256
  ) throws(EncryptionKeyError) -> (algorithm: KeyWrapAlgorithm, bytes: [UInt8]) {
    try validate(contentKeySize: contentKey.size, hash: hash)
    let plain = SecretBytes(copying: contentKey.storage.span.extracting(first: contentKey.size))
    do throws(OpenSSLError) {
      switch material {
      case .keyEncryptionKey(let key):
        return (.aesKeyWrap, try Self.wrapAES(plain, with: key))
      case .peer(let peer) where algorithm == .rsaOAEP:
        return (.rsaOAEP, try Self.wrapRSA(plain, to: peer))
      case .peer(let peer):
        let form: KeyWrapAlgorithm = hash == .sha512 ? .eciesX25519SHA512 : algorithm
        return (form, try Self.wrapECIES(plain, to: peer, form: form))
      }
    } catch {
      throw .engineFailed(error)
    }
  }

  /// AES key wrap, RFC 3394, with the default initial value.
  private static func wrapAES(
    _ plain: SecretBytes, with key: SecretBytes
  ) throws(OpenSSLError) -> [UInt8] {
    guard let context = CipherContext(),
      let cipher = unsafe FetchedAlgorithms.keyWrap(keySize: key.count)
    else { throw .drainingQueue("AES key wrap") }
    unsafe EVP_CIPHER_CTX_set_flags(context.pointer, Int32(EVP_CIPHER_CTX_FLAG_WRAP_ALLOW))
    var wrapped = [UInt8](repeating: 0, count: plain.count + 16)
    var count: Int32 = 0
    let good =
      unsafe EVP_EncryptInit_ex2(context.pointer, cipher, key.base, nil, nil) == 1
      && EVP_EncryptUpdate(context.pointer, &wrapped, &count, plain.base, Int32(plain.count)) == 1
    guard good, Int(count) == plain.count + 8 else { throw .drainingQueue("AES key wrap") }
    wrapped.removeLast(wrapped.count - Int(count))
    return wrapped
  }

  /// RSA-OAEP with SHA-256, MGF1-SHA-256 and no label.
  private static func wrapRSA(
    _ plain: SecretBytes, to peer: KeyHandle
  ) throws(OpenSSLError) -> [UInt8] {
    guard let context = KeyContext(peer) else { throw .drainingQueue("RSA encryption") }
    let sha256 = unsafe FetchedAlgorithms.digest(.sha256)
    var wrapped = [UInt8](repeating: 0, count: Int(unsafe EVP_PKEY_get_size(peer.pointer)))
    var count = wrapped.count
    let good =
      unsafe EVP_PKEY_encrypt_init(context.pointer) > 0
      && EVP_PKEY_CTX_set_rsa_padding(context.pointer, RSA_PKCS1_OAEP_PADDING) > 0
      && EVP_PKEY_CTX_set_rsa_oaep_md(context.pointer, sha256) > 0
      && EVP_PKEY_CTX_set_rsa_mgf1_md(context.pointer, sha256) > 0
      && EVP_PKEY_encrypt(context.pointer, &wrapped, &count, plain.base, plain.count) > 0
    guard good, count == wrapped.count else { throw .drainingQueue("RSA encryption") }
    return wrapped
  }
}
