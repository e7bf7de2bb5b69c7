import FirmwareImage
import Foundation
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// Header and payload as the verifier hands them out.
private struct Collector: PayloadSink {
  var bytes: [UInt8] = []

  mutating func receive(_ span: Span<UInt8>, at imageOffset: UInt32) {
    for index in span.indices { bytes.append(span[index]) }
  }
}

/// Our verifier against our builder and against fresh images of imgtool.
@Suite struct VerifierTests {
  private func verify(
    _ image: [UInt8], by key: PublicKey, decryptionKey: DecryptionKey? = nil,
    storedForm: StoredForm = .plain
  ) throws -> (summary: ImageSummary, content: [UInt8]) {
    var storage = MemoryStorage(image)
    var crypto = try OpenSSLProvider(trustedKeys: [key], decryptionKey: decryptionKey)
    var memory = [UInt8](repeating: 0, count: 65536)
    var buffer = memory.mutableSpan
    var sink = Collector()
    let summary = try ImageVerifier.verify(
      &storage, crypto: &crypto, requirements: ImageRequirements(bootability: .notRequired),
      storedForm: storedForm, buffer: &buffer, sink: &sink)
    return (summary, sink.bytes)
  }

  @Test(arguments: (Vector.signed + Vector.deterministic).filter { $0.key != nil })
  func acceptsWhatWeBuild(_ vector: Vector) throws {
    let key = try Fixtures.privateKey(try #require(vector.key))
    let (summary, content) = try verify(vector.build(), by: key.publicKey)
    #expect(summary.signingKey == 0)
    let payload = try Fixtures.bytes("images/\(vector.payload).bin")
    #expect(content.suffix(5003) == payload.suffix(5003))
    let other = try PrivateKey(generating: key.kind)
    #expect(throws: ImageCheckError<FlashError>.refused(.unknownKey)) {
      try verify(vector.build(), by: other.publicKey)
    }
  }

  @Test(arguments: Vector.encrypted)
  func decryptsWhatWeBuild(_ vector: EncryptedVector) throws {
    let key = try Fixtures.privateKey(vector.key).publicKey
    let form: StoredForm = vector.name.contains("clear") ? .plain : .ciphertext
    let device = try DecryptionKey(contentsOf: Fixtures.path("keys/\(vector.to).der"))
    let (_, content) = try verify(
      vector.build(), by: key, decryptionKey: device, storedForm: form)
    let payload = try Fixtures.bytes("images/payload.bin")
    #expect(content.dropFirst(32).prefix(5003).elementsEqual(payload))
    #expect(content.dropFirst(32 + 5003).allSatisfy { $0 == 0 })
  }

  /// Every signing key with every key wrap, cipher and form, and odd payload sizes.
  @Test(arguments: PrivateKey.Kind.allCases.filter { $0.signatureAlgorithm != nil })
  func acceptsEveryCombination(_ kind: PrivateKey.Kind) throws {
    let signingKey = try Fixtures.privateKey(kind.rawValue)
    let wraps: [(String, String, DigestAlgorithm)] = [
      ("enc-rsa-2048-pub.pem", "enc-rsa-2048.der", .sha256),
      ("enc-ecdsa-p256-pub.pem", "enc-ecdsa-p256.der", .sha256),
      ("enc-x25519-pub.pem", "enc-x25519.der", .sha256),
      ("enc-x25519-pub.pem", "enc-x25519.der", .sha512),
      ("kek128.bin", "kek128.bin", .sha256), ("kek256.bin", "kek256.bin", .sha256),
    ]
    for (index, wrap) in wraps.enumerated() {
      let device = try DecryptionKey(contentsOf: Fixtures.path("keys/\(wrap.1)"))
      for cipher in [ContentCipher.aes128, .aes256] {
        if wrap.0.hasPrefix("kek"), (cipher == .aes128) != (wrap.0 == "kek128.bin") { continue }
        var recipe = Fixtures.recipe
        recipe.headerSize = 32 + 5 * index
        recipe.securityCounter = .value(UInt32(index))
        recipe.encryption = ImageEncryption(
          to: try Fixtures.encryptionKey(wrap.0), cipher: cipher)
        recipe.encryption?.wrapHash = wrap.2
        let payload = (0..<100 + index).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let image = try recipe.build(payload: payload.span, signingKey: signingKey)
        #expect(image[recipe.headerSize..<recipe.headerSize + 100] != payload[..<100])
        let (summary, content) = try verify(
          image, by: signingKey.publicKey, decryptionKey: device, storedForm: .ciphertext)
        #expect(content.dropFirst(recipe.headerSize).prefix(payload.count).elementsEqual(payload))
        #expect(summary.header.contentKeySize == cipher.keySize)
        #expect(summary.securityCounter == UInt32(index))
      }
    }
  }

