import FirmwareImage
import ImageCompression
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// Images that imgtool compressed, kept with the tests.
@Suite struct CompressedVectorTests {
  private func key() throws -> PublicKey {
    try PublicKey(contentsOf: Fixtures.path("keys/ecdsa-p256-pub.pem"))
  }

  @Test func thePlainOneIsUnpacked() throws {
    let image = try Fixtures.bytes("images/60-lzma2.bin")
    let payload = try Fixtures.bytes("images/payload_compressible.bin")
    let (summary, content) = try unpack(image, trusting: [key()])
    #expect(Array(content.dropFirst(32)) == payload)
    #expect(summary.payload.algorithm == .lzma2(.none))
    #expect(summary.plain.header.payloadSize == UInt32(payload.count))
    #expect(summary.plain.header.flags == [])
    #expect(summary.plain.header.protectedSize == 0)
    #expect(summary.plain.signingKey == 0)
    #expect(summary.delivered.signingKey == 0)
  }

  @Test func theEncryptedOneIsDecryptedFirst() throws {
    let image = try Fixtures.bytes("images/62-lzma2-enc.bin")
    let device = try DecryptionKey(contentsOf: Fixtures.path("keys/enc-ecdsa-p256.der"))
    let (summary, content) = try unpack(
      image, trusting: [key()], decryptingWith: device, storedForm: .ciphertext)
    #expect(
      try Array(content.dropFirst(32)) == Fixtures.bytes("images/payload_compressible.bin"))
    #expect(summary.payload.paddingSize > 0)
    #expect(summary.plain.header.flags == .encryptedAES128)
    // As it is stored, it is not what was signed, and no byte of it gets to the decompressor.
    #expect(throws: Refusal.delivered(.refused(.hashMismatch))) {
      try unpack(image, trusting: [key()], decryptingWith: device)
    }
  }

  @Test func anotherKeyIsNoSignature() throws {
    let image = try Fixtures.bytes("images/60-lzma2.bin")
    #expect(throws: Refusal.plain(.unknownKey)) { try unpack(image) }
  }

  @Test func anOrdinaryImageIsNotCompressed() throws {
    #expect(throws: Refusal.notCompressed) {
      try unpack(Fixtures.bytes("images/06-ec256.bin"), trusting: [key()])
    }
    // Data that is not to be booted, but says nothing of compression.
    #expect(throws: Refusal.notCompressed) {
      try unpack(Fixtures.bytes("images/29-nonbootable.bin"), trusting: [key()])
    }
  }
}
