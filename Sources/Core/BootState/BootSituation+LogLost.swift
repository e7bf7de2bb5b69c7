internal import FirmwareImage

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
  mutating func decideWithoutLog(into decision: inout BootDecision) -> BootSlot? {
    var faults = retained?.faultsWithoutLog ?? FaultCounts()
    if let slot = retained?.runningSlot, endedInImageFault { faults[slot].increment() }
    decision.faultsWithoutLog = faults
    for _ in 0..<2 {
      if verdicts.finding(on: .factory) == .notExamined { return .factory }
      var choice: BootSlot?
      if hasAttempts(.factory, after: faults.factory) {
        choice = .factory
      } else if let slot = firstNotExamined() {
        return slot
      } else {
        choice = newestBootable(after: faults)
      }
      if let choice {
        decision.outcome = .boot(choice)
        decision.reason = choice == .factory ? .logLostFactory : .logLostVersion
        decision.faultsWithoutLog = faults
        return nil
      }
      faults = FaultCounts()
    }
    return nil
  }

  /// Whether the image in a slot verifies and has not used up its N faults.
  private mutating func hasAttempts(_ slot: BootSlot, after faults: UInt8) -> Bool {
    verdicts.finding(on: slot) == .bootable && faults < policy.faultLimit
  }

  /// The update slot with the highest version that verifies and has not used up its N faults.
  private mutating func newestBootable(after faults: FaultCounts) -> BootSlot? {
    let mayBootA = hasAttempts(.slotA, after: faults.slotA)
    guard hasAttempts(.slotB, after: faults.slotB) else { return mayBootA ? .slotA : nil }
    let isNewer =
      verdicts.note(on: .slotA).image.version < verdicts.note(on: .slotB).image.version
    return mayBootA && !isNewer ? .slotA : .slotB
  }
}
