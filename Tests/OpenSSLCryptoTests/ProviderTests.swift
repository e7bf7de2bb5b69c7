import FirmwareImage
import NORFlash
import OpenSSLCrypto
import Testing

@Suite("The provider against published vectors")
struct ProviderTests {
  static func bytes(_ digest: ImageDigest) -> [UInt8] {
    (0..<digest.algorithm.size).map { digest.storage[$0] }
  }

  @Test(
    "SHA-2 of `abc`, FIPS 180-4",
    arguments: [
      (
        DigestAlgorithm.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      ),
      (
        .sha384,
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
      ),
      (
        .sha512,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
      ),
    ])
  func hashes(_ algorithm: DigestAlgorithm, _ expected: String) throws {
    var provider = try OpenSSLProvider(trustedKeys: [])
    for _ in 0..<2 {
      try provider.startDigest(.sha512)
      try provider.updateDigest([UInt8]("dropped".utf8).span)
      try provider.startDigest(algorithm)
      for byte in "abc".utf8 { try provider.updateDigest([byte].span) }
      try provider.updateDigest([UInt8]().span)
      let digest = try provider.finishDigest()
      #expect(digest.algorithm == algorithm)
      #expect(Self.bytes(digest) == hex(expected))
    }
  }

  @Test("A hash or cipher that was not started is an error")
  func order() throws {
    var provider = try OpenSSLProvider(trustedKeys: [])
    var memory: [UInt8] = [1]
    var buffer = memory.mutableSpan
    for call in 0..<3 {
      var caught: CryptoError?
      do throws(CryptoError) {
        switch call {
        case 0: try provider.updateDigest([UInt8]([1]).span)
        case 1: _ = try provider.finishDigest()
        default: try provider.applyCipher(to: &buffer)
        }
      } catch { caught = error }
      #expect(caught == .engineFailed(code: 0))
    }
    #expect(provider.lastFailure?.operation == "AES-CTR without a start")
  }

  /// The key stream of a key of zeros.
  ///
  /// Counters 1 and 2: test cases 1, 2 and 13, 14 of the GCM specification (McGrew and Viega).
  /// Counter 0: AES of a block of zeros.
  @Test(
    "AES-CTR counts from zero, big-endian",
    arguments: [
      (
        16,
        "66e94bd4ef8a2c3b884cfa59ca342b2e 58e2fccefa7e3061367f1d57a4e7455a 0388dace60b6a392f328c2b971b2fe78"
      ),
      (
        32,
        "dc95c078a2408989ad48a21492842087 530f8afbc74536b9a963b4f1c4cb738b cea7403d4d606b6e074ec5d3baf39d18"
      ),
    ])
  func counterMode(_ size: Int, _ stream: String) throws {
    let expected = hex(stream)
    var provider = try OpenSSLProvider(trustedKeys: [])
    for start in [0, 16, 32] {
      var memory = [UInt8](repeating: 0, count: 48 - start)
      var buffer = memory.mutableSpan
      try provider.startCipher(key: ContentKey(size: size), payloadOffset: UInt32(start))
      try provider.applyCipher(to: &buffer)
      #expect(memory == Array(expected.dropFirst(start)))
    }
    // In pieces that are no blocks.
    var memory = [UInt8](repeating: 0, count: 48)
    try provider.startCipher(key: ContentKey(size: size), payloadOffset: 0)
    for range in [0..<5, 5..<16, 16..<47, 47..<48] {
      var all = memory.mutableSpan
      var piece = all._mutatingExtracting(range)
      try provider.applyCipher(to: &piece)
    }
    #expect(memory == expected)
  }

  @Test("The counter continues above 2^24 blocks where a restart finds it")
  func farOffset() throws {
    var provider = try OpenSSLProvider(trustedKeys: [])
    var key = ContentKey(size: 16)
    for index in 0..<16 { key.storage[index] = UInt8(index) }
    let start: UInt32 = 0xFFFF_FF00
    var first = [UInt8](repeating: 0, count: 64)
    var firstSpan = first.mutableSpan
    try provider.startCipher(key: key, payloadOffset: start)
    try provider.applyCipher(to: &firstSpan)
    var second = [UInt8](repeating: 0, count: 32)
    var secondSpan = second.mutableSpan
    try provider.startCipher(key: key, payloadOffset: start + 32)
    try provider.applyCipher(to: &secondSpan)
    #expect(Array(first.suffix(32)) == second)
    // Python: AES-128-ECB of block number 0x0FFFFFF0.
    #expect(Array(first.prefix(16)) == hex("11da8263a8a474f8bf42ea5d52431bf9"))
  }

