// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

extension BootSituation {
  /// Decides when the metadata log is lost: both sectors unreadable, or of another layout.
  ///
  /// Nothing in a slot is evidence of its state; in particular there is no trial without a log.
  /// Factory is the safe choice, then the highest version that verifies. A choice that keeps
  /// faulting is left after N faults, which retained RAM counts; once every candidate has used up
  /// its N, they all start again, because booting something beats booting nothing.
  @inline(never)
  func decideWithoutLog() -> BootStep {
    var faults = retained?.faultsWithoutLog ?? FaultCounts()
    if endedInImageFault, let slot = retained?.runningSlot {
      faults[slot] = faults[slot].incrementedOrSaturated
    }
    if policy.examination == .everyCandidate, let slot = firstNotExamined { return .examine(slot) }
    if verdicts.factory == .notExamined { return .examine(.factory) }
    if case .bootable = verdicts.factory, faults.factory < policy.faultLimit {
      return .decided(lostLogDecision(.boot(.factory), .logLostFactory, faults))
    }
    if verdicts.slotA == .notExamined { return .examine(.slotA) }
    if verdicts.slotB == .notExamined { return .examine(.slotB) }
    if let slot = newestBootable(withFewerFaultsIn: faults) {
      return .decided(lostLogDecision(.boot(slot), .logLostVersion, faults))
    }
    if case .bootable = verdicts.factory {
      return .decided(lostLogDecision(.boot(.factory), .logLostFactory, FaultCounts()))
    }
    if let slot = newestBootable(withFewerFaultsIn: FaultCounts()) {
      return .decided(lostLogDecision(.boot(slot), .logLostVersion, FaultCounts()))
    }
    return .decided(lostLogDecision(.recovery, .nothingBootable, faults))
  }

  /// The update slot with the highest version that verifies and has not used up its N faults.
  private func newestBootable(withFewerFaultsIn faults: FaultCounts) -> BootSlot? {
    var best: (slot: BootSlot, image: BootableImage)?
    if case .bootable(let image) = verdicts.slotA, faults.slotA < policy.faultLimit {
      best = (.slotA, image)
    }
    if case .bootable(let image) = verdicts.slotB, faults.slotB < policy.faultLimit {
      if let other = best, !(other.image.version < image.version) { return other.slot }
      best = (.slotB, image)
    }
    return best?.slot
  }

  @inline(never)
  private func lostLogDecision(
    _ outcome: BootOutcome, _ reason: BootReason, _ faults: FaultCounts
  ) -> BootDecision {
    var decision = BootDecision(outcome, reason)
    decision.faultsWithoutLog = faults
    return decision
  }
}
