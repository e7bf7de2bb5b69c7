import FirmwareImage
import ImageBuilder
import OpenSSLCrypto
import Testing

@Suite struct TextTests {
  @Test(arguments: [
    ("0", ImageVersion(major: 0, minor: 0, revision: 0)),
    ("1.2", ImageVersion(major: 1, minor: 2, revision: 0)),
    ("1.2.3", ImageVersion(major: 1, minor: 2, revision: 3)),
    ("1.2.3+4", ImageVersion(major: 1, minor: 2, revision: 3, build: 4)),
    (
      "255.255.65535+4294967295",
      ImageVersion(major: 255, minor: 255, revision: 65535, build: .max)
    ),
  ])
  func readsVersions(_ text: String, _ version: ImageVersion) throws {
    #expect(try ImageVersion(text) == version)
  }

  @Test(arguments: [
    "", "v1", "01", "1.", "1..2", "1.2+3", "1+3", "1.2.3+", "1.2.3+4+5", "1.2.3.4", "256",
    "1.256", "1.2.65536", "1.2.3+4294967296", "-1", "+1", "1.2.3 ", "1.2.03", "\u{0661}",
  ])
  func refusesOtherVersions(_ text: String) {
    #expect(throws: ImageBuilderError.invalidVersion(text)) { try ImageVersion(text) }
  }

  /// Expected values from Python's `uuid.uuid5`.
  @Test func makesUUIDsOfNames() throws {
    let vendor = try HardwareIdentifier("example.com")
    #expect(hexadecimal(vendor.vendorUUID()) == "cfbff0d193755685968c48ce8b15ae17")
    let device = try HardwareIdentifier("sensor-a").classUUID(of: vendor)
    #expect(hexadecimal(device) == "7343c8b895da55d2ac65bd05c7c8b5ec")
  }

  @Test(arguments: [
    "12345678-1234-5678-1234-56789ABCDEF0", "123456781234567812345678 9abcdef0",
    "1234567812345678123456789abcdef0",
  ])
  func takesUUIDsAsTheyAre(_ text: String) throws {
    let id = try HardwareIdentifier(text)
    let bytes = hexadecimal(id.vendorUUID())
    #expect((bytes == "1234567812345678123456789abcdef0") == !text.contains(" "))
  }

  private func hexadecimal(_ uuid: [16 of UInt8]) -> String {
    uuid.indices.map {
      (uuid[$0] < 16 ? "0" : "") + String(uuid[$0], radix: 16)
    }.joined()
  }
}
