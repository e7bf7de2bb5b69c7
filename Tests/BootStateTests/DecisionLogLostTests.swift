import Testing

@testable import BootState

@Suite("Without the metadata log")
struct DecisionLogLostTests {
  private let lost = Device(nil)

  @Test("factory is the choice, and nothing is written")
  func factory() throws {
    let run = try lost.decision(after: .powerOn)
    #expect(run.slot == .factory)
    #expect(run.decision.reason == .logLostFactory)
    #expect(run.decision.duty == .none)
    #expect(run.decision.record == nil)
    #expect(run.examined == [.factory])
  }

  @Test("the higher version runs when factory cannot")
  func higherVersion() throws {
    var device = lost
    device.verdicts.factory = .refused(.hash)
    #expect(try device.decision(after: .powerOn).slot == .slotB)
    #expect(try device.decision(after: .powerOn).decision.reason == .logLostVersion)
    device.verdicts.slotA = good(3)
    #expect(try device.decision(after: .powerOn).slot == .slotA)
    device.verdicts.slotB = good(3)
    #expect(try device.decision(after: .powerOn).slot == .slotA)
    device.verdicts.slotA = .refused(.securityCounter)
    #expect(try device.decision(after: .powerOn).slot == .slotB)
  }

  @Test("an image that keeps faulting is left after N faults, and in the end all start again")
  func faultsAreCounted() throws {
    var device = lost
    let slots = try device.slots(after: [.powerOn] + Array(repeating: .watchdog, count: 7))
    #expect(
      slots == [
        .factory, .factory, .slotB, .slotB, .slotA, .slotA, .factory, .factory,
      ])
    #expect(device.record == nil)
  }

  @Test("the round starts again with the versions when there is no factory")
  func roundWithoutFactory() throws {
    var device = lost
    device.verdicts.factory = .absent
    let slots = try device.slots(after: [.powerOn] + Array(repeating: .watchdog, count: 5))
    #expect(slots == [.slotB, .slotB, .slotA, .slotA, .slotB, .slotB])
  }

  @Test("a watchdog in the loader and a planned reset are not counted")
  func notCounted() throws {
    var device = lost
    device.retained = RetainedState(phase: .loader, runningSlot: .factory)
    #expect(try device.decision(after: .watchdog).decision.faultsWithoutLog == FaultCounts())
    device.retained = RetainedState(phase: .application, runningSlot: .factory)
    device.retained?.isResetPlanned = true
    #expect(try device.decision(after: .software).decision.faultsWithoutLog == FaultCounts())
    #expect(
      try device.decision(after: .watchdog).decision.faultsWithoutLog == FaultCounts(factory: 1))
  }

  @Test("without retained RAM the safe choice is repeated")
  func withoutRetainedRAM() throws {
    var device = lost
    device.keepsRAM = false
    #expect(
      Set(try device.slots(after: Array(repeating: .watchdog, count: 10))) == [.factory])
  }

  @Test("nothing that verifies means recovery")
  func recovery() throws {
    var device = lost
    device.verdicts = CandidateVerdicts(
      slotA: .unreadable, slotB: .refused(.signature), factory: .absent)
    #expect(try device.decision(after: .powerOn).decision.outcome == .recovery)
  }

  @Test("the image that confirms itself starts a new record, marked as found again")
  func reconstructed() throws {
    let record = BootRecord.reconstructed(confirming: .slotB, imageTag: 2)
    #expect(record.isReconstructed)
    #expect(record.slotB.state == .confirmed)
    #expect(record.slotA.state == .empty)
    #expect(record.lastConfirmed == .slotB)
    let run = try Device(record).decision(after: .powerOn)
    #expect(run.slot == .slotB)
    #expect(run.decision.reason == .confirmed)
    #expect(run.decision.duty == .none)
  }
}
