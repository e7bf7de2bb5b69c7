import FirmwareImage
import OpenSSLCrypto
import Testing

@Suite("Pure Ed25519 signatures")
struct PureSignatureTests {
  static let image = "small/ed25519-pure.bin"

  @Test("The image must fit the buffer, and the refusal says how much is needed")
  func memory() throws {
    let bytes = try Fixture.bytes(Self.image)
    let needed = 32 + 201 + 12
    var crypto = try Fixture.provider(trusting: ["ed25519"])
    #expect(try refusal(of: bytes, &crypto, bufferSize: needed) == nil)
    #expect(
      try refusal(of: bytes, &crypto, bufferSize: needed - 1)
        == .pureSignatureNeedsMemory(needed: UInt32(needed), available: needed - 1))
    // The hash alone can be streamed.
    #expect(try refusal(of: bytes, &crypto, .integrityOnly, bufferSize: 64) == nil)
  }

  @Test("Examination names the key but leaves the signature open")
  func examination() throws {
    var storage = MemoryStorage(try Fixture.bytes(Self.image))
    var crypto = try Fixture.provider(trusting: ["ecdsa-p256", "ed25519"])
    let summary = try ImageVerifier.examine(&storage, crypto: &crypto)
    #expect(summary.isPureSignature)
    #expect(summary.signingKey == 1)
    #expect(summary.securityCounter == 7)
  }

  @Test("A changed image with a new hash is refused for its signature")
  func changed() throws {
    for change in 0..<3 {
      var image = try SyntheticImage(try Fixture.bytes(Self.image))
      switch change {
      case 0: image.payload[200] ^= 0x80
      case 1: image.protected[0].data[0] += 1
      default: image.header.version.major += 1
      }
      image.unprotected.removeAll { $0.type == .sha512 }
      image.digest = .sha512
      var crypto = try Fixture.provider(trusting: ["ed25519"])
      #expect(try refusal(of: image.bytes(), &crypto, .integrityOnly) == nil)
      guard case .signatureMismatch(keyIndex: 0, _)? = try refusal(of: image.bytes(), &crypto)
      else {
        Issue.record("change \(change) was accepted")
        continue
      }
    }
  }

  @Test("A pure signature does not pass for one over the hash, nor the other way round")
  func exchange() throws {
    var pure = try SyntheticImage(try Fixture.bytes(Self.image))
    pure.unprotected.removeAll { $0.type == .signaturePure }
    var crypto = try Fixture.provider(trusting: ["ed25519"])
    guard case .signatureMismatch? = try refusal(of: pure.bytes(), &crypto) else {
      Issue.record("a pure signature was taken for one over the hash")
      return
    }
    var hashed = try SyntheticImage(try Fixture.bytes("small/ed25519-sha512.bin"))
    hashed.unprotected.insert((.signaturePure, [1]), at: 1)
    guard case .signatureMismatch? = try refusal(of: hashed.bytes(), &crypto) else {
      Issue.record("a signature over the hash was taken for a pure one")
      return
    }
  }

  @Test("The mark of a pure signature has the value 1, and fits Ed25519 only")
  func mark() throws {
    var image = try SyntheticImage(try Fixture.bytes(Self.image))
    let index = try #require(image.unprotected.firstIndex { $0.type == .signaturePure })
    var crypto = try Fixture.provider(trusting: ["ed25519", "ecdsa-p256"])
    image.unprotected[index].data = [2]
    guard case .entryContent(.signaturePure, _)? = try refusal(of: image.bytes(), &crypto) else {
      Issue.record("accepted the value 2")
      return
    }
    var other = try SyntheticImage(try Fixture.bytes("small/ecdsa-p256.bin"))
    other.unprotected.append((.signaturePure, [1]))
    guard
      case .signatureKind(.ecdsaSignature, _, keyIndex: 1)? =
        try refusal(of: other.bytes(), &crypto)
    else {
      Issue.record("accepted a pure ECDSA signature")
      return
    }
  }
}
