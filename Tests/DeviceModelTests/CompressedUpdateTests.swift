import BootState
import Bootloader
import DeviceModel
import FirmwareImage
import FlashEmulator
import FlashPartitions
import Foundation
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import SlotInstaller
import TestSupport
import Testing

/// Compressed updates on a whole device, from the delivery to the boot.
@Suite struct CompressedUpdateTests {
  /// imgtool's own images, which the tests of the image parser keep.
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("FirmwareImageTests/Fixtures")

  private func fixture(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name)))
  }

  @Test(arguments: ["images/60-lzma2.bin", "images/62-lzma2-enc.bin"])
  func imagesOfImgtoolAreInstalledAndBoot(_ name: String) throws {
    var description = try DeviceFixture.description(slotBlocks: 17)
    description.trustedKeys.append(
      try PublicKey(contentsOf: Self.folder.appendingPathComponent("keys/ecdsa-p256-pub.pem").path))
    description.decryptionKey = try DeviceDecryptionKey(
      fileBytes: fixture("keys/enc-ecdsa-p256.der"))
    var device = try running(description)
    var image = MemoryStorage(try fixture(name))
    let report = try device.install(&image)
    #expect(report.storedForm == .plain)
    let handover = try device.boot(.softwarePlanned)
    #expect(
      handover.image?.version == ImageVersion(major: 1, minor: 2, revision: 3, build: 4))
    let slot = description.table.partition(for: .slotA)?.range
    let start = try #require(slot).start + 32
    let payload = try fixture("images/payload_compressible.bin")
    var content = [UInt8](repeating: 0, count: payload.count)
    var span = content.mutableSpan
    try device.flash.read(at: start, into: &span)
    #expect(content == payload)
  }

  @Test func aDeviceSaysHowMuchItCanUnpack() throws {
    var description = try DeviceFixture.description()
    description.decompressionWindow = 1_024
    var device = try running(description)
    var recipe = ImageRecipe(version: try ImageVersion("2.0.0"))
    let payload = CompressedFixture.payload(5_000)
    recipe.compression = .zlib(windowBits: 11)
    var large = MemoryStorage(
      try recipe.build(payload: payload.span, signingKey: DeviceFixture.key))
    let refusal = DeviceError.install(
      .refused(.compression(.windowTooLarge(2_048, largest: 1_024))))
    #expect(throws: refusal) { try device.install(&large) }
    #expect("\(refusal)".contains("needs a decompression window of 2048 bytes"))
    recipe.compression = .zlib(windowBits: 10)
    var small = MemoryStorage(
      try recipe.build(payload: payload.span, signingKey: DeviceFixture.key))
    _ = try device.install(&small)
    #expect(try device.boot(.softwarePlanned).image?.version.major == 2)
  }

  /// What the device can do is kept beside its flash.
  @Test func theWindowIsKeptWithTheDevice() throws {
    var description = try DeviceFixture.description()
    description.decompressionWindow = 512
    let folder = try TemporaryFolder()
    let device = try running(description)
    try device.save(to: folder.file("device.bin"))
    let again = try EmulatedDevice.load(from: folder.file("device.bin"))
    #expect(again.description.decompressionWindow == 512)
  }

  private func running(_ description: DeviceDescription) throws -> EmulatedDevice {
    var factory = MemoryStorage(try DeviceFixture.image("1.0.0"))
    var device = try EmulatedDevice.manufacture(description, factoryImage: &factory)
    try device.boot()
    return device
  }
}
