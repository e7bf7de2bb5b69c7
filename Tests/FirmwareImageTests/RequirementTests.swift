import FirmwareImage
import NORFlash
import OpenSSLCrypto
import Testing

@Suite("What a device asks of an image")
struct RequirementTests {
  static func outcome(
    _ file: String, _ requirements: ImageRequirements
  ) throws -> ImageRefusal? {
    var crypto = try Fixture.provider(trusting: ["ecdsa-p256"])
    return try refusal(of: Fixture.bytes(file), &crypto, requirements)
  }

  @Test("The security counter must reach the floor; without one it is 0")
  func floor() throws {
    let counter: UInt32 = 1 << 24 | 2 << 16 | 3
    let file = "images/20-seccnt-auto.bin"
    #expect(try Self.outcome(file, ImageRequirements(minimumSecurityCounter: counter)) == nil)
    #expect(
      try Self.outcome(file, ImageRequirements(minimumSecurityCounter: counter + 1))
        == .securityCounter(found: counter, minimum: counter + 1))
    let none = "images/06-ec256.bin"
    #expect(try Self.outcome(none, ImageRequirements(minimumSecurityCounter: 0)) == nil)
    #expect(
      try Self.outcome(none, ImageRequirements(minimumSecurityCounter: 1))
        == .securityCounter(found: 0, minimum: 1))
  }

  @Test("Vendor and class must be there and match when they are asked for")
  func hardware() throws {
    let file = "images/25-vid-cid.bin"
    let image = try SyntheticImage(try Fixture.bytes(file))
    func id(_ type: TLVType) throws -> [16 of UInt8] {
      let data = try #require(image.entry(type)).data
      var id: [16 of UInt8] = .init(repeating: 0)
      for index in id.indices { id[index] = data[index] }
      return id
    }
    let vendor = try id(.vendorID)
    let product = try id(.classID)
    // UUID version 5 of `example.com` in the namespace of domain names, by Python's uuid module.
    let start = vendor.span.bigEndianUInt32(at: 0)
    #expect(start == 0xCFBF_F0D1)
    #expect(try Self.outcome(file, ImageRequirements(vendorID: vendor, classID: product)) == nil)
    #expect(try Self.outcome(file, ImageRequirements(vendorID: vendor)) == nil)
    #expect(try Self.outcome(file, ImageRequirements(classID: product)) == nil)
    #expect(try Self.outcome(file, ImageRequirements(vendorID: product)) == .vendorID)
    #expect(try Self.outcome(file, ImageRequirements(classID: vendor)) == .classID)
    var near = vendor
    near[15] ^= 1
    #expect(try Self.outcome(file, ImageRequirements(vendorID: near)) == .vendorID)
    let none = "images/06-ec256.bin"
    #expect(try Self.outcome(none, ImageRequirements(vendorID: vendor)) == .vendorID)
    #expect(try Self.outcome(none, ImageRequirements(classID: product)) == .classID)
  }

  @Test("Dependencies need another image in at least the version they name")
  func dependencies() throws {
    let file = "images/22-deps.bin"
    func version(_ major: UInt8, _ minor: UInt8, _ revision: UInt16, _ build: UInt32)
      -> ImageVersion
    { ImageVersion(major: major, minor: minor, revision: revision, build: build) }
    func outcome(_ images: [(UInt8, ImageVersion)]) throws -> ImageRefusal? {
      var available = AvailableImages()
      for (id, version) in images {
        try available.insert(AvailableImage(id: id, version: version))
      }
      return try Self.outcome(
        file, ImageRequirements(dependencies: .checked, availableImages: available))
    }
    let first = version(1, 2, 3, 0)
    let second = version(4, 5, 6, 7)
    #expect(try Self.outcome(file, ImageRequirements()) == nil)
    #expect(try outcome([(1, first), (2, second)]) == nil)
    #expect(try outcome([(2, version(5, 0, 0, 0)), (1, version(1, 2, 3, 1))]) == nil)
    #expect(try outcome([]) == .dependency(imageID: 1, minimum: first))
    #expect(try outcome([(1, first)]) == .dependency(imageID: 2, minimum: second))
    let older = version(4, 5, 6, 6)
    #expect(
      try outcome([(1, first), (2, older)])
        == .dependency(imageID: 2, minimum: second))
    // A later entry for the same image replaces the version.
    #expect(try outcome([(1, first), (2, older), (2, second)]) == nil)
  }

  @Test("Four images can be named, a fifth is an error")
  func capacity() throws {
    var available = AvailableImages()
    let version = ImageVersion(major: 1, minor: 0, revision: 0)
    for id in 0..<4 { try available.insert(AvailableImage(id: UInt8(id), version: version)) }
    #expect(throws: AvailableImagesError.tooManyImages(limit: 4)) {
      try available.insert(AvailableImage(id: 4, version: version))
    }
  }

  @Test("A non-bootable image is refused only where it would boot")
  func bootability() throws {
    let file = "images/29-nonbootable.bin"
    #expect(try Self.outcome(file, ImageRequirements()) == .notBootable)
    #expect(try Self.outcome(file, ImageRequirements(bootability: .notRequired)) == nil)
  }

  @Test("An image linked for an address belongs into the slot there")
  func address() throws {
    let file = "small/rom-fixed.bin"
    #expect(try Self.outcome(file, ImageRequirements()) == nil)
    #expect(try Self.outcome(file, ImageRequirements(slotAddress: 0x20000)) == nil)
    #expect(
      try Self.outcome(file, ImageRequirements(slotAddress: 0x40000))
        == .loadAddress(found: 0x20000, expected: 0x40000))
    // A load address in RAM is no flash address.
    #expect(
      try Self.outcome("images/28-loadaddr.bin", ImageRequirements(slotAddress: 0x40000)) == nil)
  }

  @Test("The size counts from the header to the end of the TLV areas, not the trailer")
  func size() throws {
    #expect(
      try Self.outcome("images/32-pad-confirm.bin", ImageRequirements(maximumSize: 6000)) == nil)
    let bytes = UInt32(try Fixture.bytes("images/06-ec256.bin").count)
    let file = "images/06-ec256.bin"
    #expect(try Self.outcome(file, ImageRequirements(maximumSize: bytes)) == nil)
    #expect(
      try Self.outcome(file, ImageRequirements(maximumSize: bytes - 1))
        == .tooLarge(size: bytes, maximum: bytes - 1))
  }
}
