import Testing

@testable import BootState

/// One dimension after the other is taken out of a number: every number is another situation.
private struct Odometer {
  var rest: UInt64

  mutating func take<Element>(_ elements: [Element]) -> Element {
    let index = Int(rest % UInt64(elements.count))
    rest /= UInt64(elements.count)
    return elements[index]
  }
}

/// Situations with every state, counter boundary, cause, verdict, access, policy and RAM content.
struct DecisionSituations {
  static let states: [SlotState] = [
    .empty, .writing, .staged, .trial, .confirmed, .suspended, .rejected,
  ]
  static let counters: [(started: UInt8, faulted: UInt8, excused: UInt8)] = [
    (0, 0, 0), (1, 0, 1), (2, 2, 0), (4, 1, 3), (255, 255, 255), (255, 0, 255),
  ]
  static let limits: [(faults: UInt8, starts: UInt8)] = [(2, 4), (255, 255), (0, 0)]
  static let slots: [SlotRecord] = states.flatMap { state in
    counters.flatMap { counter in
      limits.map { limit in
        .make(
          state, version: 1, started: counter.started, faulted: counter.faulted,
          excused: counter.excused, faultLimit: limit.faults, startLimit: limit.starts)
      }
    }
  }
  static let verdicts: [CandidateVerdict] = [
    .absent, .unreadable, .refused(.hash), good(1), good(7, counter: 9),
  ]
  static let causes = (0...9).compactMap { ResetCause(rawValue: $0) }
  static let policies: [BootPolicy] = [0, 1, 3, 255].flatMap { limit in
    [LateFallback.allowed, .factoryOnly, .never].flatMap { fallback in
      [Examination.untilBootable, .everyCandidate].map { examination in
        BootPolicy(
          faultLimit: 2, startLimit: 4, confirmedFaultLimit: limit, lateFallback: fallback,
          examination: examination)
      }
    }
  }
  static let retained: [RetainedState?] =
    [nil]
    + [RunPhase.loader, .application].flatMap { phase in
      [BootSlot?.none, .slotA, .slotB, .factory].flatMap { slot in
        [false, true].map { isPlanned in
          var state = RetainedState(phase: phase, runningSlot: slot)
          state.isResetPlanned = isPlanned
          state.faultsWithoutLog = FaultCounts(slotA: 255, slotB: isPlanned ? 2 : 0, factory: 1)
          return state
        }
      }
    }
  static let pendingRuns = (0...3).compactMap { PendingRun(rawValue: $0) }

  /// The number of different situations.
  static var count: UInt64 {
    let dimensions = [
      slots.count, slots.count, 2, 4, pendingRuns.count, 10, 2, causes.count, retained.count, 5, 5,
      5, 2, policies.count,
    ]
    return dimensions.reduce(1) { $0 * UInt64($1) }
  }

