import Bootloader
import DeviceModel
import FirmwareImage
import FlashEmulator
import FlashPartitions
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import Testing

/// The forecast against the virtual clock of installations that really happen.
@Suite struct ImageTimeForecastTests {
  private let processor = ProcessorSpeed(
    hashRate: 2_000_000, decryptRate: 4_000_000, signatureCheck: 150_000_000)

  /// What the flash was used for, by partition.
  private struct Use {
    var slot: FlashStatistics
    var log: FlashStatistics

    init(of device: borrowing EmulatedDevice) {
      slot = device.flash.statistics(of: "slot-a") ?? FlashStatistics()
      log = device.flash.statistics(of: "metadata") ?? FlashStatistics()
    }
  }

  /// Where a device keeps what: factory before slot A, slot B and metadata behind it.
  struct Layout: Sendable, CustomTestStringConvertible {
    var part: String
    var slotStart: UInt32
    var slotSize: UInt32
    var metadataSize: UInt32
    var payloadSize: Int

    init(_ part: String, at start: UInt32, slot: UInt32, metadata: UInt32, payload: Int) {
      self.part = part
      (slotStart, slotSize, metadataSize, payloadSize) = (start, slot, metadata, payload)
    }

    var testDescription: String { part }

    /// A part of the catalogue, or one with the blocks of an S25FL128S's end again and again: both
    /// slots must have the same blocks, so none of the catalogue can have two sizes in a slot.
    private func flashPart() throws -> FlashPart {
      guard part == "mixed blocks" else { return try .named(part) }
      let model = try FlashPart.named("S25FL128S")
      var geometry = FlashGeometry()
      for _ in 0..<4 {
        try geometry.append(blockCount: 16, eraseBlock: 0x1000, programUnit: 1)
        try geometry.append(blockCount: 1, eraseBlock: 0x10000, programUnit: 1)
      }
      return try FlashPart(
        name: part, family: .serial, geometry: geometry, timing: model.timing,
        endurance: model.endurance, evidence: model.evidence)
    }

    /// A device with a factory image that is switched on.
    func device() throws -> EmulatedDevice {
      var table = PartitionTable()
      var end: UInt32 = 0
      func next(_ count: UInt32) -> FlashRange {
        defer { end += count }
        return FlashRange(start: end, count: count)
      }
      try table.append(
        Partition(label: "factory", kind: .factory, range: next(slotStart), flags: .readOnly))
      try table.append(Partition(label: "slot-a", kind: .ota(0), range: next(slotSize)))
      try table.append(Partition(label: "slot-b", kind: .ota(1), range: next(slotSize)))
      try table.append(
        Partition(label: "metadata", kind: .bootState, range: next(metadataSize)))
      let description = DeviceDescription(
        part: try flashPart(), table: table, trustedKeys: [DeviceFixture.key.publicKey])
      var factory = MemoryStorage(try DeviceFixture.image("1.0.0", payloadSize: 3_000))
      var device = try EmulatedDevice.manufacture(description, factoryImage: &factory)
      try device.boot()
      return device
    }
  }

  /// Blocks of one and of two sizes, pages, words and lines, a part that erases to zeros.
  static let layouts = [
    Layout("W25Q16JV", at: 0x8000, slot: 0x10000, metadata: 0x2000, payload: 40_000),
    Layout("W25Q128JV", at: 0x8000, slot: 0x40000, metadata: 0x2000, payload: 200_001),
    Layout("IS25LX128", at: 0x8000, slot: 0x10000, metadata: 0x2000, payload: 512),
    Layout("mixed blocks", at: 0x20000, slot: 0x20000, metadata: 0x8000, payload: 100_000),
    Layout("S25FL512S", at: 0x40000, slot: 0x40000, metadata: 0x80000, payload: 100_000),
    Layout("STM32F407", at: 0x20000, slot: 0x20000, metadata: 0x40000, payload: 100_000),
    Layout("STM32H743", at: 0x20000, slot: 0x20000, metadata: 0x40000, payload: 70_000),
    Layout("STM32L072", at: 0x4000, slot: 0x8000, metadata: 0x800, payload: 30_100),
    Layout("nRF52840", at: 0x8000, slot: 0x10000, metadata: 0x2000, payload: 50_001),
  ]

