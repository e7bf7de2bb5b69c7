import FirmwareImage

extension BootSituation {
  /// Decides when the metadata log is lost: both sectors unreadable, or of another layout.
  ///
  /// Nothing in a slot is evidence of its state; in particular there is no trial without a log.
  /// Factory is the safe choice, then the highest version that verifies. A choice that keeps
  /// faulting is left after N faults, which retained RAM counts; once every candidate has used up
  /// its N, they all start again, because booting something beats booting nothing.
  ///
  /// - Returns: The slot whose verdict is needed first, if any.
  @inline(never)
  func decideWithoutLog(into decision: inout BootDecision) -> BootSlot? {
    var faults = retained?.faultsWithoutLog ?? FaultCounts()
    if endedInImageFault, let slot = retained?.runningSlot {
      faults[slot] = faults[slot].incrementedOrSaturated
    }
    for round in 0..<2 {
      if case .notExamined = verdicts.factory { return .factory }
      if case .bootable = verdicts.factory, faults.factory < policy.faultLimit {
        decision.outcome = .boot(.factory)
        decision.reason = .logLostFactory
        break
      }
      if let slot = firstNotExamined { return slot }
      if let slot = newestBootable(withFewerFaultsIn: faults) {
        decision.outcome = .boot(slot)
        decision.reason = .logLostVersion
        break
      }
      if round == 0, hasBootableCandidate { faults = FaultCounts() } else { break }
    }
    decision.faultsWithoutLog = faults
    return nil
  }

  /// Whether some slot holds an image that verifies.
  private var hasBootableCandidate: Bool {
    if case .bootable = verdicts.factory { return true }
    return newestBootable(withFewerFaultsIn: FaultCounts()) != nil
  }

  /// The update slot with the highest version that verifies and has not used up its N faults.
  private func newestBootable(withFewerFaultsIn faults: FaultCounts) -> BootSlot? {
    var best: BootSlot?
    var version: ImageVersion?
    if case .bootable(let image) = verdicts.slotA, faults.slotA < policy.faultLimit {
      best = .slotA
      version = image.version
    }
    if case .bootable(let image) = verdicts.slotB, faults.slotB < policy.faultLimit {
      if let version, !(version < image.version) { return best }
      best = .slotB
    }
    return best
  }
}
