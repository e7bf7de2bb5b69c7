import Testing

@testable import BootState

@Suite("An update on trial")
struct DecisionTrialTests {
  private let staged = Device(.confirmed(1), .staged(2))

  @Test("starts only after its attempt is on record")
  func attemptIsRecorded() throws {
    let run = try staged.decision(after: .softwarePlanned)
    #expect(run.slot == .slotB)
    #expect(run.decision.reason == .trial)
    #expect(run.isRequired)
    #expect(run.decision.attempt == 1)
    #expect(run.decision.attemptsLeft == 2)
    let record = try #require(run.decision.duty.record)
    #expect(record.pendingRun == .trialOfSlotB)
    #expect(record.slotB.state == .trial)
    #expect(record.slotA == staged.record?.slotA)
  }

  @Test("does not start when its attempt cannot be recorded")
  func readOnlyLog() throws {
    var device = staged
    device.access = .readOnly
    let run = try device.decision(after: .softwarePlanned)
    #expect(run.slot == .slotA)
    #expect(run.decision.duty == .none)
    #expect(run.decision.record?.slotB.state == .staged)
    #expect(run.examined == [.slotA])
  }

  @Test("is rejected after N faults, and the image before it runs again")
  func faultLimit() throws {
    var device = staged
    #expect(
      try device.slots(after: [.softwarePlanned, .watchdog, .watchdog]) == [
        .slotB, .slotB, .slotA,
      ])
    #expect(device.record?.slotB.state == .rejected)
    #expect(device.record?.slotB.cause == .faults)
    let next = try device.boot(after: .powerOn)
    #expect(next.slot == .slotA)
    #expect(next.decision.duty == .none)
  }

  @Test("is rejected after M starts, however they ended")
  func startLimit() throws {
    var device = staged
    let slots = try device.slots(after: Array(repeating: .powerOn, count: 5))
    #expect(slots == [.slotB, .slotB, .slotB, .slotB, .slotA])
    #expect(device.record?.slotB.cause == .starts)
  }

  @Test("counts down the attempts that are left")
  func attemptsLeft() throws {
    var device = staged
    let first = try device.boot(after: .powerOn).decision
    let second = try device.boot(after: .powerOn).decision
    let third = try device.boot(after: .watchdog).decision
    #expect([first.attempt, second.attempt, third.attempt] == [1, 2, 3])
    #expect([first.attemptsLeft, second.attemptsLeft, third.attemptsLeft] == [2, 2, 1])
  }

  @Test("that is rolled back says so, once")
  func rollbackReason() throws {
    var device = staged
    for cause in [ResetCause.powerOn, .watchdog] { try device.boot(after: cause) }
    #expect(try device.boot(after: .watchdog).decision.reason == .rollback)
    #expect(try device.boot(after: .powerOn).decision.reason == .confirmed)
  }

  @Test("keeps the limits it was staged with, whatever the policy says now")
  func limitsAreThoseOfStaging() throws {
    var device = staged
    device.policy.faultLimit = 200
    device.policy.startLimit = 200
    #expect(try device.slots(after: [.powerOn, .watchdog, .watchdog]).last == .slotA)
  }

  @Test(
    "is rejected if it does not verify",
    arguments: [RejectionCause.hash, .signature, .securityCounter, .hardware, .decryption])
  func refused(_ cause: RejectionCause) throws {
    var device = staged
    device.verdicts.slotB = .refused(cause)
    let run = try device.boot(after: .powerOn)
    #expect(run.slot == .slotA)
    #expect(device.record?.slotB.state == .rejected)
    #expect(device.record?.slotB.cause == cause)
  }

  @Test("is rejected if another image than the staged one lies in the slot")
  func otherImage() throws {
    var device = staged
    device.verdicts.slotB = good(3)
    #expect(try device.boot(after: .powerOn).slot == .slotA)
    #expect(device.record?.slotB.cause == .identity)
  }

  @Test("is passed over, not rejected, while its slot cannot be read")
  func unreadable() throws {
    var device = staged
    device.verdicts.slotB = .unreadable
    let run = try device.boot(after: .powerOn)
    #expect(run.slot == .slotA)
    #expect(run.decision.duty == .none)
    device.verdicts.slotB = good(2)
    #expect(try device.boot(after: .powerOn).slot == .slotB)
  }

  @Test("does not stop the scan: recovery comes only when nothing else is left")
  func nothingBootable() throws {
    var device = staged
    device.verdicts = CandidateVerdicts(
      slotA: .refused(.hash), slotB: .refused(.signature), factory: .absent)
    let run = try device.decision(after: .powerOn)
    #expect(run.decision.outcome == .recovery)
    #expect(run.decision.reason == .nothingBootable)
    #expect(run.examined == [.slotB, .slotA, .factory])
    #expect(run.decision.record?.slotA.state == .confirmed)
  }

  @Test("that exhausted its limits while the log is read-only stays out of the way")
  func exhaustedOnReadOnlyLog() throws {
    var device = Device(
      .confirmed(1), .trial(2, started: 2, faulted: 1), pendingRun: .trialOfSlotB)
    device.access = .readOnly
    let run = try device.decision(after: .watchdog)
    #expect(run.slot == .slotA)
    #expect(!run.isRequired)
  }

  @Test("is examined alone, unless the policy wants every candidate examined")
  func examination() throws {
    var device = staged
    #expect(try device.decision(after: .powerOn).examined == [.slotB])
    device.policy.examination = .everyCandidate
    let run = try device.decision(after: .powerOn)
    #expect(run.examined == [.slotA, .slotB, .factory])
    #expect(run.slot == .slotB)
  }
}