  /// The situation with this number, and what its device would find in the slots.
  static func situation(_ number: UInt64) -> (BootSituation, CandidateVerdicts) {
    var odometer = Odometer(rest: number)
    var record = BootRecord(
      slotA: odometer.take(slots), slotB: odometer.take(slots),
      lastConfirmed: odometer.take([.slotA, .slotB]))
    record.oneShot = odometer.take([nil, .slotA, .slotB, .factory])
    record.pendingRun = odometer.take(pendingRuns)
    let isLost = odometer.take([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) == 0
    let situation = BootSituation(
      record: isLost ? nil : record, logAccess: odometer.take([.writable, .readOnly]),
      resetCause: odometer.take(causes), retained: odometer.take(retained),
      securityFloor: odometer.take([0, 9]), policy: odometer.take(policies))
    let verdicts = CandidateVerdicts(
      slotA: odometer.take(Self.verdicts), slotB: odometer.take(Self.verdicts),
      factory: odometer.take(Self.verdicts))
    return (situation, verdicts)
  }
}

/// What has to be true of the decision in any situation; `nil` if all is.
private func defect(of situation: BootSituation, _ verdicts: CandidateVerdicts) -> String? {
  guard let run = run(situation, knowing: verdicts) else { return "does not end" }
  guard run == BootStateTests.run(situation, knowing: verdicts) else { return "is not pure" }
  let decision = run.decision
  if run.isRequired, situation.logAccess == .readOnly { return "requires a read-only log" }
  if let written = decision.duty.record, written != decision.record {
    return "writes another state"
  }
  if decision.duty.record == situation.record, decision.duty != .none { return "writes no change" }
  guard let slot = run.slot else {
    return decision.outcome == .recovery && decision.reason == .nothingBootable ? nil : "recovers"
  }
  guard verdicts[slot].isBootable else { return "boots what must not boot" }
  guard let before = situation.record, let after = decision.record else {
    return decision.duty == .none && situation.record == nil ? nil : "writes without a log"
  }
  guard let updateSlot = slot.updateSlot else { return nil }
  guard case .bootable(let image) = verdicts[slot], image.imageTag == before[updateSlot].imageTag
  else { return "boots another image" }
  return defect(of: run, slot: updateSlot, before: before, after: after)
}

private func defect(
  of run: DecisionRun, slot: UpdateSlot, before: BootRecord, after: BootRecord
) -> String? {
  switch after[slot].state {
  case .trial:
    if run.decision.reason == .resumed { return nil }
    guard run.isRequired, after.pendingRun == PendingRun(trialOf: slot) else {
      return "starts a trial off the record"
    }
    let record = after[slot]
    guard run.decision.attempt == record.started else { return "miscounts the attempt" }
    if before[slot].state == .staged { return nil }
    if record.started <= before[slot].started { return "does not count a start" }
    if record.started > record.startLimit { return "starts more than M times" }
    if record.faulted >= record.faultLimit { return "starts after N faults" }
    return nil
  case .confirmed, .suspended:
    let isSettled =
      before.pendingRun == .none && before.oneShot == nil && before.slotA == after.slotA
      && before.slotB == after.slotB
    return isSettled && run.decision.duty != .none ? "writes on an ordinary boot" : nil
  case .empty, .writing, .staged, .rejected:
    return "boots a slot that is \(after[slot].state)"
  }
}

private func greatestCommonDivisor(_ first: UInt64, _ second: UInt64) -> UInt64 {
  second == 0 ? first : greatestCommonDivisor(second, first % second)
}

/// Checks about `count` situations, evenly spread over all of them.
private func firstDefect(count: UInt64) -> (checked: UInt64, text: String?) {
  // A stride that shares no factor with the dimensions visits every value of each of them.
  var stride = DecisionSituations.count / count
  while greatestCommonDivisor(stride, DecisionSituations.count) != 1 { stride += 1 }
  var number: UInt64 = 0
  var checked: UInt64 = 0
  while number < DecisionSituations.count {
    let (situation, verdicts) = DecisionSituations.situation(number)
    if let defect = defect(of: situation, verdicts) {
      return (checked, "\(number): \(defect)\n\(situation)\n\(verdicts)")
    }
    checked += 1
    number += stride
  }
  return (checked, nil)
}

@Suite("Any situation has a decision")
struct DecisionTotalityTests {
  @Test("in at most three verdicts, pure, within the limits")
  func sampled() {
    let result = firstDefect(count: 20_000)
    #expect(result.text == nil)
    #expect(result.checked >= 19_000)
  }

  @Test("a confirmed image boots without a write after every harmless reset")
  func ordinaryBoots() throws {
    for cause in DecisionSituations.causes where !cause.isFault {
      for access in [LogAccess.writable, .readOnly] {
        for policy in DecisionSituations.policies {
          for retained in DecisionSituations.retained {
            var device = Device(.confirmed(1), .confirmed(2), lastConfirmed: .slotB)
            device.access = access
            device.policy = policy
            device.retained = retained
            #expect(try device.decision(after: cause).decision.duty == .none)
          }
        }
      }
    }
  }

  @Test("with two good confirmed images and a good factory image there is never recovery")
  func alwaysBootable() throws {
    for policy in DecisionSituations.policies {
      for state in DecisionSituations.states {
        for cause in DecisionSituations.causes {
          var device = Device(.confirmed(1), .make(state, version: 2, started: 4, faulted: 2))
          device.policy = policy
          #expect(try device.decision(after: cause).slot != nil)
        }
      }
    }
  }
}

@Suite("Any of millions of situations has a decision")
struct ExhaustiveDecisionTotalityTests {
  @Test("in at most three verdicts, pure, within the limits")
  func sampled() {
    let result = firstDefect(count: 5_000_000)
    #expect(result.text == nil)
    #expect(result.checked >= 4_900_000)
  }
}
