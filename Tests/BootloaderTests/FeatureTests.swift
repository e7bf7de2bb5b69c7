import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// Boot loaders that leave out what their device never needs.
@Suite struct FeatureTests {
  /// A device whose images need no feature: nothing is loaded into memory.
  private static func device(
    _ slotA: SlotState, _ slotB: SlotState, part: BenchPart, lastConfirmed: UpdateSlot
  ) throws -> BootBench {
    try .withThreeImages(slotA, slotB, part: part, lastConfirmed: lastConfirmed) {
      $0.memory = nil
    }
  }

  private static let states: [SlotState] = [
    .empty, .writing, .staged, .trial, .confirmed, .suspended, .rejected,
  ]

  /// Boots twin devices, one with the essentials and one with everything, again and again.
  private func expectTwins(
    _ slotA: SlotState, _ slotB: SlotState, part: BenchPart, lastConfirmed: UpdateSlot,
    damaged: BootSlot?
  ) throws {
    var least = try Self.device(slotA, slotB, part: part, lastConfirmed: lastConfirmed)
    var most = try Self.device(slotA, slotB, part: part, lastConfirmed: lastConfirmed)
    if let damaged {
      least.damagePayload(in: damaged)
      most.damagePayload(in: damaged)
    }
    for cause in [ResetCause.powerOn, .watchdog, .software, .brownOut, .deepSleepWake] {
      let expected = try most.boot(cause)
      #expect(try least.boot(cause, with: EssentialBootFeatures.self) == expected)
    }
    let metadata = least.configuration.layout.metadata
    #expect(least.flash.base.bytes(in: metadata) == most.flash.base.bytes(in: metadata))
    #expect(least.platform.events == most.platform.events.filter { $0 != .endedLoad })
  }

  @Test(arguments: states, states)
  func theEssentialsBootAsEverythingDoes(slotA: SlotState, slotB: SlotState) throws {
    try expectTwins(slotA, slotB, part: .serial, lastConfirmed: .slotA, damaged: nil)
    try expectTwins(slotA, slotB, part: .serial, lastConfirmed: .slotB, damaged: .slotA)
  }

  /// The parts on which the metadata partition has two or three sectors.
  @Test(arguments: BenchPart.all.filter { $0.metadataBlocks < 4 })
  func theyDoSoOnEveryPart(part: BenchPart) throws {
    for damaged in [nil, BootSlot.slotA, .slotB, .factory] {
      try expectTwins(.staged, .confirmed, part: part, lastConfirmed: .slotB, damaged: damaged)
    }
  }

  /// Boots a device with this image staged in slot A, and nothing optional in the loader.
  private func boot(_ change: (inout ImageRecipe) throws -> Void) throws -> BootHandover {
    var bench = try BootBench { $0.memory = nil }
    bench.place(try ImageFixture.image(1), in: .factory)
    let image = try ImageFixture.image(2, change)
    bench.place(image, in: .slotA)
    var record = BootRecord()
    record.slotA = SlotRecord(.staged, imageTag: try ImageFixture.tag(of: image))
    try bench.write(record)
    let handover = try bench.boot(.powerOn, with: EssentialBootFeatures.self)
    let rejected = try bench.record()?.slotA
    if handover.slot == .factory { #expect(rejected?.state == .rejected) }
    return handover
  }

  @Test func anImageWithNothingSpecialIsTried() throws {
    #expect(try boot { _ in }.chosen == Chosen(slot: .slotA, reason: .trial))
  }

  @Test func anImageForMemoryIsRefused() throws {
    let handover = try boot { $0.placement = .loadedToRAM(0x2000_0400) }
    #expect(handover.chosen == Chosen(slot: .factory, reason: .rollback))
    #expect(handover.slotA.verdict == .refused(.placement))
  }

  @Test func ciphertextInTheSlotIsRefused() throws {
    let handover = try boot {
      $0.encryption = WrapKeys.simple.encryption
      $0.encryption?.storedForm = .ciphertext
    }
    #expect(handover.slotA.refusal == .hashMismatch)
  }

  @Test func anEncryptedImageThatWasDecryptedAtInstallIsTried() throws {
    let handover = try boot {
      $0.encryption = WrapKeys.simple.encryption
      $0.encryption?.storedForm = .plain
    }
    #expect(handover.chosen == Chosen(slot: .slotA, reason: .trial))
  }

  @Test func aDependencyIsRefused() throws {
    let itself = ImageVersion(major: 2, minor: 0, revision: 0)
    let handover = try boot {
      $0.dependencies = [ImageDependency(imageID: 0, minimumVersion: itself)]
    }
    #expect(handover.slotA.refusal == .dependency(imageID: 0, minimum: itself))
  }

  @Test func hardwareIDsAreNotLookedAt() throws {
    let handover = try boot { $0.vendorID = try HardwareIdentifier("example.com") }
    #expect(handover.slot == .slotA)
  }

  /// A configuration that asks for what the program cannot do would be a device that does not check
  /// what its makers think it checks.
  @Test func whatTheConfigurationAsksForMustBeThere() async {
    await #expect(processExitsWith: .failure) {
      var bench = try BootBench {
        $0.memory = nil; $0.vendorID = .init(repeating: 1)
      }
      _ = try bench.boot(.powerOn, with: EssentialBootFeatures.self)
    }
    await #expect(processExitsWith: .failure) {
      var bench = try BootBench()
      _ = try bench.boot(.powerOn, with: EssentialBootFeatures.self)
    }
    await #expect(processExitsWith: .success) {
      var bench = try BootBench { $0.memory = nil }
      _ = try bench.boot(.powerOn, with: EssentialBootFeatures.self)
    }
  }
}
