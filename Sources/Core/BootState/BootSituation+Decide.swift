// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// Decides what to boot, from values alone: no flash, no clock, no memory of an earlier call.
///
/// The order is: a slot asked for once, an update, the image confirmed last, the one confirmed
/// before, a suspended image, factory, recovery.
///
/// - Complexity: O(1); at most eight candidates.
@inline(never)
public func decide(_ situation: BootSituation) -> BootStep {
  guard let record = situation.record else { return situation.decideWithoutLog() }
  if situation.policy.examination == .everyCandidate, let slot = situation.firstNotExamined {
    return .examine(slot)
  }
  if let resumed = situation.resumedRun(of: record) { return resumed }

  var next = record
  situation.accountForPreviousRun(in: &next)
  let candidates = CandidateOrder(
    for: next, policy: situation.policy, logAccess: situation.logAccess)
  var rejectedUpdate = false
  for index in 0..<candidates.count {
    let candidate = candidates[index]
    switch situation.assess(candidate, in: next) {
    case .examine:
      return .examine(candidate.slot)
    case .pass:
      if candidate.role == .oneShot { next.oneShot = nil }
    case .reject(let cause):
      if let slot = candidate.slot.updateSlot { next.reject(slot, cause: cause) }
      rejectedUpdate = true
    case .choose(let image):
      return .decided(
        situation.decision(
          choosing: candidate, image: image, from: record, to: next,
          afterRejection: rejectedUpdate))
    }
  }
  return .decided(situation.recovery(from: record, to: next))
}

/// What the rules say about one candidate.
private enum Assessment {
  case examine
  case pass
  case reject(RejectionCause)
  case choose(BootableImage)
}

extension BootSituation {
  /// The first slot without a verdict, for a policy that examines every candidate.
  var firstNotExamined: BootSlot? {
    if verdicts.slotA == .notExamined { return .slotA }
    if verdicts.slotB == .notExamined { return .slotB }
    return verdicts.factory == .notExamined ? .factory : nil
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
    switch verdicts[candidate.slot] {
    case .notExamined: return .examine
    case .absent, .unreadable: return .pass
    case .refused(let cause): return candidate.role == .update ? .reject(cause) : .pass
    case .bootable(let image):
      if let slot = candidate.slot.updateSlot, record[slot].imageTag != image.imageTag {
        return candidate.role == .update ? .reject(.identity) : .pass
      }
      return .choose(image)
    }
  }

  /// A wake-up from deep sleep goes on with the run it interrupted: no attempt, no write.
  @inline(never)
  fileprivate func resumedRun(of record: BootRecord) -> BootStep? {
    guard resetCause == .deepSleepWake, let slot = retained?.runningSlot,
      retained?.phase == .application
    else { return nil }
    if let updateSlot = slot.updateSlot {
      switch record[updateSlot].state {
      case .trial: guard record.pendingRun.trialSlot == updateSlot else { return nil }
      case .confirmed, .suspended: break
      case .empty, .writing, .staged, .rejected: return nil
      }
    }
    switch verdicts[slot] {
    case .notExamined: return .examine(slot)
    case .absent, .refused, .unreadable: return nil
    case .bootable(let image):
      var attempt: UInt8?
      var attemptsLeft: UInt8?
      if let updateSlot = slot.updateSlot {
        guard record[updateSlot].imageTag == image.imageTag else { return nil }
        if record[updateSlot].state == .trial {
          attempt = record[updateSlot].started
          attemptsLeft = record[updateSlot].attemptsLeft
        }
      }
      var decision = BootDecision(.boot(slot), .resumed)
      decision.record = record
      decision.attempt = attempt
      decision.attemptsLeft = attemptsLeft
      return .decided(decision)
    }
  }

  /// The decision for a candidate that can boot.
  @inline(never)
  fileprivate func decision(
    choosing candidate: Candidate, image: BootableImage, from record: BootRecord,
    to accounted: BootRecord, afterRejection: Bool
  ) -> BootDecision {
    var next = accounted
    var result = BootDecision(.boot(candidate.slot), candidate.reason)
    var isRecordRequired = false
    switch candidate.role {
    case .update:
      if let slot = candidate.slot.updateSlot {
        next.beginAttempt(of: slot)
        result.attempt = next[slot].started
        result.attemptsLeft = next[slot].attemptsLeft
      }
      isRecordRequired = true
    case .oneShot:
      // Consumed before the jump: an image that hangs must not be asked for for ever.
      next.oneShot = nil
      next.pendingRun = .oneShot
      isRecordRequired = true
    case .lastConfirmed:
      if image.securityCounter > securityFloor { result.floorRepair = image.securityCounter }
    case .previousConfirmed, .suspended, .factory:
      break
    }
    if afterRejection, candidate.role != .update, candidate.role != .oneShot {
      result.reason = .rollback
    } else if candidate.role == .factory, next.holdsNoImage {
      result.reason = .factoryInitial
    }
    result.record = next
    if next != record {
      result.duty = isRecordRequired ? .required(next) : .bestEffort(next)
    }
    return result
  }

  /// The decision when no candidate can boot.
  @inline(never)
  fileprivate func recovery(from record: BootRecord, to next: BootRecord) -> BootDecision {
    var decision = BootDecision(.recovery, .nothingBootable)
    decision.record = next
    if next != record { decision.duty = .bestEffort(next) }
    return decision
  }
}
