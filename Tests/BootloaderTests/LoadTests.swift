import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct LoadTests {
  private static let memory = FlashRange(start: 0x2000_0000, count: 0x1000)

  /// A device that decrypts at boot, with version 2 in slot A as ciphertext.
  private func encrypted(
    _ keys: WrapKeys = .simple, state: SlotState = .confirmed, payloadSize: Int = 2_000,
    storedForm: StoredForm = .ciphertext, memory: FlashRange? = memory,
    _ change: (inout ImageRecipe) -> Void = { _ in }
  ) throws -> BootBench {
    var bench = try BootBench(decryptionKey: keys.decryption, memory: memory) {
      $0.decryption = .atBoot
    }
    bench.place(try ImageFixture.image(1), in: .factory)
    let image = try ImageFixture.image(2, payloadSize: payloadSize) {
      $0.encryption = keys.encryption
      $0.encryption?.storedForm = storedForm
      change(&$0)
    }
    bench.place(image, in: .slotA)
    var record = BootRecord()
    record.slotA = SlotRecord(
      state, imageTag: try ImageFixture.tag(of: image), storedForm: storedForm)
    try bench.write(record)
    return bench
  }

  @Test(arguments: WrapKeys.all)
  func ciphertextIsDecryptedIntoMemory(keys: WrapKeys) throws {
    // An odd size: the builder fills it up, the last chunk is no whole number of buffers.
    var bench = try encrypted(keys, payloadSize: 2_005) { $0.headerSize = 0x100 }
    let image = bench.flash.base.bytes(in: bench.range(of: .slotA))
    let payload = ImageFixture.payload(2_005, seed: 2)
    bench.flash.base.register("slot", range: bench.range(of: .slotA))
    let handover = try bench.boot()
    #expect(handover.entry == .memory(address: 0x2000_0100))
    #expect(Array(bench.platform.memory[0x100..<0x100 + 2_005]) == payload)
    #expect(Array(bench.platform.memory[0..<0x100]) == Array(image[0..<0x100]))
    #expect(Array(image[0x100..<0x100 + 2_005]) != payload)
    #expect(bench.platform.guardIsIntact)
    // The entries are read several times, header and payload once.
    let read = bench.flash.base.statistics(of: "slot")?.readBytes ?? .max
    #expect(read < 0x100 + 2_005 + 2_000)
    #expect(bench.platform.events.filter { $0 == .beganLoad(0x2000_0000) }.count == 1)
  }

  @Test func damagedCiphertextIsRefused() throws {
    var bench = try encrypted()
    bench.damagePayload(in: .slotA)
    let handover = try bench.boot()
    #expect(handover.slot == .factory)
    #expect(handover.slotA.refusal == .hashMismatch)
  }

  @Test func withoutTheKeyTheImageIsRefused() throws {
    var bench = try encrypted(state: .staged)
    bench.crypto = try OpenSSLProvider(trustedKeys: [ImageFixture.key.publicKey])
    let handover = try bench.boot()
    #expect(handover.slot == .factory)
    #expect(handover.slotA.verdict == .refused(.decryption))
  }

  @Test(arguments: [nil, FlashRange(start: 0x2000_0000, count: 2_031)])
  func whatDoesNotFitIsDecidedAgainBeforeAnAttemptIsOnRecord(memory: FlashRange?) throws {
    // Header and payload have 32 + 2000 bytes: one more than the memory.
    var bench = try encrypted(state: .staged, memory: memory)
    let handover = try bench.boot()
    #expect(handover.chosen == Chosen(slot: .factory, reason: .rollback))
    #expect(handover.slotA.verdict == .refused(.placement))
    let record = try bench.record()
    #expect(record?.slotA.started == 0)
    #expect(record?.slotA.cause == .placement)
    #expect(bench.platform.guardIsIntact)
  }

  @Test func whatJustFitsIsLoaded() throws {
    var bench = try encrypted(memory: FlashRange(start: 0x2000_0000, count: 2_032))
    #expect(try bench.boot().slot == .slotA)
    #expect(bench.platform.guardIsIntact)
  }

  @Test func anImageForMemoryIsLoadedToItsAddress() throws {
    var bench = try BootBench()
    let image = try ImageFixture.image(4) { $0.placement = .loadedToRAM(0x2000_0400) }
    bench.place(image, in: .slotA)
    var record = BootRecord()
    record.slotA = SlotRecord(.confirmed, imageTag: try ImageFixture.tag(of: image))
    try bench.write(record)
    let handover = try bench.boot()
    #expect(handover.entry == .memory(address: 0x2000_0420))
    #expect(
      Array(bench.platform.memory[0x420..<0x420 + 2_000]) == ImageFixture.payload(2_000, seed: 4))
  }

  @Test(arguments: [UInt32(0x1FFF_FFFF), 0x2000_3811, 0xFFFF_FFF0, 0])
  func anImageForOtherMemoryIsRefused(address: UInt32) throws {
    var bench = try BootBench()
    let image = try ImageFixture.image(4) { $0.placement = .loadedToRAM(address) }
    bench.place(image, in: .slotA)
    var record = BootRecord()
    record.slotA = SlotRecord(.confirmed, imageTag: try ImageFixture.tag(of: image))
    try bench.write(record)
    let handover = try bench.boot()
    #expect(handover.slot == nil)
    #expect(handover.slotA.verdict == .refused(.placement))
  }

  @Test func memoryHoldsTheChosenImageAfterAllWereExamined() throws {
    var bench = try BootBench { $0.policy.examination = .everyCandidate }
    var record = BootRecord()
    for (major, slot) in [(UInt8(2), UpdateSlot.slotA), (3, .slotB)] {
      let image = try ImageFixture.image(major) { $0.placement = .loadedToRAM(0x2000_0000) }
      bench.place(image, in: BootSlot(slot))
      record[slot] = SlotRecord(.confirmed, imageTag: try ImageFixture.tag(of: image))
    }
    record.lastConfirmed = .slotA
    try bench.write(record)
    #expect(try bench.boot().slot == .slotA)
    #expect(
      Array(bench.platform.memory[32..<2_032]) == ImageFixture.payload(2_000, seed: 2))
  }

  @Test func anImageLinkedForTheFlashIsNotRunFromMemory() throws {
    var bench = try encrypted {
      // Slot A of the bench: the address is right, but the payload would run from elsewhere.
      $0.placement = .fixedInFlash(0x0800_4000)
    }
    #expect(bench.range(of: .slotA).start == 0x4000)
    let handover = try bench.boot()
    #expect(handover.slot == .factory)
    #expect(handover.slotA.verdict == .refused(.placement))
  }

  /// A header that shows a small payload when the room is measured and the signed size afterwards.
  @Test func aHeaderThatGrowsDoesNotOverrunTheMemory() throws {
    var bench = try encrypted(memory: FlashRange(start: 0x2000_0000, count: 1_024))
    let size = bench.flash.base.bytes(
      in: FlashRange(start: bench.range(of: .slotA).start + 12, count: 4))
    bench.flash.base.corrupt(at: bench.range(of: .slotA).start + 12, bytes: [0x40, 0, 0, 0])
    bench.flash.substitution = ReadSubstitution(
      address: bench.range(of: .slotA).start + 12, bytes: size, honestReads: 1)
    let handover = try bench.boot()
    #expect(bench.platform.guardIsIntact)
    #expect(handover.slot == .factory)
  }

  @Test func ciphertextFoundWithoutALogCanConfirmItself() throws {
    var bench = try encrypted()
    bench.flash.fill(bench.configuration.layout.metadata, with: [1, 2, 3])
    bench.flash.fill(bench.range(of: .factory), with: [])
    let first = try bench.boot()
    #expect(first.chosen == Chosen(slot: .slotA, reason: .logLostVersion))
    #expect(try bench.confirm(first) == .confirmed)
    let second = try bench.powerUp()
    #expect(second.chosen == Chosen(slot: .slotA, reason: .confirmed))
    #expect(Array(bench.platform.memory[32..<2_032]) == ImageFixture.payload(2_000, seed: 2))
  }

  @Test func plaintextOfAnEncryptedImageRunsInPlace() throws {
    var bench = try encrypted(storedForm: .plain)
    let handover = try bench.boot()
    #expect(handover.entry == .flash(address: 0x0800_4020))
  }
}
