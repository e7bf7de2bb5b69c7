// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// Decides what to boot, from values alone: no flash, no clock, no memory of an earlier call.
///
/// The order is: a slot asked for once, an update, the image confirmed last, the one confirmed
/// before, a suspended image, factory, recovery.
///
/// - Complexity: O(1); at most eight candidates.
public func decide(_ situation: BootSituation) -> BootStep {
  var (situation, decision) = (situation, BootDecision())
  if let slot = situation.decide(into: &decision) { return .examine(slot) }
  return .decided(decision)
}

extension BootSituation {
  /// Decides what to boot, as `decide(_:)` does, without moving the decision around.
  ///
  /// The situation stays as it is. The call is mutating, as are those below, because the compiler
  /// would copy a value with an array before it reads from it.
  ///
  /// - Returns: The slot whose verdict is needed first; `nil` if `decision` is the decision.
  /// - Complexity: O(1); at most eight candidates.
  @inline(never)
  public mutating func decide(into decision: inout BootDecision) -> BootSlot? {
    decision = BootDecision()
    if policy.examination == .everyCandidate, let slot = firstNotExamined() { return slot }
    guard let record else { return decideWithoutLog(into: &decision) }
    decision.next = record
    decision.hasRecord = true
    if resetCause == .deepSleepWake, let run = interruptedRun(in: &decision.next) {
      switch standing(of: run, in: &decision.next) {
      case .unknown: return run
      case .bootable:
        if let slot = run.updateSlot, decision.next.slots[slot.index].state == .trial {
          decision.noteAttempt(of: slot)
        }
        decision.outcome = .boot(run)
        decision.reason = .resumed
        return nil
      case .unusable, .refused: break
      }
    }
    accountForPreviousRun(in: &decision.next)
    let needed = chooseCandidate(in: &decision)
    if needed == nil, decision.necessity == .none, decision.next != record {
      decision.necessity = .bestEffort
    }
    return needed
  }

  /// Goes through the candidates in order until one can boot.
  ///
  /// - Returns: The slot whose verdict is needed first, if any.
  private mutating func chooseCandidate(in decision: inout BootDecision) -> BootSlot? {
    var hasRejectedUpdate = false
    var place: UInt8 = 0
    while place < Self.placeCount {
      defer { place &+= 1 }
      guard let candidate = candidate(at: place, in: &decision.next) else { continue }
      switch assess(candidate, in: &decision.next) {
      case .unknown:
        return candidate.slot
      case .unusable:
        if candidate.role == .oneShot { decision.next.oneShot = nil }
      case .refused(let cause):
        // Only updates are rejected for good. A confirmed image that does not verify keeps its state:
        // the next read may be better, and an ordinary boot must not write.
        guard candidate.role == .update, let slot = candidate.slot.updateSlot else {
          if candidate.role == .oneShot { decision.next.oneShot = nil }
          continue
        }
        decision.next.reject(slot, cause: cause)
        hasRejectedUpdate = true
      case .bootable:
        choose(candidate, in: &decision)
        if hasRejectedUpdate, decision.necessity == .none { decision.reason = .rollback }
        return nil
      }
    }
    return nil
  }
}

/// What is known of the image that a record names.
private enum Standing {
  /// It has to be verified first.
  case unknown
  /// It cannot be booted this time.
  case unusable
  /// It must not be booted.
  case refused(RejectionCause)
  case bootable
}

extension BootSituation {
  /// The first slot without a verdict, for a policy that examines every candidate.
  @inline(never)
  mutating func firstNotExamined() -> BootSlot? {
    for rawValue in UInt8(0)..<3 {
      if let slot = BootSlot(rawValue: rawValue), verdicts.finding(on: slot) == .notExamined {
        return slot
      }
    }
    return nil
  }

  /// What the verdict on a slot means for the image that a record names.
  @inline(never)
  private mutating func standing(of slot: BootSlot, in record: inout BootRecord) -> Standing {
    let note = verdicts.note(on: slot)
    switch note.finding {
    case .notExamined: return .unknown
    case .absent, .unreadable: return .unusable
    case .refused: return .refused(note.refusal)
    case .bootable:
      guard let updateSlot = slot.updateSlot,
        record.slots[updateSlot.index].imageTag != note.image.imageTag
      else { return .bootable }
      return .refused(.identity)
    }
  }

  /// Applies the rules to one candidate.
  private mutating func assess(_ candidate: Candidate, in record: inout BootRecord) -> Standing {
    if candidate.role == .update, let slot = candidate.slot.updateSlot {
      let index = slot.index
      if record.slots[index].state == .trial {
        if record.slots[index].faulted >= record.slots[index].faultLimit {
          return .refused(.faults)
        }
        if record.slots[index].started >= record.slots[index].startLimit {
          return .refused(.starts)
        }
      }
      // The attempt has to be on record before the jump, or the limits mean nothing.
      if logAccess == .readOnly { return .unusable }
    }
    return standing(of: candidate.slot, in: &record)
  }

  /// The slot whose run deep sleep interrupted: a wake-up goes on with it, without an attempt and
  /// without a write; `nil` if the record does not allow that.
  private mutating func interruptedRun(in record: inout BootRecord) -> BootSlot? {
    guard let retained, retained.phase == .application, let slot = retained.runningSlot else {
      return nil
    }
    guard let updateSlot = slot.updateSlot else { return slot }
    let state = record.slots[updateSlot.index].state
    let isPending = state == .trial && record.pendingRun.trialSlot == updateSlot
    return isPending || state.isConfirmedOrSuspended ? slot : nil
  }

  /// Fills in the decision for a candidate that can boot.
  private mutating func choose(_ candidate: Candidate, in decision: inout BootDecision) {
    decision.outcome = .boot(candidate.slot)
    decision.reason = candidate.reason
    switch candidate.role {
    case .update:
      guard let slot = candidate.slot.updateSlot else { return }
      decision.next.beginAttempt(of: slot)
      decision.noteAttempt(of: slot)
      decision.necessity = .required
    case .oneShot:
      // Consumed before the jump: an image that hangs must not be asked for for ever.
      decision.next.oneShot = nil
      decision.next.pendingRun = .oneShot
      decision.necessity = .required
    case .lastConfirmed:
      let counter = verdicts.note(on: candidate.slot).image.securityCounter
      if counter > securityFloor { decision.floorRepair = counter }
    case .previousConfirmed, .suspended:
      break
    case .factory:
      if decision.next.holdsNoImage { decision.reason = .factoryInitial }
    }
  }
}

extension BootDecision {
  /// Says which start of a trial this is.
  @inline(never)
  fileprivate mutating func noteAttempt(of slot: UpdateSlot) {
    attempt = next.slots[slot.index].started
    attemptsLeft = next.slots[slot.index].attemptsLeft
  }
}