  @Test(
    "AES key wrap, RFC 3394 sections 4.1, 4.3 and 4.6",
    arguments: [
      (16, 16, "1FA68B0A8112B447 AEF34BD8FB5A7B82 9D3E862371D2CFE5"),
      (32, 16, "64E8C3F9CE0F5BA2 63E9777905818A2A 93C8191E7D6E8AE7"),
      (
        32, 32,
        "28C9F404C4B810F4 CBCCB35CFB87F826 3F5786E2D80ED326 CBC7F0E71A99F43B FB988B9B7A02DD21"
      ),
    ])
  func keyWrap(_ kekSize: Int, _ keySize: Int, _ wrapped: String) throws {
    let kek = try DecryptionKey(keyEncryptionKey: (0..<kekSize).map { UInt8($0) })
    var provider = try OpenSSLProvider(trustedKeys: [], decryptionKey: kek)
    let data = hex("00112233445566778899AABBCCDDEEFF 000102030405060708090A0B0C0D0E0F")
    let key = try provider.unwrapContentKey(
      hex(wrapped).span, algorithm: .aesKeyWrap, keySize: keySize)
    #expect(key.size == keySize)
    #expect(
      (0..<32).map { key.storage[$0] } == data.prefix(keySize)
        + Array(repeating: 0, count: 32 - keySize))
    for index in hex(wrapped).indices {
      var damaged = hex(wrapped)
      damaged[index] ^= 0x10
      var caught: CryptoError?
      do throws(CryptoError) {
        _ = try provider.unwrapContentKey(
          damaged.span, algorithm: .aesKeyWrap, keySize: keySize)
      } catch { caught = error }
      #expect(caught == .keyUnwrapFailed(.aesKeyWrap))
    }
  }

  /// A wrapped key by the Python package `cryptography`: X25519 or P-256 with an ephemeral key,
  /// HKDF (RFC 5869) and HMAC (RFC 2104).
  @Test("ECIES entries made by another library", arguments: eciesEntries)
  func ecies(_ entry: ECIESEntry) throws {
    let decryptionKey = try DecryptionKey(contentsOf: Fixture.path(entry.keyFile))
    var provider = try OpenSSLProvider(trustedKeys: [], decryptionKey: decryptionKey)
    let expected = hex(entry.contentKey)
    let wrapped = hex(entry.wrapped)
    let key = try provider.unwrapContentKey(
      wrapped.span, algorithm: entry.algorithm, keySize: expected.count)
    #expect((0..<expected.count).map { key.storage[$0] } == expected)
    // The ephemeral key, the tag and the wrapped key: nothing may change.
    for index in wrapped.indices {
      var damaged = wrapped
      damaged[index] ^= 0x01
      var caught: CryptoError?
      do throws(CryptoError) {
        _ = try provider.unwrapContentKey(
          damaged.span, algorithm: entry.algorithm, keySize: expected.count)
      } catch { caught = error }
      #expect(caught == .keyUnwrapFailed(entry.algorithm), "byte \(index)")
    }
    for count in [0, 1, 31, 32, 64, wrapped.count - 1] {
      var caught: CryptoError?
      do throws(CryptoError) {
        _ = try provider.unwrapContentKey(
          Array(wrapped.prefix(count)).span, algorithm: entry.algorithm, keySize: expected.count)
      } catch { caught = error }
      #expect(caught == .keyUnwrapFailed(entry.algorithm), "\(count) bytes")
    }
  }

  @Test("Ed25519 over a message, RFC 8032 section 7.1 test 3")
  func ed25519() throws {
    let key = try PublicKey(
      der: hex(
        "302a300506032b6570032100 fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"
      ))
    var provider = try OpenSSLProvider(trustedKeys: [key])
    let signature = hex(
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )
    for (message, isGood) in [("af82", true), ("af83", false), ("af8200", false), ("", false)] {
      let isValid = try provider.isValidPureSignature(
        signature.span, ofMessage: hex(message).span, byTrustedKeyAt: 0)
      #expect(isValid == isGood)
    }
  }

  @Test("ECDSA on P-256, RFC 6979 section A.2.5, message `sample`")
  func ecdsa() throws {
    let key = try PublicKey(
      der: hex(
        """
        3059301306072a8648ce3d020106082a8648ce3d030107034200 04
        60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
        7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299
        """))
    var provider = try OpenSSLProvider(trustedKeys: [key])
    try provider.startDigest(.sha256)
    try provider.updateDigest([UInt8]("sample".utf8).span)
    let digest = try provider.finishDigest()
    let signature = hex(
      """
      3046022100 EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
      022100 F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
      """)
    for _ in 0..<3 {
      let good = try provider.isValidSignature(signature.span, of: digest, byTrustedKeyAt: 0)
      #expect(good)
      for index in signature.indices {
        var damaged = signature
        damaged[index] ^= 2
        let bad = try provider.isValidSignature(damaged.span, of: digest, byTrustedKeyAt: 0)
        #expect(!bad, "byte \(index)")
      }
    }
    var caught: CryptoError?
    do throws(CryptoError) {
      _ = try provider.isValidPureSignature(
        signature.span, ofMessage: signature.span, byTrustedKeyAt: 0)
    } catch { caught = error }
    #expect(caught == .signatureUnavailable(.ecdsaP256))
  }
}

/// A content key, wrapped by another library.
struct ECIESEntry: Sendable {
  var algorithm: KeyWrapAlgorithm
  var keyFile: String
  var contentKey: String
  var wrapped: String
}
