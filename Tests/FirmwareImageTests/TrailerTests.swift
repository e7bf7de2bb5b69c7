import FirmwareImage
import NORFlash
import OpenSSLCrypto
import Testing

@Suite("Trailers as imgtool writes them")
struct TrailerTests {
  static func trailer(_ bytes: [UInt8], erased: ErasedContent = .ones) throws -> ImageTrailer? {
    var storage = MemoryStorage(bytes)
    return try ImageTrailer(reading: &storage, erased: erased)
  }

  @Test(
    "Padded and confirmed images at every alignment",
    arguments: [
      ("small/pad-8", 8, .unset), ("small/confirm-8", 8, .set), ("small/pad-16", 16, .unset),
      ("small/confirm-16", 16, .set), ("small/pad-32", 32, .unset),
      ("small/confirm-32", 32, .set), ("images/32-pad-confirm", 8, .set),
      ("images/35-confirm-align4-max16", 16, .set),
    ] as [(String, UInt8, ImageTrailer.Flag)])
  func alignments(_ name: String, _ alignment: UInt8, _ imageOK: ImageTrailer.Flag) throws {
    let bytes = try Fixture.bytes("\(name).bin")
    let trailer = try #require(try Self.trailer(bytes))
    #expect(trailer.magic == .good)
    #expect(trailer.alignment == alignment)
    #expect(trailer.imageOK == imageOK)
    #expect(trailer.copyDone == .unset)
    #expect(trailer.swapInformation == nil)
    // The image in front of it is as good as without.
    var crypto = try Fixture.provider(trusting: ["ecdsa-p256"])
    #expect(try refusal(of: bytes, &crypto) == nil)
  }

  @Test("The flags lie where MCUboot puts them", arguments: [(8, 24), (16, 32), (32, 64)])
  func offsets(_ alignment: Int, _ distance: Int) throws {
    var bytes = try Fixture.bytes("small/pad-\(alignment).bin")
    let end = bytes.count
    bytes[end - distance] = 1
    #expect(try Self.trailer(bytes)?.imageOK == .set)
    bytes[end - distance] = 3
    #expect(try Self.trailer(bytes)?.imageOK == .bad)
    bytes[end - distance - alignment] = 1
    #expect(try Self.trailer(bytes)?.copyDone == .set)
    bytes[end - distance - 2 * alignment] = 0x24
    let trailer = try #require(try Self.trailer(bytes))
    #expect(trailer.swapKind == 4)
    #expect(trailer.imageNumber == 2)
  }

  @Test("Without the magic there is no trailer")
  func magic() throws {
    var bytes = try Fixture.bytes("small/confirm-8.bin")
    bytes[bytes.count - 1] ^= 1
    #expect(try Self.trailer(bytes)?.magic == .bad)
    #expect(
      try Self.trailer([UInt8](repeating: 0xFF, count: 4096))?.magic == .unset)
    #expect(
      try Self.trailer([UInt8](repeating: 0, count: 4096), erased: .zeros)?.magic == .unset)
    #expect(try Self.trailer([UInt8](repeating: 0, count: 4096))?.magic == .bad)
    #expect(try Self.trailer([UInt8](repeating: 0xFF, count: 100)) == nil)
    var other = try Fixture.bytes("small/confirm-16.bin")
    other[other.count - 16] = 64
    #expect(try Self.trailer(other)?.magic == .bad)
  }
}
