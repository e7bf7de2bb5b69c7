import FirmwareImage
import NORFlash
import OpenSSLCrypto
import Testing

/// Images 04, 05, 06 and 09 have the same header and payload, so that their signatures, made by four
/// keys over one hash, can be put into one image.
@Suite("Which signatures make an image acceptable")
struct SignatureRuleTests {
  typealias Entry = SyntheticImage.Entry

  static let vectors = [
    "rsa-2048": "images/04-rsa2048.bin", "rsa-3072": "images/05-rsa3072.bin",
    "ecdsa-p256": "images/06-ec256.bin", "ed25519": "images/09-ed25519.bin",
  ]

  /// Key and signature entry of one of the vectors.
  static func pair(_ key: String) throws -> [Entry] {
    let image = try SyntheticImage(try Fixture.bytes(#require(vectors[key])))
    return image.unprotected.filter { $0.type != .sha256 }
  }

  /// An image with the hash of the vectors, then these entries.
  static func image(_ entries: [Entry]) throws -> [UInt8] {
    var image = try SyntheticImage(try Fixture.bytes("images/06-ec256.bin"))
    image.unprotected = [try #require(image.entry(.sha256))] + entries
    return try image.bytes()
  }

  /// The same entries with the last one, a signature, damaged.
  static func damaged(_ entries: [Entry]) -> [Entry] {
    var entries = entries
    entries[entries.count - 1].data[40] ^= 1
    return entries
  }

  static func outcome(
    _ entries: [Entry], trusting keys: [String], revoked: UInt32 = 0
  ) throws -> Result<Int?, CheckError> {
    var crypto = try Fixture.provider(trusting: keys)
    let image = try image(entries)
    do throws(CheckError) {
      return .success(
        try verify(image, &crypto, ImageRequirements(revokedKeys: revoked)).summary.signingKey)
    } catch { return .failure(error) }
  }

  @Test("One trusted signer among several is enough, wherever it stands")
  func severalSigners() throws {
    let keys = ["rsa-2048", "rsa-3072", "ecdsa-p256", "ed25519"]
    let entries = try keys.flatMap { try Self.pair($0) }
    for key in keys {
      #expect(try Self.outcome(entries, trusting: [key]) == .success(0))
      #expect(try Self.outcome(entries, trusting: ["enc-ecdsa-p256", key]) == .success(1))
    }
    // The first good signature in the image gives the key, not the order of the trusted keys.
    #expect(try Self.outcome(entries, trusting: ["ed25519", "rsa-3072"]) == .success(1))
  }

  @Test("A revoked key counts as unknown")
  func revocation() throws {
    let both = try Self.pair("ecdsa-p256") + Self.pair("ed25519")
    let keys = ["ecdsa-p256", "ed25519"]
    #expect(try Self.outcome(both, trusting: keys) == .success(0))
    #expect(try Self.outcome(both, trusting: keys, revoked: 0b01) == .success(1))
    #expect(try Self.outcome(both, trusting: keys, revoked: 0b10) == .success(0))
    #expect(
      try Self.outcome(both, trusting: keys, revoked: 0b11)
        == .failure(.refused(.revokedKey(index: 1))))
    let single = try Self.pair("ecdsa-p256")
    #expect(
      try Self.outcome(single, trusting: keys, revoked: 1)
        == .failure(.refused(.revokedKey(index: 0))))
    // A damaged signature of a revoked key does not matter.
    #expect(
      try Self.outcome(Self.damaged(single) + Self.pair("ed25519"), trusting: keys, revoked: 1)
        == .success(1))
  }

  @Test("A wrong signature that names a trusted key refuses the image, before or behind a good one")
  func wrongSignature() throws {
    let bad = Self.damaged(try Self.pair("ecdsa-p256"))
    let good = try Self.pair("rsa-2048")
    for entries in [bad + good, good + bad] {
      guard
        case .failure(.refused(.signatureMismatch(keyIndex: 1, _))) = try Self.outcome(
          entries, trusting: ["rsa-2048", "ecdsa-p256"])
      else {
        Issue.record("a wrong signature was passed over")
        continue
      }
      #expect(try Self.outcome(entries, trusting: ["rsa-2048"]) == .success(0))
    }
  }

