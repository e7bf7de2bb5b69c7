import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import ImageBuilder
import NORFlash
import TestSupport
import Testing

/// A state on record, what is wrong with the images, and what must boot.
struct OrderCase: Sendable, CustomTestStringConvertible {
  var slotA: SlotState
  var slotB: SlotState
  var damaged: [BootSlot] = []
  var factory = FactoryPresence.present
  var lastConfirmed = UpdateSlot.slotA
  var slot: BootSlot?
  var reason: BootReason
  var testDescription: String {
    "A \(slotA), B \(slotB), last \(lastConfirmed), damaged \(damaged), factory \(factory)"
  }

  static let all: [OrderCase] = [
    OrderCase(slotA: .empty, slotB: .empty, slot: .factory, reason: .factoryInitial),
    OrderCase(slotA: .writing, slotB: .empty, slot: .factory, reason: .factoryInitial),
    OrderCase(slotA: .staged, slotB: .empty, slot: .slotA, reason: .trial),
    OrderCase(slotA: .confirmed, slotB: .staged, slot: .slotB, reason: .trial),
    OrderCase(slotA: .trial, slotB: .empty, slot: .slotA, reason: .trial),
    OrderCase(slotA: .confirmed, slotB: .empty, slot: .slotA, reason: .confirmed),
    OrderCase(slotA: .confirmed, slotB: .confirmed, slot: .slotA, reason: .confirmed),
    OrderCase(
      slotA: .confirmed, slotB: .confirmed, lastConfirmed: .slotB, slot: .slotB, reason: .confirmed),
    OrderCase(
      slotA: .confirmed, slotB: .confirmed, damaged: [.slotA], slot: .slotB,
      reason: .previousConfirmed),
    OrderCase(
      slotA: .confirmed, slotB: .confirmed, damaged: [.slotA, .slotB], slot: .factory,
      reason: .factoryFallback),
    OrderCase(
      slotA: .confirmed, slotB: .staged, damaged: [.slotB], slot: .slotA, reason: .rollback),
    OrderCase(slotA: .staged, slotB: .empty, damaged: [.slotA], slot: .factory, reason: .rollback),
    OrderCase(
      slotA: .suspended, slotB: .confirmed, slot: .slotB, reason: .previousConfirmed),
    OrderCase(slotA: .suspended, slotB: .empty, slot: .slotA, reason: .suspended),
    OrderCase(slotA: .rejected, slotB: .rejected, slot: .factory, reason: .factoryFallback),
    OrderCase(
      slotA: .confirmed, slotB: .confirmed, damaged: [.slotA, .slotB], factory: .absent, slot: nil,
      reason: .nothingBootable),
    OrderCase(
      slotA: .confirmed, slotB: .confirmed, damaged: [.slotA, .slotB, .factory], slot: nil,
      reason: .nothingBootable),
  ]
}

@Suite struct CandidateTests {
  @Test(arguments: OrderCase.all)
  func imagesInFlashAreTriedInOrder(_ test: OrderCase) throws {
    var bench = try BootBench.withThreeImages(
      test.slotA, test.slotB, factory: test.factory, lastConfirmed: test.lastConfirmed)
    for slot in test.damaged { bench.damagePayload(in: slot) }
    let handover = try bench.boot()
    #expect(handover.chosen == Chosen(slot: test.slot, reason: test.reason))
    for slot in test.damaged where handover[slot].verdict != .notExamined {
      #expect(handover[slot].verdict == .refused(.hash))
      #expect(handover[slot].refusal == .hashMismatch)
    }
    #expect(bench.platform.guardIsIntact)
    // Another loss of power changes nothing, but for the count of a trial.
    #expect(try bench.powerUp().slot == test.slot)
  }

  @Test(arguments: [BootSlot.factory, .slotA, .slotB])
  func theEntryLiesBehindTheHeaderInTheFlash(slot: BootSlot) throws {
    var bench = try BootBench()
    let image = try ImageFixture.image(4) { $0.headerSize = 0x200 }
    bench.place(image, in: slot)
    var record = BootRecord()
    if let updateSlot = slot.updateSlot {
      record[updateSlot] = SlotRecord(.confirmed, imageTag: try ImageFixture.tag(of: image))
    }
    try bench.write(record)
    let handover = try bench.boot()
    #expect(handover.slot == slot)
    #expect(handover.entry == .flash(address: 0x0800_0200 + bench.range(of: slot).start))
    #expect(handover.running?.imageTag == handover.image?.imageTag)
    #expect(bench.platform.events.last == .armed(.operation))
  }

