import FirmwareImage
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// The tree of an image, and the trusted key that signed it, as its prologue tells them.
struct TreeFinding: Equatable {
  var tree: DigestTree?
  var signer: Int?

  init(
    _ image: [UInt8], trusting keys: [PublicKey], revokedKeys: UInt32 = 0
  ) throws(DigestTreeError) {
    var storage = MemoryStorage(image)
    guard var prologue = try? ImagePrologue(reading: &storage),
      var crypto = try? OpenSSLProvider(trustedKeys: keys)
    else { throw .refused(.image(.headerChanged)) }
    do throws(DigestTreeRefusal) { tree = try DigestTree(of: &prologue) } catch {
      throw .refused(error)
    }
    signer = try DigestTree.signer(of: &prologue, crypto: &crypto, revokedKeys: revokedKeys)
  }
}

@Suite("The entries of a digest tree")
struct DigestTreeTests {
  /// An image of three leaves of 4 KiB, with a counter and an entry of the vendor's.
  static func image(
    _ key: PrivateKey? = ImageFixture.key, _ change: (inout ImageRecipe) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    try ImageFixture.image(1, payloadSize: 9_000, signedBy: key) { recipe in
      recipe.digestTree = try DigestTreeRecipe(leafSize: 4_096)
      recipe.securityCounter = .value(7)
      recipe.vendorTLVs = [VendorTLV(type: TLVType(rawValue: 0xA0), value: [1, 2, 3])]
      try change(&recipe)
    }
  }

  private static func refusal(
    _ image: [UInt8], trusting keys: [PublicKey] = [ImageFixture.key.publicKey],
    revokedKeys: UInt32 = 0
  ) -> DigestTreeRefusal? {
    do throws(DigestTreeError) {
      _ = try TreeFinding(image, trusting: keys, revokedKeys: revokedKeys)
      return nil
    } catch {
      guard case .refused(let refusal) = error else { return nil }
      return refusal
    }
  }

  @Test("Each kind of key signs a tree", arguments: PrivateKey.Kind.allCases)
  func kinds(_ kind: PrivateKey.Kind) throws {
    guard kind.signatureAlgorithm != nil else { return }
    let key = ImageFixture.makeKey(kind)
    let finding = try TreeFinding(
      Self.image(key), trusting: [ImageFixture.otherKey.publicKey, key.publicKey])
    #expect(finding.signer == 1)
    #expect(finding.tree?.leafCount == 3)
    #expect(finding.tree?.coveredSize == 9_032)
  }

  @Test("A pure image has a tree that is signed in front of the payload")
  func pure() throws {
    let key = ImageFixture.makeKey(.ed25519)
    let image = try Self.image(key) { $0.signatureForm = .pure }
    #expect(try TreeFinding(image, trusting: [key.publicKey]).signer == 0)
  }

  @Test("ECDSA signatures of every length fit")
  func signatureLengths() throws {
    var lengths: Set<UInt8> = []
    for _ in 0..<60 {
      let image = try Self.image()
      #expect(try TreeFinding(image, trusting: [ImageFixture.key.publicKey]).signer == 0)
      let entry = try #require(SyntheticImage(image).entry(.digestTreeSignature))
      #expect(entry.data.count == 4 + 32 + 2 + 72)
      lengths.insert(entry.data[36])
    }
    #expect(lengths.count > 1, "the length varies, else this shows nothing")
  }

  @Test("An unsigned image has a tree that nobody signed")
  func unsigned() throws {
    let finding = try TreeFinding(Self.image(nil), trusting: [ImageFixture.key.publicKey])
    #expect(finding.tree?.leafCount == 3)
    #expect(finding.signer == nil)
  }

  @Test("An image without a tree has none")
  func noTree() throws {
    let finding = try TreeFinding(
      ImageFixture.image(1), trusting: [ImageFixture.key.publicKey])
    #expect(finding.tree == nil && finding.signer == nil)
  }

  @Test("No bit of header and protected area can change unnoticed")
  func everyBit() throws {
    let image = try Self.image()
    let header = try ImageHeader(decoding: image.span)
    let trusted = [ImageFixture.key.publicKey]
    #expect(try TreeFinding(image, trusting: trusted).signer == 0)
    for position in Array(0..<32) + Array(Int(header.tlvOffset)..<Int(header.hashedEnd)) {
      for bit in 0..<8 {
        var damaged = image
        damaged[position] ^= 1 << UInt8(bit)
        let finding = try? TreeFinding(damaged, trusting: trusted)
        #expect(finding?.signer == nil, "bit \(bit) of byte \(position)")
      }
    }
  }