  @Test("A key entry names the next signature and no other")
  func naming() throws {
    let p256 = try Self.pair("ecdsa-p256")
    let rsa = try Self.pair("rsa-2048")
    let unnamed = [p256[1]]
    #expect(
      try Self.outcome(unnamed, trusting: ["ecdsa-p256"]) == .failure(.refused(.unknownKey)))
    // The second signature is damaged but has no name.
    #expect(
      try Self.outcome(p256 + Self.damaged(unnamed), trusting: ["ecdsa-p256"]) == .success(0))
    // The second name replaces the first.
    #expect(
      try Self.outcome([rsa[0]] + p256, trusting: ["rsa-2048", "ecdsa-p256"]) == .success(1))
    // A name behind its signature is none.
    #expect(
      try Self.outcome([p256[1], p256[0]], trusting: ["ecdsa-p256"])
        == .failure(.refused(.unknownKey)))
    #expect(try Self.outcome([], trusting: ["ecdsa-p256"]) == .failure(.refused(.unsigned)))
    #expect(
      try Self.outcome([p256[0]], trusting: ["ecdsa-p256"]) == .failure(.refused(.unsigned)))
  }

  @Test("The whole key names a signature as its hash does")
  func wholeKey() throws {
    let hashed = try Self.pair("ecdsa-p256")
    let key = try Fixture.publicKey("ecdsa-p256")
    #expect(
      try Self.outcome([(.publicKey, key.imageToolDER), hashed[1]], trusting: ["ecdsa-p256"])
        == .success(0))
    var other = key.imageToolDER
    other[60] ^= 1
    for name in [other, [UInt8](repeating: 7, count: 900), []] {
      #expect(
        try Self.outcome([(.publicKey, name), hashed[1]], trusting: ["ecdsa-p256"])
          == .failure(.refused(.unknownKey)))
    }
  }

  @Test("A prefix of a key's hash does not name it")
  func shortHash() throws {
    let pair = try Self.pair("ecdsa-p256")
    for count in [0, 1, 16, 31] {
      #expect(
        try Self.outcome(
          [(.keyHash, Array(pair[0].data.prefix(count))), pair[1]], trusting: ["ecdsa-p256"])
          == .failure(.refused(.unknownKey)))
    }
  }

  @Test("A signature must be of the kind of the key that is named, and as long")
  func kinds() throws {
    let rsa = try Self.pair("rsa-2048")
    let p256 = try Self.pair("ecdsa-p256")
    let offset = UInt32(0x13AB + 4 + 36 + 36)
    #expect(
      try Self.outcome([rsa[0], p256[1]], trusting: ["rsa-2048"])
        == .failure(
          .refused(.signatureKind(.ecdsaSignature, offset: offset, keyIndex: 0))))
    let short = Array(rsa[1].data.dropLast())
    #expect(
      try Self.outcome([rsa[0], (.rsa2048PSS, short)], trusting: ["rsa-2048"])
        == .failure(
          .refused(.entryLength(.rsa2048PSS, offset: offset, length: 255, expected: 256))))
    #expect(
      try Self.outcome(
        [p256[0], (.ecdsaSignature, [UInt8](repeating: 0x30, count: 1000))],
        trusting: ["ecdsa-p256"])
        == .failure(
          .refused(.entryLength(.ecdsaSignature, offset: offset, length: 1000, expected: 400))))
  }

  @Test("Zeros behind an ECDSA signature are padding, anything else is not")
  func padding() throws {
    let pair = try Self.pair("ecdsa-p256")
    for (rest, isGood) in [([0], true), ([0, 0, 0, 0], true), ([1], false), ([0, 0, 9], false)]
      as [([UInt8], Bool)]
    {
      let outcome = try Self.outcome(
        [pair[0], (.ecdsaSignature, pair[1].data + rest)], trusting: ["ecdsa-p256"])
      #expect((outcome == .success(0)) == isGood)
    }
    for nonsense in [[], [0x30], [0x30, 0x80, 1], [0x30, 70], [0x31, 1, 0], [0x30, 0]]
      as [[UInt8]]
    {
      guard
        case .failure(.refused(.signatureMismatch)) = try Self.outcome(
          [pair[0], (.ecdsaSignature, nonsense)], trusting: ["ecdsa-p256"])
      else {
        Issue.record("accepted \(nonsense)")
        continue
      }
    }
  }

  @Test(
    "A key signs only the hash that belongs to its kind",
    arguments: [
      ("images/02-nosig-sha384.bin", "ecdsa-p256", DigestAlgorithm.sha384),
      ("images/03-nosig-sha512.bin", "ecdsa-p384", .sha512),
      ("images/01-nosig.bin", "ecdsa-p384", .sha256),
      ("images/02-nosig-sha384.bin", "ed25519", .sha384),
      ("images/03-nosig-sha512.bin", "rsa-2048", .sha512),
    ])
  func hashAndKey(_ file: String, _ name: String, _ digest: DigestAlgorithm) throws {
    let key = try Fixture.publicKey(name)
    let algorithm = try #require(key.algorithm)
    var image = try SyntheticImage(try Fixture.bytes(file))
    let signatures: [SignatureAlgorithm: Entry] = [
      .ecdsaP256: (.ecdsaSignature, [0x30, 6, 2, 1, 1, 2, 1, 1]),
      .ecdsaP384: (.ecdsaSignature, [0x30, 6, 2, 1, 1, 2, 1, 1]),
      .ed25519: (.ed25519, [UInt8](repeating: 1, count: 64)),
      .rsa2048: (.rsa2048PSS, [UInt8](repeating: 1, count: 256)),
    ]
    image.unprotected += [(.keyHash, key.hash(digest)), try #require(signatures[algorithm])]
    var crypto = try Fixture.provider(trusting: [name])
    #expect(try refusal(of: image.bytes(), &crypto) == .hashUnfitForKey(digest, algorithm))
  }

  @Test("A new hash does not make a changed image signed", arguments: vectors.keys.sorted())
  func changedWithNewHash(_ key: String) throws {
    var image = try SyntheticImage(try Fixture.bytes(#require(Self.vectors[key])))
    image.payload[100] ^= 1
    image.unprotected.removeFirst()
    image.digest = .sha256
    var crypto = try Fixture.provider(trusting: [key])
    #expect(try refusal(of: image.bytes(), &crypto, .integrityOnly) == nil)
    guard case .signatureMismatch? = try refusal(of: image.bytes(), &crypto) else {
      Issue.record("accepted")
      return
    }
  }
}
