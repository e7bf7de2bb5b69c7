import FirmwareImage
import Testing

@testable import BootState

@Suite("A confirmed image that faults")
struct DecisionFallbackTests {
  private let twoConfirmed = Device(.confirmed(1), .confirmed(2), lastConfirmed: .slotB)

  @Test("an ordinary boot of a confirmed image writes nothing", arguments: [1, 2, 3])
  func ordinaryBoot(_ boots: Int) throws {
    var device = twoConfirmed
    for _ in 0..<boots {
      let run = try device.boot(after: .powerOn)
      #expect(run.slot == .slotB)
      #expect(run.decision.reason == .confirmed)
      #expect(run.decision.duty == .none)
    }
  }

  @Test("new, then previous, then both suspended, then factory, which is kept")
  func seriesEndsAtFactory() throws {
    var device = twoConfirmed
    let slots = try device.slots(
      after: [.powerOn] + Array(repeating: .watchdog, count: 16))
    let expected: [BootSlot] =
      Array(repeating: .slotB, count: 3) + Array(repeating: .slotA, count: 3)
      + Array(repeating: .slotB, count: 3) + Array(repeating: .slotA, count: 3)
      + Array(repeating: .factory, count: 5)
    #expect(slots == expected)
    #expect(device.record?.slotA.state == .suspended)
    #expect(device.record?.slotB.state == .suspended)
    #expect(try device.decision(after: .watchdog).decision.duty == .none)
  }

  @Test("the series ends at factory without retained RAM as well")
  func seriesWithoutRetainedRAM() throws {
    var device = twoConfirmed
    device.keepsRAM = false
    let slots = try device.slots(after: [.powerOn] + Array(repeating: .watchdog, count: 16))
    #expect(slots.first == .slotB)
    #expect(slots.contains(.slotA))
    #expect(slots.last == .factory)
  }

  @Test("suspension does not bring back an image below the floor")
  func previousBelowFloor() throws {
    var device = twoConfirmed
    device.floor = 5
    device.verdicts.slotA = .refused(.securityCounter)
    let slots = try device.slots(after: [.powerOn] + Array(repeating: .watchdog, count: 7))
    #expect(Set(slots) == [.slotB, .factory])
    #expect(slots.last == .factory)
  }

  @Test("a suspended image still boots when factory does not verify")
  func suspendedBehindBrokenFactory() throws {
    var device = Device(.suspended(1, faulted: 3), .empty)
    #expect(try device.decision(after: .powerOn).slot == .factory)
    device.verdicts.factory = .refused(.hash)
    let run = try device.decision(after: .powerOn)
    #expect(run.slot == .slotA)
    #expect(run.decision.reason == .suspended)
  }

  @Test("a crash loop of the last image left writes nothing for ever")
  func crashLoopStopsWriting() throws {
    var device = Device(.confirmed(1), .empty)
    device.verdicts.factory = .absent
    var writes = 0
    for _ in 0..<100 where try device.boot(after: .watchdog).decision.duty != .none { writes += 1 }
    #expect(writes == 6)
    #expect(try device.decision(after: .watchdog).slot == .slotA)
  }

  @Test("a report of health ends the series, and lifts a suspension")
  func healthEndsTheSeries() throws {
    var device = twoConfirmed
    try device.boot(after: .watchdog)
    #expect(device.record?.slotB.faulted == 1)
    #expect(try device.record?.confirm(running: .slotB, imageTag: 2) == .faultsCleared)
    #expect(device.record?.slotB.faulted == 0)
    device.record?.slotB = .suspended(2, faulted: 2)
    #expect(try device.record?.confirm(running: .slotB, imageTag: 2) == .faultsCleared)
    #expect(try device.decision(after: .powerOn).slot == .slotB)
  }

  @Test("faults in between are kept: a series need not be one of boots without power cycles")
  func powerCyclesDoNotClear() throws {
    var device = twoConfirmed
    let slots = try device.slots(
      after: [.watchdog, .powerOn, .watchdog, .powerOn, .watchdog, .powerOn])
    #expect(slots == [.slotB, .slotB, .slotB, .slotB, .slotA, .slotA])
  }

