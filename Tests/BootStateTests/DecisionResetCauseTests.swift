import Testing

@testable import BootState

@Suite("Reset causes")
struct DecisionResetCauseTests {
  static let onTrial = BootRecord(
    slotA: .confirmed(1), slotB: .trial(2), pendingRun: .trialOfSlotB)

  @Test(
    "a trial that ended in a fault uses up one of its faults",
    arguments: [ResetCause.watchdog, .lockup, .software, .unknown])
  func faults(_ cause: ResetCause) throws {
    let decision = try Device(Self.onTrial).decision(after: cause).decision
    let slot = try #require(decision.record).slotB
    #expect(slot.faulted == 1)
    #expect(slot.excused == 0)
    #expect(slot.started == 2)
  }

  @Test(
    "a trial that ended without a fault is excused, and still counts as a start",
    arguments: [
      ResetCause.powerOn, .brownOut, .pin, .softwarePlanned, .debugger, .deepSleepWake,
    ])
  func excuses(_ cause: ResetCause) throws {
    let decision = try Device(Self.onTrial).decision(after: cause).decision
    let slot = try #require(decision.record).slotB
    #expect(slot.faulted == 0)
    #expect(slot.excused == 1)
    #expect(slot.started == 2)
  }

  @Test("a watchdog that bites in the loader is not booked on a trial")
  func loaderWatchdogInTrial() throws {
    var device = Device(Self.onTrial)
    device.retained = RetainedState(phase: .loader, runningSlot: .slotB)
    let decision = try device.decision(after: .watchdog).decision
    #expect(try #require(decision.record).slotB.faulted == 0)
  }

  @Test("a watchdog that bites in the loader is not booked on a confirmed image")
  func loaderWatchdogWithConfirmedImage() throws {
    var device = Device(.confirmed(1), .empty)
    device.retained = RetainedState(phase: .loader, runningSlot: .slotA)
    #expect(try device.decision(after: .watchdog).decision.duty == .none)
  }

  @Test("a software reset that the application announced is excused")
  func plannedReset() throws {
    var device = Device(Self.onTrial)
    device.retained = RetainedState(phase: .application, runningSlot: .slotB)
    device.retained?.isResetPlanned = true
    let decision = try device.decision(after: .software).decision
    #expect(try #require(decision.record).slotB.excused == 1)
  }

  @Test(
    "an announcement does not excuse another fault",
    arguments: [ResetCause.watchdog, .lockup, .unknown])
  func plannedResetDoesNotHideFaults(_ cause: ResetCause) throws {
    var device = Device(Self.onTrial)
    device.retained = RetainedState(phase: .application, runningSlot: .slotB)
    device.retained?.isResetPlanned = true
    let decision = try device.decision(after: cause).decision
    #expect(try #require(decision.record).slotB.faulted == 1)
  }

  @Test("a power-on outranks every other bit that is set with it")
  func powerOnFirst() {
    #expect(ResetCauseFlags(rawValue: 0x3FF).resolved == .powerOn)
    #expect(ResetCauseFlags([.init(.powerOn), .init(.pin)]).resolved == .powerOn)
  }

  @Test("the pin comes last, because every reset may pull it", arguments: 3...9)
  func pinLast(_ rawValue: UInt8) throws {
    let cause = try #require(ResetCause(rawValue: rawValue))
    #expect(ResetCauseFlags([.init(cause), .init(.pin)]).resolved == cause)
  }

  @Test("the pin does not excuse a cause that this device does not know")
  func pinWithForeignBit() {
    #expect(ResetCauseFlags(rawValue: 1 << 12).resolved == .unknown)
    #expect(
      ResetCauseFlags(rawValue: 1 << 12 | ResetCauseFlags(.pin).rawValue).resolved == .unknown)
  }

  @Test("no bit at all is unknown, and counts as a fault")
  func noBit() {
    #expect(ResetCauseFlags(rawValue: 0).resolved == .unknown)
    #expect(ResetCause.unknown.isFault)
  }

  @Test("a single bit is its cause", arguments: 0...9)
  func singleBit(_ rawValue: UInt8) throws {
    let cause = try #require(ResetCause(rawValue: rawValue))
    #expect(ResetCauseFlags(cause).resolved == cause)
  }

  @Test("a fault bit beside a debugger or sleep bit counts as a fault")
  func faultOutranksHarmless() {
    for fault in [ResetCause.watchdog, .lockup, .software] {
      for harmless in [ResetCause.debugger, .deepSleepWake, .softwarePlanned] {
        #expect(ResetCauseFlags([.init(fault), .init(harmless)]).resolved == fault)
      }
    }
  }
}
