import FirmwareImage
import ImageCompression
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// What is wrong with a compressed image, and is refused with its reason.
@Suite struct CompressedDamageTests {
  static let payload = CompressedFixture.payload(1_500)

  @Test(arguments: CompressedFixture.methods)
  func aGoodImageIsAccepted(_ method: CompressionMethod) throws {
    let (image, plain) = try CompressedFixture(Self.payload, method).build()
    let (summary, content) = try unpack(image, bufferSize: 64)
    #expect(content == Array(plain.prefix(32 + Self.payload.count)))
    #expect(summary.plain.imageSize == UInt32(plain.count))
  }

  @Test(arguments: CompressedFixture.methods)
  func damageIsRefused(_ method: CompressionMethod) throws {
    try CompressedDamage(method).sweep(every: 11, masks: [0x01, 0xFF])
  }

  @Test(arguments: CompressedFixture.methods)
  func aStreamThatGivesMoreIsStopped(_ method: CompressionMethod) throws {
    var fixture = CompressedFixture(Self.payload, method)
    fixture.decompressedSize = 1_499
    #expect(throws: Refusal.plain(.compression(.tooLong(limit: 1_499)))) {
      try unpack(fixture.build().image)
    }
    // A mebibyte of zeros behind the signed size of the payload.
    var bomb = CompressedFixture(Self.payload + [UInt8](repeating: 0, count: 1 << 20), method)
    bomb.decompressedSize = 1_500
    #expect(throws: Refusal.plain(.compression(.tooLong(limit: 1_500)))) {
      try unpack(bomb.build().image)
    }
  }

  @Test(arguments: CompressedFixture.methods)
  func aStreamThatGivesLessIsRefused(_ method: CompressionMethod) throws {
    var fixture = CompressedFixture(Self.payload, method)
    fixture.decompressedSize = 1_501
    #expect(
      throws: Refusal.plain(.compression(.endsEarly(produced: 1_500, expected: 1_501)))
    ) { try unpack(fixture.build().image) }
    fixture.decompressedSize = .max - 1_000
    #expect(
      throws: Refusal.plain(.compression(.endsEarly(produced: 1_500, expected: .max - 1_000)))
    ) { try unpack(fixture.build().image) }
  }

  @Test(arguments: CompressedFixture.methods)
  func whatFollowsTheStreamIsRefused(_ method: CompressionMethod) throws {
    var fixture = CompressedFixture(Self.payload, method)
    fixture.stream = try fixture.compressed() + [0, 0, 0]
    #expect(throws: Refusal.plain(.compression(.bytesLeftOver(3)))) {
      try unpack(fixture.build().image)
    }
  }

  /// The right size, and other bytes.
  @Test(arguments: CompressedFixture.methods)
  func anotherPayloadIsRefused(_ method: CompressionMethod) throws {
    var fixture = CompressedFixture(Self.payload, method)
    let other = CompressedFixture(CompressedFixture.payload(1_500, seed: 77), method)
    fixture.stream = try other.compressed()
    #expect(throws: Refusal.plain(.hashMismatch)) { try unpack(fixture.build().image) }
  }

  /// A key names the signature behind it; one that is followed by another key names none.
  @Test func theKeyInFrontOfTheSignatureIsTheOneThatSigned() throws {
    var fixture = CompressedFixture(Self.payload, .zlib(windowBits: 15))
    fixture.otherKeyHashes = [ImageFixture.otherKey.publicKey.hash(.sha256)]
    let keys = [ImageFixture.otherKey.publicKey, ImageFixture.key.publicKey]
    let (summary, _) = try unpack(fixture.build().image, trusting: keys)
    #expect(summary.delivered.signingKey == 1)
    #expect(summary.plain.signingKey == 1)
  }

  @Test func aWindowThatIsNotTheAnnouncedOneIsRefused() throws {
    var fixture = CompressedFixture(Self.payload, .zlib(windowBits: 15))
    fixture.entry = [1, 1, 9, 0]
    #expect(throws: Refusal.plain(.compression(.damaged))) { try unpack(fixture.build().image) }
    #expect(throws: Refusal.plain(.compression(.windowTooLarge(131_072, largest: 65_536)))) {
      try unpack(
        CompressedFixture(Self.payload, .lzma2(.imageTool, .none)).build().image, window: 65_536)
    }
  }

  @Test func wrongEntriesAreRefused() throws {
    func refusal(_ change: (inout CompressedFixture) -> Void) throws -> ImageRefusal? {
      var fixture = CompressedFixture(Self.payload, .zlib(windowBits: 15))
      change(&fixture)
      let image = try fixture.build().image
      do throws(Refusal) {
        _ = try unpack(image)
        return nil
      } catch {
        guard case .prologue(let refusal) = error else { throw error }
        return refusal
      }
    }
    let lzma2 = CompressedFixture(Self.payload, .lzma2(.imageTool, .none))
    #expect(try refusal { _ in } == nil)
    #expect(
      try refusal { $0.entry = [2, 1, 15, 0] }
        == .compression(.unknownAlgorithm(version: 2, algorithm: 1)))
    #expect(
      try refusal { $0.entry = [1, 2, 15, 0] }
        == .compression(.unknownAlgorithm(version: 1, algorithm: 2)))
    #expect(try refusal { $0.entry = [1, 1, 8, 0] } == .compression(.parameters(8, 0)))
    #expect(try refusal { $0.entry = [1, 1, 16, 0] } == .compression(.parameters(16, 0)))
    #expect(try refusal { $0.entry = [1, 1, 15, 1] } == .compression(.parameters(15, 1)))
    #expect(
      try refusal { $0.entry = [1, 1, 15] }.map { $0.name.description } == "entry-length")
    #expect(try refusal { $0.flags = [] } == .compression(.bootable))
    #expect(
      try refusal { $0.flags = [.nonBootable, .compressedLZMA2] }
        == .compression(.contradictory([.nonBootable, .compressedLZMA2])))
    #expect(
      try refusal { $0.missing = [.decompressedSize] }
        == .compression(.entryMissing(.decompressedSize)))
    #expect(
      try refusal { $0.missing = [.decompressedHash] }
        == .compression(.entryMissing(.decompressedHash)))
    #expect(
      try refusal { $0.protected = [(0x70, [0, 0, 0, 0])] }.map { $0.name.description }
        == "entry-repeated")
    #expect(
      try refusal { $0.protected = [(0x73, [1, 0, 0, 0])] }.map { $0.name.description }
        == "compression-size")
    for (flags, expected) in [
      (.compressedLZMA1, .compression(.lzma1)),
      (.armThumbFilter, .compression(.contradictory(.armThumbFilter))),
      (
        ImageFlags(rawValue: 0x600),
        .compression(.contradictory(ImageFlags(rawValue: 0x600)))
      ),
    ] as [(ImageFlags, ImageRefusal)] {
      #expect(
        try refusal {
          $0 = lzma2
          $0.flags = flags
        } == expected)
    }
  }

  @Test func parametersOfLZMA2ThatAreNotDefinedAreRefused() throws {
    var fixture = CompressedFixture(Self.payload, .lzma2(.imageTool, .none))
    let stream = try fixture.compressed()
    // 41 is no size of a dictionary; 225 is no combination; lc 4 with lp 4 is no pair.
    for (first, second) in [(41, 0x66), (10, 225), (10, 4 * 9 + 4)] as [(UInt8, UInt8)] {
      fixture.stream = [first, second] + stream.dropFirst(2)
      #expect(throws: Refusal.plain(.compression(.parameters(first, second)))) {
        try unpack(fixture.build().image)
      }
    }
    #expect(LZMA2Parameters.imageTool.encoded == (0x0A, 0x66))
    for code in 0...UInt8(40) {
      #expect(try LZMA2Parameters(code, 0x66).encoded == (code, 0x66))
    }
  }
}

