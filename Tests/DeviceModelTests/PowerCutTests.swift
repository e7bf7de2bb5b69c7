import BootState
import Bootloader
import DeviceModel
import FirmwareImage
import FlashEmulator
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// A device with version 2 confirmed in slot A, and an agent that updates it.
struct PowerCutBench: ~Copyable {
  var device: EmulatedDevice
  let agent: UpdateAgent
  private let platform: EmulatedPlatform
  private let checkpoint: FlashCheckpoint

  /// - Parameter compression: How the good update is delivered.
  init(
    part: String, slotBlocks: UInt32, metadataBlocks: UInt32,
    compression: CompressionMethod? = nil
  ) throws {
    let flashPart = try FlashPart.named(part)
    var description = DeviceDescription(
      part: flashPart,
      table: try DeviceFixture.table(
        on: flashPart, slotBlocks: slotBlocks, metadataBlocks: metadataBlocks),
      trustedKeys: [DeviceFixture.key.publicKey])
    description.policy = BootPolicy(faultLimit: 2, startLimit: 4)
    func image(_ version: String) throws -> MemoryStorage {
      MemoryStorage(try DeviceFixture.image(version, payloadSize: 1_400))
    }
    var factory = try image("1.0.0")
    var device = try EmulatedDevice.manufacture(description, factoryImage: &factory)
    try device.boot()
    var second = try image("2.0.0")
    _ = try device.install(&second)
    device.resetAsPlanned()
    try device.run(.healthy)
    let bad = try image("4.0.0")
    var probe = bad
    let tag = try DeviceFixture.imageTag(of: &probe)
    var good = try image("3.0.0")
    if let compression {
      var recipe = ImageRecipe(version: try ImageVersion("3.0.0"))
      let payload = CompressedFixture.payload(1_400)
      let plain = try recipe.build(payload: payload.span, signingKey: DeviceFixture.key)
      recipe.compression = compression
      let bytes = try recipe.build(payload: payload.span, signingKey: DeviceFixture.key)
      #expect(bytes.count < plain.count, "nothing was compressed")
      good = MemoryStorage(bytes)
    }
    agent = UpdateAgent(good: good, bad: bad, badTag: tag, startLimit: 4)
    platform = device.platform
    checkpoint = device.flash.checkpoint()
    self.device = device
  }

  /// Lives without a cut.
  ///
  /// - Returns: The number of flash operations of that life.
  mutating func countOperations() throws -> UInt64 {
    rewind()
    let before = device.flash.operationCount
    var progress = UpdateAgent.Progress()
    #expect(try agent.live(on: &device, &progress) == .settled)
    return device.flash.operationCount - before
  }

  /// Lives with one cut, and goes on after it.
  mutating func live(
    cutAt operation: UInt64, _ phase: PowerCutPhase
  ) throws(UpdateAgent.Violation) -> (ending: UpdateAgent.Ending, wasCut: Bool) {
    rewind()
    device.flash.cutPower(at: operation, phase: phase)
    var progress = UpdateAgent.Progress()
    guard try agent.live(on: &device, &progress) == .powerLost else {
      device.flash.cancelPowerCut()
      return (.settled, false)
    }
    return (try agent.live(on: &device, &progress), true)
  }

  private mutating func rewind() {
    device.flash.cancelPowerCut()
    device.flash.restorePower()
    device.flash.rollback(to: checkpoint)
    device.platform = platform
    device.abandonRun()
  }
}

/// A part and how many of its blocks make a slot and the metadata partition.
struct PowerCutPart: CustomTestStringConvertible, Sendable {
  let name: String
  let slotBlocks: UInt32
  let metadataBlocks: UInt32
  var testDescription: String { name }

  static let all = [
    PowerCutPart(name: "W25Q16JV", slotBlocks: 1, metadataBlocks: 2),
    PowerCutPart(name: "STM32L476", slotBlocks: 1, metadataBlocks: 2),
    PowerCutPart(name: "STM32L072", slotBlocks: 16, metadataBlocks: 16),
    PowerCutPart(name: "STM32H743", slotBlocks: 1, metadataBlocks: 2),
    PowerCutPart(name: "nRF52840", slotBlocks: 1, metadataBlocks: 2),
  ]
}

@Suite struct PowerCutTests {
  @Test(arguments: PowerCutPart.all)
  func someCutsInAnUpdateAndARollback(part: PowerCutPart) throws {
    try sweep(part, every: 23, seeds: [3])
  }

  /// The update arrives compressed.
  @Test(arguments: [CompressionMethod.zlib(windowBits: 15), .lzma2(.imageTool, .armThumb)])
  func someCutsInACompressedUpdate(_ compression: CompressionMethod) throws {
    try sweep(PowerCutPart.all[2], compression, every: 23, seeds: [3])
  }
}

@Suite(.serialized) struct ExhaustivePowerCutTests {
  /// Every single cut, before, torn and after, through update, confirm, bad update and rollback.
  @Test(arguments: PowerCutPart.all)
  func everyCutInAnUpdateAndARollback(part: PowerCutPart) throws {
    try sweep(part, every: 1, seeds: [1, 2, 3, 4])
  }

  @Test func everyCutInACompressedUpdate() throws {
    try sweep(PowerCutPart.all[2], .zlib(windowBits: 9), every: 1, seeds: [1, 2, 3, 4])
  }
}

private func sweep(
  _ part: PowerCutPart, _ compression: CompressionMethod? = nil, every step: Int,
  seeds: [UInt64]
) throws {
  var bench = try PowerCutBench(
    part: part.name, slotBlocks: part.slotBlocks, metadataBlocks: part.metadataBlocks,
    compression: compression)
  let operations = try bench.countOperations()
  #expect(operations > 50)
  var cuts = 0
  let phases = [.before, .after] + seeds.map { PowerCutPhase.torn(seed: $0) }
  for operation in stride(from: UInt64(0), to: operations, by: step) {
    for phase in phases {
      do throws(UpdateAgent.Violation) {
        let result = try bench.live(cutAt: operation, phase)
        #expect(result.ending == .settled)
        if result.wasCut { cuts += 1 }
      } catch {
        let cut = bench.device.flash.lastPowerCut
        Issue.record(
          "\(part.name), operation \(operation), \(phase): \(error), \(String(describing: cut))")
      }
    }
  }
  #expect(cuts >= Int(operations) / step * phases.count)
}