  @Test("a limit of 0 switches the counting off")
  func limitOff() throws {
    var device = twoConfirmed
    device.policy.confirmedFaultLimit = 0
    for _ in 0..<300 {
      let run = try device.boot(after: .watchdog)
      #expect(run.slot == .slotB)
      #expect(run.decision.duty == .none)
    }
  }

  @Test("factoryOnly goes to factory, never to the previous image")
  func factoryOnly() throws {
    var device = twoConfirmed
    device.policy.lateFallback = .factoryOnly
    let slots = try device.slots(after: [.powerOn] + Array(repeating: .watchdog, count: 5))
    #expect(slots == [.slotB, .slotB, .slotB, .factory, .factory, .factory])
    device.verdicts.factory = .absent
    #expect(try device.decision(after: .powerOn).slot == .slotB)
    device.verdicts.slotB = .refused(.hash)
    #expect(try device.decision(after: .powerOn).decision.outcome == .recovery)
  }

  @Test("never stays with the image whatever its faults; factory only if it does not verify")
  func never() throws {
    var device = twoConfirmed
    device.policy.lateFallback = .never
    let slots = try device.slots(after: Array(repeating: .watchdog, count: 20))
    #expect(Set(slots) == [.slotB])
    device.verdicts.slotB = .refused(.hash)
    #expect(try device.decision(after: .powerOn).slot == .factory)
  }

  @Test(
    "an update of the newest image's slot from factory does not bring back the previous one",
    arguments: [LateFallback.factoryOnly, .never])
  func updateFromFactoryKeepsThePolicy(_ policy: LateFallback) throws {
    var device = Device(.confirmed(1), .suspended(2), lastConfirmed: .slotB)
    device.policy.lateFallback = policy
    try device.record?.beginUpdate(
      of: .slotB, imageTag: 3, storedForm: .plain, running: .factory, factory: .present)
    device.verdicts.slotB = .refused(.hash)
    #expect(try device.decision(after: .powerOn).slot == .factory)
    try device.record?.stage(.slotB, imageTag: 3, policy: device.policy)
    #expect(try device.decision(after: .powerOn).slot == .factory)
  }

  @Test("an update that a one-shot image writes over the newest one leaves that image bootable")
  func updateFromOneShotKeepsTheRunningImage() throws {
    var device = Device(.confirmed(1), .confirmed(2), lastConfirmed: .slotB)
    device.policy.lateFallback = .factoryOnly
    device.verdicts.factory = .absent
    try device.record?.beginUpdate(
      of: .slotB, imageTag: 3, storedForm: .plain, running: .slotA, factory: .absent)
    #expect(try device.decision(after: .powerOn).slot == .slotA)
  }

  @Test("the previous image runs while the newest one does not verify, and nothing is written")
  func newestDoesNotVerify() throws {
    var device = twoConfirmed
    for verdict in [CandidateVerdict.refused(.hash), .unreadable, good(7)] {
      device.verdicts.slotB = verdict
      let run = try device.decision(after: .powerOn)
      #expect(run.slot == .slotA)
      #expect(run.decision.reason == .previousConfirmed)
      #expect(run.decision.duty == .none)
    }
  }

  @Test("a floor that a cut kept low is repaired when the newest image boots, and only then")
  func floorRepair() throws {
    var device = twoConfirmed
    device.floor = 3
    device.verdicts.slotB = good(2, counter: 5)
    #expect(try device.decision(after: .powerOn).decision.floorRepair == 5)
    device.floor = 5
    #expect(try device.decision(after: .powerOn).decision.floorRepair == nil)
    device.floor = 3
    device.record?.slotA = .staged(1)
    device.verdicts.slotA = good(1, counter: 9)
    #expect(try device.decision(after: .powerOn).slot == .slotA)
    #expect(try device.decision(after: .powerOn).decision.floorRepair == nil)
  }

  @Test("a device without any update starts its factory image and writes nothing")
  func factoryInitial() throws {
    let run = try Device(.empty, .empty).decision(after: .powerOn)
    #expect(run.slot == .factory)
    #expect(run.decision.reason == .factoryInitial)
    #expect(run.decision.duty == .none)
    #expect(run.examined == [.factory])
    let fallback = try Device(.rejected(1, .faults), .empty).decision(after: .powerOn)
    #expect(fallback.decision.reason == .factoryFallback)
  }
}