  @Test(arguments: layouts) func agreesWithTheVirtualClock(_ layout: Layout) throws {
    var device = try layout.device()
    var image = MemoryStorage(
      try DeviceFixture.image("2.0.0", payloadSize: layout.payloadSize))
    let before = Use(of: device)
    let report = try device.install(&image)
    let after = Use(of: device)
    let (use, log) = (after.slot - before.slot, after.log - before.log)

    let part = device.description.part
    let slot = try device.description.layout().slotA
    let forecast = try ImageTimeForecast(
      of: report.summary, on: part, at: slot.start, processor: processor)
    #expect(forecast.flashUse.programBytes == use.programBytes)
    #expect(forecast.flashUse.programmedPages == use.programmedPages)
    #expect(forecast.flashUse.erasedBlocks == use.erasedBlocks)
    #expect(forecast.flashUse.erasedBytes == use.erasedBytes)

    // What the clock shows, less what the log took.
    let logBlock = try #require(
      part.geometry.eraseBlock(containing: device.description.layout().metadata.start))
    let logErase = try #require(part.eraseTime(ofBlock: logBlock.count))
    #expect(forecast.erase + logErase * log.erasedBlocks == report.flashTime.erase)
    #expect(
      forecast.program + part.timing.pageProgram * log.programmedPages == report.flashTime.program)

    // The structure is read before the content: a few hundred bytes in short reads.
    let transfer = forecast.transfer + forecast.verification.read
    let slotTransfer = part.timing.bus.transferTime(of: use)
    #expect(transfer.maximum <= slotTransfer.maximum)
    var structure = FlashStatistics()
    structure.readCalls = 60
    structure.readBytes = 1_500
    #expect(
      slotTransfer.maximum - transfer.maximum
        <= part.timing.bus.transferTime(of: structure).maximum)
  }

  @Test func theLongestPageIsWhatACallOfWriteTakes() throws {
    var device = try Self.layouts[5].device()
    var image = MemoryStorage(try DeviceFixture.image("2.0.0", payloadSize: 9_000))
    let report = try device.install(&image)
    let slot = try device.description.layout().slotA
    let forecast = try ImageTimeForecast(
      of: report.summary, on: device.description.part, at: slot.start, processor: processor)
    let operation = device.flash.longestOperation
    let longest = try #require(operation)
    // One sector of 128 KiB and the 128 words of the page.
    #expect(longest.operation == .erase)
    #expect(forecast.longestWrite == longest.time + .microseconds(128 * 16, 128 * 100))
    #expect(forecast.fits(watchdogPeriod: forecast.longestStep.maximum))
    #expect(!forecast.fits(watchdogPeriod: forecast.longestStep.maximum - 1))
  }

  /// 1,000,000 bytes at 2 MB/s are half a second, and decryption is paid where it happens.
  @Test func addsUpWhatTheProcessorDoes() throws {
    let keyEncryptionKey = [UInt8](repeating: 7, count: 16)
    let bytes = try DeviceFixture.image("2.0.0", payloadSize: 1_000_000) { recipe in
      recipe.encryption = ImageEncryption(
        to: try! EncryptionKey(keyEncryptionKey: keyEncryptionKey))
    }
    var storage = MemoryStorage(bytes)
    var crypto = try OpenSSLProvider(trustedKeys: [])
    let summary = try ImageVerifier.examine(
      &storage, crypto: &crypto, requirements: ImageRequirements(signature: .hashOnly))
    let part = try FlashPart.named("W25Q128JV")
    let atInstall = try ImageTimeForecast(of: summary, on: part, processor: processor)
    let atBoot = try ImageTimeForecast(
      of: summary, on: part, decryption: .atBoot, processor: processor)

    // Header and protected area are hashed too, and not encrypted.
    let hashed = summary.header.hashedEnd
    let hash = TimingRange.exactly(hashed * 500)
    let check = TimingRange.milliseconds(150, 150)
    let decryption = TimingRange.milliseconds(250, 250)
    #expect(atInstall.processing == decryption + check)
    #expect(atInstall.verification.hash == hash)
    #expect(atInstall.verification.decrypt == .zero)
    #expect(atBoot.processing == check)
    #expect(atBoot.verification.decrypt == decryption)
    #expect(atBoot.verification.total == atBoot.verification.read + hash + decryption + check)
    #expect(atBoot.installation == atInstall.installation)
  }

  @Test func refusesWhatTheInstallerWouldRefuse() throws {
    var image = MemoryStorage(try DeviceFixture.image("2.0.0", payloadSize: 600_000))
    var crypto = try OpenSSLProvider(trustedKeys: [])
    let summary = try ImageVerifier.examine(
      &image, crypto: &crypto, requirements: ImageRequirements(signature: .hashOnly))
    let part = try FlashPart.named("AT25XE041B")
    #expect(throws: ImageForecastError.tooLarge(size: summary.imageSize, available: 524_288)) {
      _ = try ImageTimeForecast(of: summary, on: part, processor: processor)
    }
    #expect(throws: ImageForecastError.notAtBlock(address: 100, block: 4_096)) {
      _ = try ImageTimeForecast(of: summary, on: part, at: 100, processor: processor)
    }
  }
}
