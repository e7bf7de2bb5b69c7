import FirmwareImage
import Foundation
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// Images with a digest tree, before others and before both of our own verifiers.
@Suite struct DigestTreeTests {
  static let kinds = PrivateKey.Kind.allCases.filter { $0.signatureAlgorithm != nil }

  /// The tree and the prologue of an image.
  private static func tree(of image: [UInt8]) throws -> (tree: DigestTree, end: Int) {
    var storage = MemoryStorage(image)
    var prologue = try ImagePrologue(reading: &storage)
    return (try #require(try DigestTree(of: &prologue)), Int(prologue.size))
  }

  private static func recipe(
    _ leafSize: UInt32, _ place: DigestTreeRecipe.LeafListPlace = .behindImage
  ) throws -> ImageRecipe {
    var recipe = ImageRecipe(version: ImageVersion(major: 1, minor: 2, revision: 3))
    recipe.digestTree = try DigestTreeRecipe(leafSize: leafSize, leafListPlace: place)
    return recipe
  }

  @Test(.enabled(if: Tool.imgtool != nil && Tool.python != nil), arguments: kinds)
  func othersAcceptThem(_ kind: PrivateKey.Kind) throws {
    let folder = try TemporaryFolder()
    let key = try PrivateKey(generating: kind)
    let keyPath = folder.file("key.pem")
    let publicPath = try folder.write(Array(key.publicPEM.utf8), "public.pem")
    try key.writePEM(to: keyPath)
    for (size, leafSize) in [(100, UInt32(4_096)), (20_448, 4_096), (70_000, 65_536)] {
      var recipe = try Self.recipe(leafSize)
      recipe.securityCounter = .fromVersion
      recipe.dependencies = [ImageDependency(imageID: 1, minimumVersion: recipe.version)]
      let payload = ImageFixture.payload(size, seed: 4)
      let image = try folder.write(recipe.build(payload: payload.span, signingKey: key), "app.img")
      let imgtool = try #require(Tool.imgtool).run(["verify", "-k", keyPath, image])
      #expect(imgtool.status == 0 && imgtool.output.contains("Image was correctly validated"))
      let model = try #require(Tool.python)
        .run([Fixtures.path("digest_tree.py"), "check", image, publicPath])
      #expect(model.status == 0, "\(model.output)")
      for line in ["tree OK", "leaf list OK", "signature OK"] {
        #expect(model.output.contains(line), "\(model.output)")
      }
    }
  }

  @Test(.enabled(if: Tool.python != nil))
  func theModelWroteTheGoldenRoots() throws {
    let answer = try #require(Tool.python).run([Fixtures.path("digest_tree.py"), "roots"])
    #expect(try Array(answer.output.utf8) == Fixtures.bytes("digest-tree-roots.txt"))
  }

  @Test func withoutATreeNothingChanges() throws {
    let key = try Fixtures.privateKey("ed25519")
    let payload = ImageFixture.payload(20_000, seed: 5)
    var recipe = try Self.recipe(4_096)
    let with = try SplitImage(recipe.build(payload: payload.span, signingKey: key))
    recipe.digestTree = nil
    let without = try SplitImage(recipe.build(payload: payload.span, signingKey: key))
    #expect(with.payload == without.payload)
    #expect(without.protectedTypes.isEmpty)
    #expect(with.protectedTypes == [.digestTree, .digestTreeSignature])
  }

  /// Both verifiers say the same, whichever byte of header and payload is changed.
  @Test(arguments: [
    nil, "ecdsa-p256", "x25519", "rsa-2048",
  ])
  func bothVerifiersAgree(_ wrap: String?) throws {
    let key = try PrivateKey(generating: .ecdsaP256)
    for size in [1, 4_063, 4_064, 4_065, 30_001] {
      var recipe = try Self.recipe(4_096)
      if let wrap {
        recipe.encryption = ImageEncryption(
          to: try Fixtures.encryptionKey("enc-\(wrap)-pub.der"),
          cipher: size % 2 == 0 ? .aes128 : .aes256)
      }
      let payload = ImageFixture.payload(size, seed: UInt64(size))
      let good = try recipe.build(payload: payload.span, signingKey: key)
      let (tree, _) = try Self.tree(of: good)
      let dice = ImageFixture.payload(160, seed: UInt64(size))
      for attempt in 0..<40 {
        var image = good
        // Fields of the header that move the TLVs are not about the payload.
        let number = dice[(4 * attempt)...].prefix(3).reduce(0) { $0 << 8 | Int($1) }
        let position = 32 + number % (Int(tree.coveredSize) - 32)
        if attempt > 0 { image[position] ^= max(dice[4 * attempt + 3], 1) }
        let leaves = try LeafList(
          over: MemoryStorage(image), coveredSize: tree.coveredSize, leafSizeExponent: 12)
        #expect((leaves.tree == tree) == (attempt == 0))
        #expect(try Self.hashMatches(image, key, wrap) == (leaves.tree == tree), "byte \(position)")
      }
    }
  }

  private static func hashMatches(
    _ image: [UInt8], _ key: PrivateKey, _ wrap: String?
  ) throws -> Bool {
    var crypto = try OpenSSLProvider(
      trustedKeys: [key.publicKey],
      decryptionKey: wrap.map { try DecryptionKey(contentsOf: Fixtures.path("keys/enc-\($0).der")) }
    )
    var storage = MemoryStorage(image)
    var memory = [UInt8](repeating: 0, count: 65_536)
    var buffer = memory.mutableSpan
    do throws(ImageCheckError<FlashError>) {
      _ = try ImageVerifier.verify(
        &storage, crypto: &crypto, storedForm: wrap == nil ? .plain : .ciphertext,
        buffer: &buffer)
      return true
    } catch {
      guard case .refused(.hashMismatch) = error else { throw error }
      return false
    }
  }

  @Test func theListIsOfTheDeliveredBytes() throws {
    var recipe = try Self.recipe(8_192, .separate)
    recipe.encryption = ImageEncryption(to: try Fixtures.encryptionKey("enc-x25519-pub.der"))
    recipe.headerSize = 10_000
    let key = try Fixtures.privateKey("ed25519")
    var payload = MemoryStorage(ImageFixture.payload(100_003, seed: 6))
    var output = MemoryOutput()
    let built = try recipe.build(payload: &payload, signingKey: key, into: &output)
    let list = try #require(built.leafList)
    #expect(
      try LeafList(
        over: MemoryStorage(output.bytes), coveredSize: UInt32(built.header.tlvOffset),
        leafSizeExponent: 13) == list)
    #expect(try Self.tree(of: output.bytes).tree == list.tree)
    #expect(built.size == output.bytes.count, "the list is not in the image")
    var storage = MemoryStorage(output.bytes)
    let range = try LeafList.range(behind: UInt32(built.size), in: &storage)
    #expect(range == nil)
  }