@Suite struct ExhaustiveCompressedDamageTests {
  @Test(arguments: CompressedFixture.methods)
  func everyDamageIsRefused(_ method: CompressionMethod) throws {
    try CompressedDamage(method).sweep(
      every: 1, masks: [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF])
  }
}

/// A small image, cut off and damaged at many places.
private struct CompressedDamage {
  private var fixture: CompressedFixture
  private let image: [UInt8]
  private let plain: [UInt8]

  init(_ method: CompressionMethod) throws {
    fixture = CompressedFixture(CompressedFixture.payload(700), method)
    (image, plain) = try fixture.build()
  }

  func sweep(every step: Int, masks: [UInt8]) throws {
    for index in stride(from: 0, to: image.count, by: step) {
      #expect(throws: Refusal.self, "\(index) bytes") {
        try unpack(Array(image.prefix(index)))
      }
      for mask in masks {
        var damaged = image
        damaged[index] ^= mask
        #expect(throws: Refusal.self, "byte \(index), \(mask)") { try unpack(damaged) }
      }
    }
    try sweepStream(every: step, masks: masks)
  }

  /// Behind a right signature a decompressor may still find anything.
  private func sweepStream(every step: Int, masks: [UInt8]) throws {
    var signed = fixture
    let stream = try fixture.compressed()
    var trials = 0
    var accepted = 0
    for index in stride(from: 0, to: stream.count, by: step) {
      signed.stream = Array(stream.prefix(index))
      #expect(throws: Refusal.self, "\(index) bytes") { try unpack(signed.build().image) }
      for mask in masks {
        var damaged = stream
        damaged[index] ^= mask
        signed.stream = damaged
        let image = try signed.build().image
        trials += 1
        do throws(Refusal) {
          // Some bits of a stream do not matter to what comes out.
          #expect(try unpack(image).content == Array(plain.prefix(732)))
          accepted += 1
        } catch {
          guard case .plain = error else {
            Issue.record("byte \(index), \(mask): \(error)")
            return
          }
        }
      }
    }
    #expect(accepted < trials / 8)
  }
}
