import BootState
import Bootloader
import DeviceModel
import FirmwareImage
import FlashEmulator
import Foundation
import ImageBuilder
import OpenSSLCrypto
import TableFormats
import Testing

@Suite struct ReadmeExampleTests {
  // The README shows the lines between the two marks.
  // example begins
  /// A bad update that hangs is rolled back by the watchdog, on an emulated W25Q128JV.
  func reasonAfterThreeHangs() throws -> BootReason {
    let key = try PrivateKey(generating: .ecdsaP256)
    func image(_ version: String) throws -> MemoryStorage {
      let recipe = ImageRecipe(version: try ImageVersion(version))
      let payload = [UInt8](repeating: 0x5A, count: 40_000)
      return MemoryStorage(try recipe.build(payload: payload.span, signingKey: key))
    }
    let csv = """
      factory,  app,  factory,   0x10000, 64K
      slot-a,   app,  ota_0,     ,        64K
      slot-b,   app,  ota_1,     ,        64K
      metadata, data, bootstate, ,        8K
      """
    let description = DeviceDescription(
      part: try .named("W25Q128JV"), table: try ESPCSV.parse(Array(csv.utf8)).table,
      trustedKeys: [key.publicKey])
    var (factory, update) = (try image("1.0.0"), try image("2.0.0"))
    var device = try EmulatedDevice.manufacture(description, factoryImage: &factory)
    try device.boot()
    _ = try device.install(&update)
    for _ in 1...3 { try device.run(.hangs) }
    return try device.boot().decision.reason
  }
  // example ends

  @Test func theExampleRollsBack() throws {
    #expect(try reasonAfterThreeHangs() == .rollback)
  }

  @Test func theReadmeShowsTheExampleAsItIs() throws {
    let here = URL(filePath: #filePath)
    let source = try String(contentsOf: here, encoding: .utf8)
    let readme = try String(
      contentsOf: here.deletingLastPathComponent().appending(path: "../../README.md"),
      encoding: .utf8)
    let marked = source.components(separatedBy: "  // example begins\n")[1]
      .components(separatedBy: "  // example ends\n")[0]
    let example = marked.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("  ") ? String($0.dropFirst(2)) : String($0) }
      .joined(separator: "\n")
    #expect(readme.contains("```swift\n" + example + "```"))
  }
}
