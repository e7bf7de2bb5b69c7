import FirmwareImage
import NORFlash
import OpenSSLCrypto
import Testing

/// The least that an examination can do.
private enum NoImageFeature: ImageFeatures {
  static var loadedImages: Bool { false }
  static var pureSignatures: Bool { false }
  static var hardwareIDs: Bool { false }
  static var dependencies: Bool { false }
}

@Suite("Programs that leave features out")
struct ImageFeaturesTests {
  /// Examines and hashes an image in plain with what a program can do.
  private func examine<Features: ImageFeatures>(
    _ image: [UInt8], _ crypto: inout OpenSSLProvider, _ requirements: ImageRequirements,
    with features: Features.Type
  ) -> Result<ImageSummary, ImageCheckError<MemoryStorage.Failure>> {
    var storage = MemoryStorage(image)
    var buffer = [UInt8](repeating: 0, count: 8_192)
    var span = buffer.mutableSpan
    var sink = DiscardingSink()
    var examination = ImageExamination<Features>(requirements: requirements)
    do throws(ImageCheckError<MemoryStorage.Failure>) {
      try examination.readHeader(of: &storage)
      try examination.examine(&storage, crypto: &crypto)
      try examination.checkContent(
        of: &storage, crypto: &crypto, storedForm: .plain, buffer: &span, sink: &sink)
      return .success(examination.summary)
    } catch {
      return .failure(error)
    }
  }

  @Test(
    "Each damaged byte of an image that needs no feature has the same result",
    arguments: SignedImage.small.filter { $0.decryptionKey == nil && !$0.file.contains("pure") })
  func damage(_ image: SignedImage) throws {
    let bytes = try Fixture.bytes(image.file)
    var crypto = try image.provider()
    var refusals = Set<String>()
    for index in 0...bytes.count {
      var damaged = bytes
      if index < bytes.count { damaged[index] ^= 0x11 }
      let least = examine(damaged, &crypto, ImageRequirements(), with: NoImageFeature.self)
      let most = examine(damaged, &crypto, ImageRequirements(), with: EveryImageFeature.self)
      #expect(least == most, "byte \(index)")
      if case .failure(.refused(let refusal)) = least { refusals.insert("\(refusal.name)") }
      if index == bytes.count { #expect(throws: Never.self) { try least.get() } }
    }
    #expect(refusals.count > 8)
  }

  @Test("What a program with less accepts, one with everything accepts", arguments: Vector.all)
  func subset(_ vector: Vector) throws {
    let image = try Fixture.bytes(vector.file)
    var crypto = try Fixture.provider(
      trusting: vector.keyNames, decryptingWith: vector.decryptionKeyName)
    let requirements = ImageRequirements(
      signature: vector.signingKey == nil ? .hashOnly : .trustedKey,
      dependencies: .checked)
    let least = examine(image, &crypto, requirements, with: NoImageFeature.self)
    let most = examine(image, &crypto, requirements, with: EveryImageFeature.self)
    if case .success(let summary) = least {
      let whole = try most.get()
      #expect(summary.digest == whole.digest)
      #expect(summary.signingKey == whole.signingKey)
      #expect(summary.securityCounter == whole.securityCounter)
      #expect(summary.imageSize == whole.imageSize)
      #expect(summary.contentKeyWrap == nil)
    } else if case .success(let whole) = most {
      // Only what was left out is a reason.
      #expect(whole.isPureSignature, "\(least)")
    } else if vector.decryptionKey == nil, most != .failure(.refused(.contentKeyMissing)) {
      #expect(least == most)
    }
  }

  @Test("A pure signature is refused by name")
  func pure() throws {
    let image = try Fixture.bytes("small/ed25519-pure.bin")
    var crypto = try Fixture.provider(trusting: ["ed25519"])
    let end = try examine(image, &crypto, ImageRequirements(), with: EveryImageFeature.self)
      .get().header.hashedEnd
    #expect(
      examine(image, &crypto, ImageRequirements(), with: NoImageFeature.self)
        == .failure(.refused(.pureSignatureNeedsMemory(needed: UInt32(end), available: 0))))
  }

  @Test("A dependency is refused although the device meets it")
  func dependency() throws {
    let vector = try #require(Vector.all.first { $0.file.contains("dep") })
    let image = try Fixture.bytes(vector.file)
    var crypto = try Fixture.provider(trusting: vector.keyNames)
    var available = AvailableImages()
    for id: UInt8 in 0..<4 {
      let version = ImageVersion(major: 255, minor: 0, revision: 0)
      try available.insert(AvailableImage(id: id, version: version))
    }
    let requirements = ImageRequirements(dependencies: .checked, availableImages: available)
    #expect(throws: Never.self) {
      try examine(image, &crypto, requirements, with: EveryImageFeature.self).get()
    }
    let result = examine(image, &crypto, requirements, with: NoImageFeature.self)
    guard case .failure(.refused(.dependency)) = result else {
      Issue.record("\(result)")
      return
    }
  }
}
