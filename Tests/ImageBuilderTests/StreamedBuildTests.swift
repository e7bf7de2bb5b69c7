import FirmwareImage
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// An image that is made in chunks is the one that is made at once.
@Suite struct StreamedBuildTests {
  /// Ed25519 signs the same each time, so that images can be compared byte for byte.
  private static let key = ImageFixture.makeKey(.ed25519)
  static let sizes = [1, 31, 4_096, 262_143, 262_144, 262_145, 524_288, 3_000_001]

  private func recipe(_ change: (inout ImageRecipe) -> Void = { _ in }) -> ImageRecipe {
    var recipe = ImageRecipe(version: ImageVersion(major: 1, minor: 2, revision: 3))
    recipe.securityCounter = .value(7)
    change(&recipe)
    return recipe
  }

  private func streamed(_ recipe: ImageRecipe, _ payload: [UInt8]) throws -> [UInt8] {
    var storage = MemoryStorage(payload)
    var output = MemoryOutput()
    let built = try recipe.build(payload: &storage, signingKey: Self.key, into: &output)
    #expect(built.size == output.bytes.count)
    #expect(built.securityCounter == 7)
    return output.bytes
  }

  @Test(arguments: sizes) func bothFormsAgree(size: Int) throws {
    let payload = ImageFixture.payload(size, seed: UInt64(size))
    let recipe = recipe()
    let whole = try recipe.build(payload: payload.span, signingKey: Self.key)
    #expect(try streamed(recipe, payload) == whole)
  }

  @Test(arguments: [SlotTrailer.none, .pending, .confirmed])
  func trailersAgree(_ trailer: SlotTrailer) throws {
    let payload = ImageFixture.payload(300_000, seed: 1)
    let recipe = recipe {
      $0.slot = SlotLayout(size: 0x80000, writeAlignment: 8)
      $0.trailer = trailer
    }
    let whole = try recipe.build(payload: payload.span, signingKey: Self.key)
    #expect(try streamed(recipe, payload) == whole)
    #expect(trailer == .none || whole.count == 0x80000)
  }

  @Test func aPureSignatureCoversTheWholeStream() throws {
    let payload = ImageFixture.payload(600_000, seed: 2)
    let image = try streamed(recipe { $0.signatureForm = .pure }, payload)
    var storage = MemoryStorage(image)
    var crypto = try OpenSSLProvider(trustedKeys: [Self.key.publicKey])
    var buffer = [UInt8](repeating: 0, count: image.count)
    var span = buffer.mutableSpan
    let summary = try ImageVerifier.verify(&storage, crypto: &crypto, buffer: &span)
    #expect(summary.isPureSignature)
  }

  /// A storage or an output that fails ends the work with its reason.
  @Test func failuresOnBothSidesAreTold() throws {
    struct FullOutput: ImageOutput {
      struct Full: Error {}
      var room = 300_000
      mutating func append(_ bytes: Span<UInt8>) throws(Full) {
        room -= bytes.count
        if room < 0 { throw Full() }
      }
    }
    var storage = MemoryStorage(ImageFixture.payload(600_000, seed: 3))
    var output = FullOutput()
    #expect(throws: ImageBuilderError.outputFailed(reason: "Full()")) {
      try recipe().build(payload: &storage, signingKey: Self.key, into: &output)
    }
    var cancelled = ObservedStorage(MemoryStorage([UInt8](repeating: 0, count: 600_000))) {
      $0.position > 300_000 ? .cancel : .goOn
    }
    var memory = MemoryOutput()
    #expect(throws: ImageBuilderError.payloadUnreadable(reason: "cancelled")) {
      try recipe().build(payload: &cancelled, signingKey: Self.key, into: &memory)
    }
  }
}
