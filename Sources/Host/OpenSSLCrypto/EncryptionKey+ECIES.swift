internal import COpenSSL
import FirmwareImage

// The other direction of `DecryptionKey+ECIES.swift`, where the scheme is described.
extension EncryptionKey {
  /// Returns ephemeral public key, tag and wrapped key.
  static func wrapECIES(
    _ plain: SecretBytes, to peer: KeyHandle, form: KeyWrapAlgorithm
  ) throws(OpenSSLError) -> [UInt8] {
    let hash: DigestAlgorithm = form == .eciesX25519SHA512 ? .sha512 : .sha256
    let ephemeral: PrivateKey
    do {
      ephemeral = try PrivateKey(generating: form == .eciesP256 ? .ecdsaP256 : .x25519)
    } catch {
      throw .drainingQueue("making the ephemeral key")
    }
    let secret = try DecryptionKey.agree(ephemeral.handle, peer)
    let keys = try DecryptionKey.derive(
      from: secret, count: plain.count + hash.size, hash: hash)
    let wrapped = try encrypt(plain, keys: keys)
    let tag = try authenticate(wrapped, keys: keys, hash: hash)
    return try encodedPublicKey(of: ephemeral) + tag + wrapped
  }

  /// Encrypts with the first of the derived keys.
  private static func encrypt(
    _ plain: SecretBytes, keys: SecretBytes
  ) throws(OpenSSLError) -> [UInt8] {
    guard let context = CipherContext(),
      let cipher = unsafe FetchedAlgorithms.counterMode(keySize: plain.count)
    else { throw .drainingQueue("AES-CTR") }
    let counter = [UInt8](repeating: 0, count: 16)
    var wrapped = [UInt8](repeating: 0, count: plain.count)
    var count: Int32 = 0
    let good =
      unsafe EVP_EncryptInit_ex2(context.pointer, cipher, keys.base, counter, nil) == 1
      && EVP_EncryptUpdate(context.pointer, &wrapped, &count, plain.base, Int32(plain.count)) == 1
    guard good, Int(count) == plain.count else { throw .drainingQueue("AES-CTR") }
    return wrapped
  }

  /// The HMAC of the wrapped key with the second of the derived keys.
  private static func authenticate(
    _ wrapped: [UInt8], keys: SecretBytes, hash: DigestAlgorithm
  ) throws(OpenSSLError) -> [UInt8] {
    var tag = [UInt8](repeating: 0, count: hash.size)
    var count = 0
    let name = hash == .sha512 ? "SHA512" : "SHA256"
    let made =
      unsafe EVP_Q_mac(
        nil, "HMAC", nil, name, nil, keys.base + wrapped.count, hash.size, wrapped, wrapped.count,
        &tag, tag.count, &count) != nil
    guard made, count == tag.count else { throw .drainingQueue("HMAC") }
    return tag
  }

  /// An uncompressed point of 65 bytes, or the 32 bytes of X25519.
  private static func encodedPublicKey(of key: PrivateKey) throws(OpenSSLError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: key.kind == .ecdsaP256 ? 65 : 32)
    var count = 0
    let good = unsafe EVP_PKEY_get_octet_string_param(
      key.handle.pointer, "pub", &bytes, bytes.count, &count)
    guard good == 1, count == bytes.count else { throw .drainingQueue("encoding a public key") }
    return bytes
  }
}