  /// Images that imgtool makes on the spot, with options the vectors do not have.
  @Test(
    .enabled(if: Tool.imgtool != nil),
    arguments: [
      ("rsa-2048", ["-H", "1024", "--pad-header", "-s", "77"]),
      ("rsa-3072", ["-H", "64", "--pad-header", "--public-key-format", "full"]),
      ("ecdsa-p384", ["-H", "32", "--pad-header", "--boot-record", "APP", "--pad-sig"]),
      ("ed25519", ["-H", "48", "--pad-header", "-R", "0", "--custom-tlv", "0x12fe", "0x00"]),
      ("ed25519", ["-H", "32", "--pad-header", "--pure", "-s", "auto", "--test"]),
      ("ecdsa-p256", ["-H", "32", "--pad-header", "-F", "0x8000", "-d", "(9, 0.0.1)"]),
    ])
  func acceptsFreshImagesOfImgtool(_ name: String, _ options: [String]) throws {
    let imgtool = try #require(Tool.imgtool)
    let folder = try TemporaryFolder()
    let kind = try #require(PrivateKey.Kind(rawValue: name))
    let key = try PrivateKey(generating: kind)
    try key.writePEM(to: folder.file("key.pem"))
    let answer = try imgtool.run(
      ["sign", "-k", folder.file("key.pem"), "-S", "0x20000", "-v", "7.8.9"] + options
        + [Fixtures.path("images/payload.bin"), folder.file("image.bin")])
    try #require(answer.status == 0, "\(answer.output)")
    let (summary, content) = try verify(folder.read("image.bin"), by: key.publicKey)
    #expect(try content.suffix(5003).elementsEqual(Fixtures.bytes("images/payload.bin")))
    #expect(summary.header.version == ImageVersion(major: 7, minor: 8, revision: 9))
  }

  @Test(
    .enabled(if: Tool.imgtool != nil),
    arguments: [
      ("rsa-2048", "rsa-2048", "256"), ("ecdsa-p256", "ecdsa-p256", "256"),
      ("ed25519", "x25519", "128"), ("ed25519", "rsa-2048", "256"),
    ])
  func decryptsFreshImagesOfImgtool(
    _ signing: String, _ device: String, _ keyLength: String
  ) throws {
    let imgtool = try #require(Tool.imgtool)
    let folder = try TemporaryFolder()
    let signingKey = try PrivateKey(generating: try #require(PrivateKey.Kind(rawValue: signing)))
    let deviceKey = try PrivateKey(generating: try #require(PrivateKey.Kind(rawValue: device)))
    try signingKey.writePEM(to: folder.file("key.pem"))
    try deviceKey.writePEM(to: folder.file("device.pem"))
    let publicFile = try folder.write(Array(deviceKey.publicPEM.utf8), "device-public.pem")
    let answer = try imgtool.run([
      "sign", "-k", folder.file("key.pem"), "-E", publicFile, "--encrypt-keylen", keyLength,
      "-H", "40", "--pad-header", "-S", "0x20000", "-v", "1.0.0",
      Fixtures.path("images/payload.bin"), folder.file("image.bin"),
    ])
    try #require(answer.status == 0, "\(answer.output)")
    let (_, content) = try verify(
      folder.read("image.bin"), by: signingKey.publicKey,
      decryptionKey: DecryptionKey(contentsOf: folder.file("device.pem")),
      storedForm: .ciphertext)
    let payload = try Fixtures.bytes("images/payload.bin")
    #expect(content.dropFirst(40).prefix(payload.count).elementsEqual(payload))
  }
}
