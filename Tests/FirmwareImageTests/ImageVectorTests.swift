import FirmwareImage
import NORFlash
import OpenSSLCrypto
import Testing

@Suite("Images made by imgtool")
struct ImageVectorTests {
  @Test("The manifest is there, whole")
  func manifest() {
    #expect(Vector.all.count == 35)
    #expect(Vector.refused.count == 4)
  }

  @Test("Every image verifies and yields its payload", arguments: Vector.accepted)
  func accepts(_ vector: Vector) throws {
    let image = try Fixture.bytes(vector.file)
    var crypto = try Fixture.provider(
      trusting: vector.keyNames, decryptingWith: vector.decryptionKeyName)
    let requirements = ImageRequirements(
      signature: vector.signingKey == nil ? .hashOnly : .trustedKey,
      bootability: vector.file.contains("nonbootable") ? .notRequired : .required)
    let form: StoredForm = vector.isStoredClear ? .plain : .ciphertext
    let (summary, content) = try verify(image, &crypto, requirements, storedForm: form)

    #expect(summary.signingKey == (vector.signingKey == nil ? nil : 0))
    #expect(summary.imageSize <= UInt32(image.count))
    #expect(summary.isPureSignature == vector.file.contains("pure"))
    #expect((summary.contentKeyWrap != nil) == (vector.decryptionKey != nil))
    let headerSize = Int(summary.header.headerSize)
    #expect(Array(content.prefix(headerSize)) == Array(image.prefix(headerSize)))
    // The payload of the image with a long header starts with room for that header.
    let original = try Fixture.bytes(vector.payload).dropFirst(
      vector.payload.contains("hdr512") ? 512 : 0)
    let payload = content.dropFirst(headerSize)
    #expect(payload.elementsEqual(original + Array(repeating: 0, count: padding(of: summary))))

    func padding(of summary: ImageSummary) -> Int {
      Int(summary.header.payloadSize) - original.count
    }
  }

  @Test("The padding of encrypted payloads is below one block", arguments: Vector.accepted)
  func padding(_ vector: Vector) throws {
    var storage = MemoryStorage(try Fixture.bytes(vector.file))
    let header = try ImageVerifier.header(of: &storage)
    let original = try Fixture.bytes(vector.payload).count
    let expected = vector.payload.contains("hdr512") ? original - 512 : original
    let rest = Int(header.payloadSize) - expected
    #expect(header.isEncrypted ? (0..<16).contains(rest) : rest == 0)
  }

  @Test("Images that are recognised but not supported give the reason", arguments: Vector.refused)
  func refuses(_ vector: Vector) throws {
    let image = try Fixture.bytes(vector.file)
    var crypto = try Fixture.provider(
      trusting: vector.keyNames, decryptingWith: vector.decryptionKeyName)
    #expect(try refusal(of: image, &crypto) == vector.refusal)
    #expect(
      try refusal(of: image, &crypto, .integrityOnly, storedForm: .ciphertext) == vector.refusal)
  }

  @Test("A stored form that is not the image's fails the hash", arguments: Vector.accepted)
  func wrongStoredForm(_ vector: Vector) throws {
    let image = try Fixture.bytes(vector.file)
    var crypto = try Fixture.provider(
      trusting: vector.keyNames, decryptingWith: vector.decryptionKeyName)
    let wrong: StoredForm = vector.isStoredClear ? .ciphertext : .plain
    let expected: ImageRefusal = vector.decryptionKey == nil ? .notEncrypted : .hashMismatch
    #expect(
      try refusal(of: image, &crypto, .integrityOnly, storedForm: wrong) == expected)
  }

  @Test("Another key is no signature", arguments: Vector.accepted)
  func otherKey(_ vector: Vector) throws {
    let image = try Fixture.bytes(vector.file)
    var crypto = try Fixture.provider(trusting: ["enc-ecdsa-p256", "enc-rsa-2048"])
    let requirements = ImageRequirements(bootability: .notRequired)
    #expect(
      try refusal(of: image, &crypto, requirements)
        == (vector.signingKey == nil ? .unsigned : .unknownKey))
  }

  @Test("Every buffer size gives the same result", arguments: [64, 65, 79, 80, 100, 1000, 5100])
  func bufferSizes(_ size: Int) throws {
    for vector in Vector.accepted where !vector.file.contains("pure") {
      let image = try Fixture.bytes(vector.file)
      var crypto = try Fixture.provider(
        trusting: vector.keyNames, decryptingWith: vector.decryptionKeyName)
      let form: StoredForm = vector.isStoredClear ? .plain : .ciphertext
      let reason = try refusal(
        of: image, &crypto, .integrityOnly, storedForm: form, bufferSize: size)
      #expect(reason == nil, "\(vector)")
    }
  }

  @Test(
    "Other key lengths and forms decrypt",
    arguments: [
      ("enc-rsa-256", "rsa-2048", "enc-rsa-2048", KeyWrapAlgorithm.rsaOAEP),
      ("enc-p256-256", "ecdsa-p256", "enc-ecdsa-p256", .eciesP256),
      ("enc-x25519-256", "ed25519", "enc-x25519", .eciesX25519),
      ("enc-x25519-128-hmac512", "ed25519", "enc-x25519", .eciesX25519SHA512),
    ])
  func keyForms(
    _ name: String, _ signer: String, _ decryptionKey: String, _ wrap: KeyWrapAlgorithm
  ) throws {
    let image = try Fixture.bytes("small/\(name).bin")
    var crypto = try Fixture.provider(
      trusting: [signer], decryptingWith: "\(decryptionKey).der")
    let (summary, content) = try verify(image, &crypto, storedForm: .ciphertext, bufferSize: 64)
    #expect(summary.contentKeyWrap == wrap)
    #expect(summary.header.contentKeySize == (name.contains("128") ? 16 : 32))
    let payload = try Fixture.bytes("small/payload.bin")
    #expect(content.dropFirst(32).starts(with: payload))
  }

  @Test("A content key for another device does not unwrap")
  func wrongDecryptionKey() throws {
    let image = try Fixture.bytes("images/42-enc-ec256-128.bin")
    for (key, expected) in [
      ("ecdsa-p256.der", CryptoError.keyUnwrapFailed(.eciesP256)),
      ("enc-x25519.der", .noDecryptionKey(.eciesP256)),
      (nil, .noDecryptionKey(.eciesP256)),
    ] {
      var crypto = try Fixture.provider(trusting: ["ecdsa-p256"], decryptingWith: key)
      #expect(throws: CheckError.crypto(expected)) {
        try refusal(of: image, &crypto, storedForm: .ciphertext)
      }
    }
  }
}
