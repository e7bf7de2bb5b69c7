internal import COpenSSL
import FirmwareImage

// ECIES as MCUboot does it. The entry holds an ephemeral public key, a tag, and the wrapped key.
// HKDF over the shared secret gives an AES key as long as the content key, then a MAC key as long
// as the hash; the tag is over the wrapped key, which is encrypted in counter mode from zero.
// Source: MCUboot `bootutil/src/encrypted.c`.
extension DecryptionKey {
  private static var derivationInformation: [UInt8] { Array("MCUBoot_ECIES_v1".utf8) }

  func unwrapECIES(
    _ entry: Span<UInt8>, form: KeyWrapAlgorithm, keySize: Int, with key: KeyHandle
  ) throws(OpenSSLError) -> SecretBytes {
    let hash: DigestAlgorithm = form == .eciesX25519SHA512 ? .sha512 : .sha256
    let publicSize = form == .eciesP256 ? 65 : 32
    guard entry.count == publicSize + hash.size + keySize else {
      throw OpenSSLError(operation: "ECIES", reasons: ["wrong length"], code: 0)
    }
    let tag = entry.extracting(publicSize..<publicSize + hash.size)
    let wrapped = entry.extracting((publicSize + hash.size)...)
    let peer = try Self.ephemeralKey(entry.extracting(first: publicSize), form: form)
    let secret = try Self.agree(key, peer)
    let keys = try Self.derive(from: secret, count: keySize + hash.size, hash: hash)
    // The tag is checked before anything is decrypted.
    try Self.authenticate(wrapped, tag: tag, keys: keys, keySize: keySize, hash: hash)
    return try Self.decrypt(wrapped, key: keys.prefix(keySize))
  }

  private static func ephemeralKey(
    _ bytes: Span<UInt8>, form: KeyWrapAlgorithm
  ) throws(OpenSSLError) -> KeyHandle {
    let pointer: OpaquePointer?
    if form == .eciesP256 {
      // The head of a SubjectPublicKeyInfo for an uncompressed point on P-256, RFC 5480; libcrypto
      // checks that the point is on the curve.
      var encoded: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08,
        0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
      ]
      for index in bytes.indices { encoded.append(bytes[index]) }
      unsafe pointer = encoded.withUnsafeBufferPointer { buffer in
        var cursor = buffer.baseAddress
        return unsafe d2i_PUBKEY(nil, &cursor, buffer.count)
      }
    } else {
      unsafe pointer = bytes.withUnsafeBufferPointer {
        unsafe EVP_PKEY_new_raw_public_key_ex(nil, "X25519", nil, $0.baseAddress, $0.count)
      }
    }
    guard let pointer = unsafe pointer else { throw .drainingQueue("reading the ephemeral key") }
    return unsafe KeyHandle(adopting: pointer)
  }

  static func agree(
    _ key: KeyHandle, _ peer: KeyHandle
  ) throws(OpenSSLError) -> SecretBytes {
    guard let context = KeyContext(key) else { throw .drainingQueue("key agreement") }
    let secret = SecretBytes(count: 32)
    var count = secret.count
    let good =
      unsafe EVP_PKEY_derive_init(context.pointer) > 0
      && EVP_PKEY_derive_set_peer(context.pointer, peer.pointer) > 0
      && EVP_PKEY_derive(context.pointer, secret.base, &count) > 0
    guard good, count == secret.count else { throw .drainingQueue("key agreement") }
    return secret
  }

  /// HKDF with extraction and expansion, no salt.
  static func derive(
    from secret: SecretBytes, count: Int, hash: DigestAlgorithm,
    information: [UInt8] = derivationInformation
  ) throws(OpenSSLError) -> SecretBytes {
    guard let context = KeyContext(algorithm: "HKDF") else { throw .drainingQueue("HKDF") }
    let keys = SecretBytes(count: count)
    var size = count
    let good =
      unsafe EVP_PKEY_derive_init(context.pointer) > 0
      && EVP_PKEY_CTX_set_hkdf_md(context.pointer, FetchedAlgorithms.digest(hash)) > 0
      && EVP_PKEY_CTX_set1_hkdf_key(context.pointer, secret.base, Int32(secret.count)) > 0
      && EVP_PKEY_CTX_add1_hkdf_info(context.pointer, information, Int32(information.count)) > 0
      && EVP_PKEY_derive(context.pointer, keys.base, &size) > 0
    guard good, size == count else { throw .drainingQueue("HKDF") }
    return keys
  }

  /// Compares the tag with the HMAC of the wrapped key, in constant time.
  private static func authenticate(
    _ wrapped: Span<UInt8>, tag: Span<UInt8>, keys: SecretBytes, keySize: Int,
    hash: DigestAlgorithm
  ) throws(OpenSSLError) {
    var expected = [UInt8](repeating: 0, count: hash.size)
    var count = 0
    let name = hash == .sha512 ? "SHA512" : "SHA256"
    let made = unsafe wrapped.withUnsafeBufferPointer {
      unsafe EVP_Q_mac(
        nil, "HMAC", nil, name, nil, keys.base + keySize, keys.count - keySize, $0.baseAddress,
        $0.count, &expected, expected.count, &count) != nil
    }
    guard made, count == tag.count else { throw .drainingQueue("HMAC") }
    let isEqual = unsafe tag.withUnsafeBufferPointer {
      unsafe CRYPTO_memcmp($0.baseAddress, expected, expected.count) == 0
    }
    guard isEqual else {
      throw OpenSSLError(operation: "ECIES", reasons: ["wrong tag"], code: 0)
    }
  }

  private static func decrypt(
    _ wrapped: Span<UInt8>, key: SecretBytes
  ) throws(OpenSSLError) -> SecretBytes {
    guard let context = CipherContext(),
      let cipher = unsafe FetchedAlgorithms.counterMode(keySize: key.count)
    else { throw .drainingQueue("AES-CTR") }
    let counter = [UInt8](repeating: 0, count: 16)
    let plain = SecretBytes(count: wrapped.count)
    var count: Int32 = 0
    let good =
      unsafe EVP_DecryptInit_ex2(context.pointer, cipher, key.base, counter, nil) == 1
      && wrapped.withUnsafeBufferPointer {
        unsafe EVP_DecryptUpdate(
          context.pointer, plain.base, &count, $0.baseAddress, Int32($0.count)) == 1
      }
    guard good, Int(count) == plain.count else { throw .drainingQueue("AES-CTR") }
    return plain
  }
}