@Suite("A one-shot boot")
struct DecisionOneShotTests {
  private let asked = Device(.confirmed(1), .confirmed(2), oneShot: .slotB)

  @Test("is taken off the record before the jump, and happens once")
  func consumedBeforeTheJump() throws {
    var device = asked
    let run = try device.boot(after: .softwarePlanned)
    #expect(run.slot == .slotB)
    #expect(run.decision.reason == .oneShot)
    #expect(run.isRequired)
    #expect(device.record?.oneShot == nil)
    #expect(try device.boot(after: .powerOn).slot == .slotA)
    #expect(try device.boot(after: .powerOn).decision.duty == .none)
  }

  @Test("is dropped if its target does not verify")
  func targetDoesNotVerify() throws {
    var device = asked
    device.verdicts.slotB = .refused(.hash)
    #expect(try device.boot(after: .powerOn).slot == .slotA)
    #expect(device.record?.oneShot == nil)
    #expect(device.record?.slotB.state == .confirmed)
  }

  @Test("does not happen when it cannot be taken off the record")
  func readOnlyLog() throws {
    var device = asked
    device.access = .readOnly
    #expect(try device.decision(after: .powerOn).slot == .slotA)
  }

  @Test("comes before an update, which follows at the next boot")
  func beforeUpdate() throws {
    var device = Device(.confirmed(1), .staged(2), oneShot: .factory)
    #expect(try device.slots(after: [.softwarePlanned, .powerOn]) == [.factory, .slotB])
  }

  @Test("books its fault on the image that ran")
  func faultOfTheTarget() throws {
    var device = asked
    try device.boot(after: .softwarePlanned)
    try device.boot(after: .watchdog)
    #expect(device.record?.slotA.faulted == 0)
    #expect(device.record?.slotB.faulted == 1)
  }

  @Test("books its fault on nobody when nobody knows what ran")
  func faultWithoutRetainedRAM() throws {
    var device = asked
    device.keepsRAM = false
    try device.boot(after: .softwarePlanned)
    try device.boot(after: .watchdog)
    #expect(device.record?.slotA.faulted == 0)
    #expect(device.record?.slotB.faulted == 0)
  }

  @Test("of factory never books a fault on a slot")
  func factoryFault() throws {
    var device = Device(.confirmed(1), .confirmed(2), oneShot: .factory)
    try device.boot(after: .softwarePlanned)
    try device.boot(after: .watchdog)
    #expect(device.record?.slotA.faulted == 0)
    #expect(device.record?.slotB.faulted == 0)
  }
}

@Suite("A wake-up from deep sleep")
struct DecisionResumeTests {
  private var asleep: Device {
    var device = Device(.confirmed(1), .trial(2, started: 2), pendingRun: .trialOfSlotB)
    device.retained = RetainedState(phase: .application, runningSlot: .slotB)
    return device
  }

  @Test("goes on with the same run: no attempt, no write")
  func resumes() throws {
    let run = try asleep.decision(after: .deepSleepWake)
    #expect(run.slot == .slotB)
    #expect(run.decision.reason == .resumed)
    #expect(run.decision.duty == .none)
    #expect(run.decision.attempt == 2)
    #expect(run.decision.record == asleep.record)
  }

  @Test("goes on with a confirmed image although an update waits")
  func resumesBesideUpdate() throws {
    var device = Device(.confirmed(1), .staged(2))
    device.retained = RetainedState(phase: .application, runningSlot: .slotA)
    #expect(try device.decision(after: .deepSleepWake).slot == .slotA)
    device.retained = RetainedState(phase: .application, runningSlot: .factory)
    #expect(try device.decision(after: .deepSleepWake).slot == .factory)
  }

  @Test("is an ordinary, excused start when RAM was lost")
  func withoutRetainedRAM() throws {
    var device = asleep
    device.retained = nil
    let run = try device.decision(after: .deepSleepWake)
    #expect(run.decision.reason == .trial)
    #expect(run.decision.attempt == 3)
    #expect(run.decision.record?.slotB.excused == 1)
  }

  @Test("does not go on with an image that does not verify any more, or is another one")
  func imageGone() throws {
    var device = asleep
    for verdict in [CandidateVerdict.refused(.hash), .unreadable, .absent, good(7)] {
      device.verdicts.slotB = verdict
      #expect(try device.decision(after: .deepSleepWake).slot == .slotA)
    }
  }

  @Test("does not start an update past its record")
  func updateWithoutAttempt() throws {
    var device = Device(.confirmed(1), .trial(2))
    device.retained = RetainedState(phase: .application, runningSlot: .slotB)
    #expect(try device.decision(after: .deepSleepWake).decision.reason == .trial)
    device.record?.slotB = .staged(2)
    #expect(try device.decision(after: .deepSleepWake).isRequired)
    device.record?.slotB = .rejected(2, .faults)
    #expect(try device.decision(after: .deepSleepWake).slot == .slotA)
  }
}
