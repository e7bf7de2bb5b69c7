extension BootSituation {
  /// Books the outcome of the run before this boot.
  ///
  /// A trial that ended in a fault uses up one of its N; one that ended without is excused, and only
  /// M limits those. A fault that no trial explains is booked on the confirmed image that ran.
  func accountForPreviousRun(in record: inout BootRecord) {
    if let slot = record.pendingRun.trialSlot {
      if record[slot].state == .trial {
        if endedInImageFault {
          record[slot].faulted = record[slot].faulted.incrementedOrSaturated
        } else {
          record[slot].excused = record[slot].excused.incrementedOrSaturated
        }
      }
      record.pendingRun = .none
      return
    }
    let wasOneShot = record.pendingRun == .oneShot
    record.pendingRun = .none
    guard endedInImageFault else { return }
    // Only retained RAM knows which slot a one-shot boot ran.
    if wasOneShot && retained == nil { return }
    let expected = CandidateOrder(for: record, policy: policy, logAccess: .readOnly).firstSettled
    guard let slot = (retained?.runningSlot ?? expected).updateSlot else { return }
    bookFault(on: slot, in: &record)
  }

  /// Counts a fault of a confirmed image, and suspends it at the limit.
  ///
  /// A suspended image counts once more up to the limit; then it ranks behind factory, so that a
  /// device with a factory image ends there and not in a crash loop. It is not rejected: should
  /// factory not verify, it is still there. At the limit the count stands still, and a boot loop
  /// writes nothing any more.
  private func bookFault(on slot: UpdateSlot, in record: inout BootRecord) {
    guard record[slot].state.isConfirmedOrSuspended, policy.confirmedFaultLimit > 0 else { return }
    let faults = record[slot].faulted.incrementedOrSaturated
    if faults >= policy.confirmedFaultLimit, record[slot].state == .confirmed,
      policy.lateFallback != .never
    {
      record[slot].state = .suspended
      record[slot].faulted = 0
    } else {
      record[slot].faulted = min(faults, policy.confirmedFaultLimit)
    }
  }
}

extension BootRecord {
  /// Rejects the image of a slot for good.
  mutating func reject(_ slot: UpdateSlot, cause: RejectionCause) {
    self[slot].state = .rejected
    self[slot].cause = cause
    if pendingRun.trialSlot == slot { pendingRun = .none }
    if let target = oneShot, target == BootSlot(slot) { oneShot = nil }
  }

  /// Counts a start of a staged or trial image.
  mutating func beginAttempt(of slot: UpdateSlot) {
    self[slot].state = .trial
    self[slot].started = self[slot].started.incrementedOrSaturated
    pendingRun = PendingRun(trialOf: slot)
  }
}

extension UInt8 {
  /// One more, or the same at 255.
  var incrementedOrSaturated: UInt8 { self == .max ? self : self + 1 }
}
