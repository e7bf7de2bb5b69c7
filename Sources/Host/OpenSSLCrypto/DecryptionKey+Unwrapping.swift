internal import COpenSSL
import FirmwareImage

extension DecryptionKey {
  /// Unwraps a content key of `keySize` bytes.
  ///
  /// - Throws: What libcrypto says; the caller must not tell a stranger which step failed.
  func unwrap(
    _ wrapped: Span<UInt8>, algorithm: KeyWrapAlgorithm, keySize: Int
  ) throws(OpenSSLError) -> SecretBytes {
    let plain: SecretBytes
    switch material {
    case .keyEncryptionKey(let key): plain = try unwrapAES(wrapped, with: key)
    case .pair(let key) where algorithm == .rsaOAEP: plain = try decryptRSA(wrapped, with: key)
    case .pair(let key):
      plain = try unwrapECIES(wrapped, form: algorithm, keySize: keySize, with: key)
    }
    guard plain.count == keySize else { throw .drainingQueue("unwrapping the content key") }
    return plain
  }

  /// AES key wrap of RFC 3394 with the default initial value.
  private func unwrapAES(
    _ wrapped: Span<UInt8>, with key: SecretBytes
  ) throws(OpenSSLError) -> SecretBytes {
    guard let context = CipherContext(),
      let cipher = unsafe FetchedAlgorithms.keyWrap(keySize: key.count)
    else { throw .drainingQueue("AES key unwrap") }
    unsafe EVP_CIPHER_CTX_set_flags(context.pointer, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW)
    let plain = SecretBytes(count: wrapped.count + 16)
    var count: Int32 = 0
    let good =
      unsafe EVP_DecryptInit_ex2(context.pointer, cipher, key.base, nil, nil) == 1
      && wrapped.withUnsafeBufferPointer {
        unsafe EVP_DecryptUpdate(
          context.pointer, plain.base, &count, $0.baseAddress, Int32($0.count)) == 1
      }
    guard good, count > 0 else { throw .drainingQueue("AES key unwrap") }
    return plain.prefix(Int(count))
  }

  /// RSA-OAEP with SHA-256, MGF1-SHA-256 and no label.
  private func decryptRSA(
    _ wrapped: Span<UInt8>, with key: KeyHandle
  ) throws(OpenSSLError) -> SecretBytes {
    guard let context = KeyContext(key) else { throw .drainingQueue("RSA decryption") }
    let hash = unsafe FetchedAlgorithms.digest(.sha256)
    let plain = SecretBytes(count: 256)
    var count = plain.count
    let good =
      unsafe EVP_PKEY_decrypt_init(context.pointer) > 0
      && EVP_PKEY_CTX_set_rsa_padding(context.pointer, RSA_PKCS1_OAEP_PADDING) > 0
      && EVP_PKEY_CTX_set_rsa_oaep_md(context.pointer, hash) > 0
      && EVP_PKEY_CTX_set_rsa_mgf1_md(context.pointer, hash) > 0
      && wrapped.withUnsafeBufferPointer {
        unsafe EVP_PKEY_decrypt(context.pointer, plain.base, &count, $0.baseAddress, $0.count) > 0
      }
    guard good else { throw .drainingQueue("RSA decryption") }
    return plain.prefix(count)
  }
}
