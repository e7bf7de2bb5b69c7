// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// Decides what to boot, from values alone: no flash, no clock, no memory of an earlier call.
///
/// The order is: a slot asked for once, an update, the image confirmed last, the one confirmed
/// before, a suspended image, factory, recovery.
///
/// - Complexity: O(1); at most eight candidates.
public func decide(_ situation: BootSituation) -> BootStep {
  var decision = BootDecision()
  if let slot = situation.decide(into: &decision) { return .examine(slot) }
  return .decided(decision)
}

extension BootSituation {
  /// Decides what to boot, as `decide(_:)` does, without moving the decision around.
  ///
  /// - Returns: The slot whose verdict is needed first; `nil` if `decision` is the decision.
  /// - Complexity: O(1); at most eight candidates.
  @inline(never)
  public func decide(into decision: inout BootDecision) -> BootSlot? {
    decision = BootDecision()
    if policy.examination == .everyCandidate, let slot = firstNotExamined { return slot }
    guard let record else { return decideWithoutLog(into: &decision) }
    decision.next = record
    decision.hasRecord = true
    if resetCause == .deepSleepWake {
      switch resumeRun(in: &decision) {
      case .examine(let slot): return slot
      case .resumed: return nil
      case .impossible: break
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
  private func chooseCandidate(in decision: inout BootDecision) -> BootSlot? {
    let candidates = CandidateOrder(for: decision.next, policy: policy, logAccess: logAccess)
    var hasRejectedUpdate = false
    for index in 0..<candidates.count {
      let candidate = candidates[index]
      switch assess(candidate, in: decision.next) {
      case .examine:
        return candidate.slot
      case .pass:
        if candidate.role == .oneShot { decision.next.oneShot = nil }
      case .reject(let cause):
        if let slot = candidate.slot.updateSlot { decision.next.reject(slot, cause: cause) }
        hasRejectedUpdate = true
      case .choose:
        choose(candidate, in: &decision)
        if hasRejectedUpdate, decision.necessity == .none { decision.reason = .rollback }
        return nil
      }
    }
    return nil
  }
}

/// What the rules say about one candidate.
private enum Assessment {
  case examine
  case pass
  case reject(RejectionCause)
  case choose
}

/// Whether a run goes on after deep sleep.
private enum Resumption {
  case examine(BootSlot)
  case resumed
  case impossible
}

extension BootSituation {
  /// The first slot without a verdict, for a policy that examines every candidate.
  var firstNotExamined: BootSlot? {
    for rawValue in UInt8(0)..<3 {
      if let slot = BootSlot(rawValue: rawValue), case .notExamined = verdicts[slot] { return slot }
    }
    return nil
  }

  /// Applies the rules to one candidate.
  ///
  /// Only updates are rejected for good. A confirmed image that does not verify keeps its state: the
  /// next read may be better, and an ordinary boot must not write.
  @inline(never)
  fileprivate func assess(_ candidate: Candidate, in record: BootRecord) -> Assessment {
    if candidate.role == .update, let slot = candidate.slot.updateSlot {
      if record[slot].state == .trial {
        if record[slot].faulted >= record[slot].faultLimit { return .reject(.faults) }
        if record[slot].started >= record[slot].startLimit { return .reject(.starts) }
      }
      // The attempt has to be on record before the jump, or the limits mean nothing.
      if logAccess == .readOnly { return .pass }
    }
    var cause = RejectionCause.identity
    switch verdicts[candidate.slot] {
    case .notExamined: return .examine
    case .absent, .unreadable: return .pass
    case .refused(let refusal): cause = refusal
    case .bootable(let image):
      guard let slot = candidate.slot.updateSlot else { return .choose }
      if record[slot].imageTag == image.imageTag { return .choose }
    }
    return candidate.role == .update ? .reject(cause) : .pass
  }

  /// A wake-up from deep sleep goes on with the run it interrupted: no attempt, no write.
  @inline(never)
  fileprivate func resumeRun(in decision: inout BootDecision) -> Resumption {
    guard let slot = retained?.runningSlot, retained?.phase == .application else {
      return .impossible
    }
    var isTrial = false
    if let updateSlot = slot.updateSlot {
      isTrial = decision.next[updateSlot].state == .trial
      let isPending = isTrial && decision.next.pendingRun.trialSlot == updateSlot
      guard isPending || decision.next[updateSlot].state.isConfirmedOrSuspended else {
        return .impossible
      }
    }
    switch verdicts[slot] {
    case .notExamined: return .examine(slot)
    case .absent, .refused, .unreadable: return .impossible
    case .bootable(let image):
      if let updateSlot = slot.updateSlot {
        guard decision.next[updateSlot].imageTag == image.imageTag else { return .impossible }
        if isTrial { decision.noteAttempt(of: updateSlot) }
      }
      decision.outcome = .boot(slot)
      decision.reason = .resumed
      return .resumed
    }
  }

  /// Fills in the decision for a candidate that can boot.
  @inline(never)
  fileprivate func choose(_ candidate: Candidate, in decision: inout BootDecision) {
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
      if case .bootable(let image) = verdicts[candidate.slot],
        image.securityCounter > securityFloor
      {
        decision.floorRepair = image.securityCounter
      }
    case .previousConfirmed, .suspended:
      break
    case .factory:
      if decision.next.holdsNoImage { decision.reason = .factoryInitial }
    }
  }
}

extension BootDecision {
  /// Says which start of a trial this is.
  fileprivate mutating func noteAttempt(of slot: UpdateSlot) {
    attempt = next[slot].started
    attemptsLeft = next[slot].attemptsLeft
  }
}