  @Test func aSlotHasRoomForTheList() throws {
    var recipe = try Self.recipe(4_096)
    recipe.slot = SlotLayout(size: 24 << 10, maximumSectorCount: 1)
    let payload = ImageFixture.payload(20_000, seed: 7)
    let image = try recipe.build(payload: payload.span, signingKey: nil)
    recipe.slot?.size = UInt32((image.count + 7) / 8 * 8)
    #expect(throws: ImageBuilderError.self) {
      try recipe.build(payload: payload.span, signingKey: nil)
    }
  }

  @Test func refusals() throws {
    let payload = ImageFixture.payload(1_000, seed: 8)
    func error(
      _ place: DigestTreeRecipe.LeafListPlace = .behindImage, _ change: (inout ImageRecipe) -> Void
    ) throws -> ImageBuilderError? {
      var recipe = try Self.recipe(4_096, place)
      change(&recipe)
      do throws(ImageBuilderError) {
        _ = try recipe.build(payload: payload.span, signingKey: nil)
        return nil
      } catch { return error }
    }
    for size in [0, 1, 2_048, 4_095, 5_000, 131_072, 1 << 31] as [UInt32] {
      #expect(throws: ImageBuilderError.invalidLeafSize(size)) {
        try DigestTreeRecipe(leafSize: size)
      }
    }
    let slot = SlotLayout(size: 64 << 10)
    for trailer in [SlotTrailer.pending, .confirmed] {
      #expect(
        try error {
          $0.slot = slot
          $0.trailer = trailer
        } == .leafListNeedsFile)
      #expect(
        try error(.separate) {
          $0.slot = slot
          $0.trailer = trailer
        } == nil)
    }
    for type in [TLVType.digestTree, .digestTreeSignature] {
      #expect(
        try error { $0.vendorTLVs = [VendorTLV(type: type, value: [])] }
          == .vendorTypeReserved(type))
    }
    let vendor = VendorTLV(
      type: TLVType(rawValue: 0xA0), value: [UInt8](repeating: 1, count: 2_000))
    guard case .tlvAreasTooLargeForTree = try error(.behindImage, { $0.vendorTLVs = [vendor] })
    else {
      Issue.record("accepted")
      return
    }
  }
}

/// The payload of an image, and the types of its protected entries.
private struct SplitImage {
  var payload: [UInt8]
  var protectedTypes: [TLVType] = []

  init(_ image: [UInt8]) throws {
    let header = try ImageHeader(decoding: image.span)
    payload = Array(image[Int(header.headerSize)..<Int(header.tlvOffset)])
    var storage = MemoryStorage(image)
    var cursor = try TLVCursor(header: header, storageSize: storage.size)
    while let entry = try cursor.next(in: &storage) {
      if entry.area == .protected { protectedTypes.append(entry.type) }
    }
  }
}