  @Test("A signature does not move to another image with the same tree")
  func movedSignature() throws {
    let entry = try #require(try SyntheticImage(Self.image()).entry(.digestTreeSignature))
    var other = try SyntheticImage(Self.image { $0.securityCounter = .value(8) })
    let last = other.protected.count - 1
    other.protected[last].data = entry.data
    guard case .signatureMismatch(keyIndex: 0, _) = Self.refusal(try other.bytes()) else {
      Issue.record("accepted")
      return
    }
  }

  @Test("A tree signed by no usable key is refused")
  func keys() throws {
    let image = try Self.image()
    #expect(
      Self.refusal(image, trusting: [ImageFixture.otherKey.publicKey]) == .unknownKey)
    #expect(Self.refusal(image, revokedKeys: 1) == .revokedKey(index: 0))
  }

  @Test("Each field of the entries is checked")
  func fields() throws {
    let image = try SyntheticImage(Self.image())
    let tree = try #require(image.protected.firstIndex { $0.type == .digestTree })
    let signature = image.protected.count - 1
    func expect(
      _ refusal: DigestTreeRefusal, _ change: (inout SyntheticImage) -> Void,
      _ location: SourceLocation = #_sourceLocation
    ) throws {
      var changed = image
      change(&changed)
      #expect(Self.refusal(try changed.bytes()) == refusal, sourceLocation: location)
    }
    // Counter of 8 bytes and vendor's of 7 are in front of the tree of 44 bytes.
    let at = UInt32(9_032 + 4 + 8 + 7)
    let signatureAt = at + 44
    try expect(.version(2, offset: at)) { $0.protected[tree].data[0] = 2 }
    try expect(.algorithm(2, offset: at)) { $0.protected[tree].data[1] = 2 }
    try expect(.leafSize(exponent: 11, offset: at)) { $0.protected[tree].data[2] = 11 }
    try expect(.leafSize(exponent: 17, offset: at)) { $0.protected[tree].data[2] = 17 }
    try expect(.entryContent(.digestTree, offset: at)) { $0.protected[tree].data[3] = 1 }
    try expect(.leafCount(found: 4, expected: 3)) { $0.protected[tree].data[4] = 4 }
    try expect(.leafCount(found: 3, expected: 2)) { $0.protected[tree].data[2] = 13 }
    try expect(.image(.entryLength(.digestTree, offset: at, length: 41, expected: 40))) {
      $0.protected[tree].data.append(0)
    }
    try expect(.image(.entryRepeated(.digestTree, offset: signatureAt))) {
      $0.protected.insert($0.protected[tree], at: tree)
    }
    try expect(.treeMissing(offset: at)) { $0.protected.remove(at: tree) }
    try expect(.signatureNotLast(offset: at)) { $0.protected.swapAt(tree, signature) }
    try expect(.version(0, offset: signatureAt)) { $0.protected[signature].data[0] = 0 }
    try expect(.algorithm(4, offset: signatureAt)) { $0.protected[signature].data[1] = 4 }
    try expect(.algorithm(0, offset: signatureAt)) { $0.protected[signature].data[1] = 0 }
    for (position, value) in [(2, UInt8(1)), (36, 73), (37, 1), (36, 60)] {
      try expect(.entryContent(.digestTreeSignature, offset: signatureAt)) {
        $0.protected[signature].data[position] = value
      }
    }
    try expect(.entryContent(.digestTreeSignature, offset: signatureAt)) {
      $0.protected[signature].data.removeLast(73)
    }
  }

  @Test("Entries of a tree in the unprotected area are refused")
  func misplaced() throws {
    for type in [TLVType.digestTree, .digestTreeSignature] {
      var image = try SyntheticImage(Self.image())
      let index = try #require(image.protected.firstIndex { $0.type == type })
      image.unprotected.append(image.protected.remove(at: index))
      guard case .image(.entryMisplaced(type, _)) = Self.refusal(try image.bytes()) else {
        Issue.record("accepted")
        return
      }
    }
  }

  @Test("A key of another kind than the signature is not asked")
  func otherKind() throws {
    // The hash of a P-384 key in an entry that says SHA-256.
    let key = ImageFixture.makeKey(.ecdsaP384)
    var image = try SyntheticImage(Self.image())
    let last = image.protected.count - 1
    image.protected[last].data.replaceSubrange(4..<36, with: key.publicKey.hash(.sha256))
    guard
      case .signatureKind(keyIndex: 0, _) = Self.refusal(
        try image.bytes(), trusting: [key.publicKey])
    else {
      Issue.record("accepted")
      return
    }
  }
}