  @Test func onlyWhatIsNeededIsExamined() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .confirmed)
    let handover = try bench.boot()
    #expect(handover.slotA.version?.major == 2)
    #expect(handover.slotB == CandidateReport(verdict: .notExamined))
    #expect(handover.factory == CandidateReport(verdict: .notExamined))
  }

  @Test func everyCandidateIsExaminedOnDemand() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .confirmed) {
      $0.policy.examination = .everyCandidate
    }
    bench.damagePayload(in: .slotB)
    let handover = try bench.boot()
    #expect(handover.chosen == Chosen(slot: .slotA, reason: .confirmed))
    #expect(handover.slotB.refusal == .hashMismatch)
    #expect(handover.factory.version?.major == 1)
  }

  @Test func anOrdinaryBootWritesNothing() throws {
    for part in BenchPart.all {
      var bench = try BootBench.withThreeImages(.confirmed, .confirmed, part: part)
      let before = bench.changes
      #expect(try bench.boot().slot == .slotA)
      #expect(try bench.powerUp().slot == .slotA)
      #expect(bench.changes == before, "\(part.name)")
    }
  }

  @Test func theAttemptIsOnRecordBeforeTheWatchdogIsArmed() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    let handover = try bench.boot()
    #expect(handover.decision.attempt == 1)
    #expect(handover.decision.attemptsLeft == 3)
    #expect(handover.state == .trial)
    #expect(try bench.record()?.slotB.started == 1)
    #expect(bench.platform.events.last == .armed(.trial))
    #expect(
      bench.platform.events == [
        .retained(.loader), .endedLoad, .retained(.application), .armed(.trial),
      ])
  }

  @Test func anImageOtherThanTheStagedOneIsRejected() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    bench.place(try ImageFixture.image(9), in: .slotB)
    #expect(try bench.boot().chosen == Chosen(slot: .slotA, reason: .rollback))
    #expect(try bench.record()?.slotB.cause == .identity)
  }

  @Test func theReasonOfEachRefusalIsHandedOver() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    bench.place(try ImageFixture.image(3, signedBy: ImageFixture.otherKey), in: .slotB)
    var handover = try bench.boot()
    #expect(handover.slotB.verdict == .refused(.signature))
    #expect(handover.slotB.refusal == .unknownKey)

    bench = try BootBench.withThreeImages(.confirmed, .staged)
    bench.flash.fill(bench.range(of: .slotB), with: [])
    handover = try bench.boot()
    #expect(handover.slotB == CandidateReport(verdict: .refused(.format), refusal: .erased))
  }

  @Test func anImageLinkedForAnotherAddressIsRefused() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    let address = 0x0800_0000 + bench.range(of: .slotA).start
    let expected = 0x0800_0000 + bench.range(of: .slotB).start
    bench.place(try ImageFixture.image(3) { $0.placement = .fixedInFlash(address) }, in: .slotB)
    let handover = try bench.boot()
    #expect(handover.slot == .slotA)
    #expect(handover.slotB.verdict == .refused(.placement))
    #expect(handover.slotB.refusal == .loadAddress(found: address, expected: expected))
  }

  @Test func aSlotThatCannotBeReadIsNeverRejected() throws {
    let part = BenchPart(name: "STM32L476", slotBlocks: 6, metadataBlocks: 2)
    var bench = try BootBench.withThreeImages(.confirmed, .staged, part: part)
    let unit = FlashRange(start: bench.range(of: .slotB).start + 512, count: 8)
    let content = bench.flash.base.bytes(in: unit)
    bench.flash.base.makeUnreadable(unit)
    let handover = try bench.boot()
    #expect(handover.slot == .slotA)
    #expect(handover.slotB == CandidateReport(verdict: .unreadable))
    #expect(try bench.record()?.slotB.state == .staged)
    bench.flash.base.corrupt(at: unit.start, bytes: content)
    #expect(try bench.powerUp().chosen == Chosen(slot: .slotB, reason: .trial))
  }

  @Test func aConfirmedImageThatCannotBeReadOnceIsChosenTheNextTime() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .confirmed)
    bench.flash.silent = bench.range(of: .slotA)
    let before = bench.changes
    #expect(try bench.boot().slot == .slotB)
    bench.flash.silent = nil
    #expect(try bench.powerUp().slot == .slotA)
    #expect(bench.changes == before)
  }

  @Test func aHeaderThatChangesWhileItIsReadIsNoReasonToReject() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    // The version, as the pass over the content reads it.
    bench.flash.substitution = ReadSubstitution(
      address: bench.range(of: .slotB).start + 20, bytes: [77], honestReads: 1)
    let handover = try bench.boot()
    #expect(handover.slot == .slotA)
    #expect(handover.slotB.verdict == .unreadable)
    #expect(handover.slotB.refusal == .headerChanged)
    #expect(try bench.record()?.slotB.state == .staged)
  }
}
