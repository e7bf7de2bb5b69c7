extension BootSituation {
  /// Books the outcome of the run before this boot.
  ///
  /// A trial that ended in a fault uses up one of its N; one that ended without is excused, and only
  /// M limits those. A fault that no trial explains is booked on the confirmed image that ran.
  mutating func accountForPreviousRun(in record: inout BootRecord) {
    if let slot = record.pendingRun.trialSlot {
      let index = slot.index
      if record.slots[index].state == .trial {
        if endedInImageFault {
          record.slots[index].faulted.increment()
        } else {
          record.slots[index].excused.increment()
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
    guard let slot = (retained?.runningSlot ?? firstSettled(in: &record)).updateSlot else { return }
    bookFault(on: slot, in: &record)
  }

  /// Counts a fault of a confirmed image, and suspends it at the limit.
  ///
  /// A suspended image counts once more up to the limit; then it ranks behind factory, so that a
  /// device with a factory image ends there and not in a crash loop. It is not rejected: should
  /// factory not verify, it is still there. At the limit the count stands still, and a boot loop
  /// writes nothing any more.
  private mutating func bookFault(on slot: UpdateSlot, in record: inout BootRecord) {
    let (index, limit) = (slot.index, policy.confirmedFaultLimit)
    let state = record.slots[index].state
    guard state.isConfirmedOrSuspended, limit > 0 else { return }
    record.slots[index].faulted.increment()
    let isAtLimit = record.slots[index].faulted >= limit
    if isAtLimit, state == .confirmed, policy.lateFallback != .never {
      record.slots[index].state = .suspended
      record.slots[index].faulted = 0
    } else if isAtLimit {
      record.slots[index].faulted = limit
    }
  }
}

extension BootRecord {
  /// Rejects the image of a slot for good.
  mutating func reject(_ slot: UpdateSlot, cause: RejectionCause) {
    slots[slot.index].state = .rejected
    slots[slot.index].cause = cause
    if pendingRun.trialSlot == slot { pendingRun = .none }
    if let target = oneShot, target == BootSlot(slot) { oneShot = nil }
  }

  /// Counts a start of a staged or trial image.
  mutating func beginAttempt(of slot: UpdateSlot) {
    slots[slot.index].state = .trial
    slots[slot.index].started.increment()
    pendingRun = PendingRun(trialOf: slot)
  }
}

extension UInt8 {
  /// Counts one more, unless 255 is reached.
  mutating func increment() { if self < .max { self &+= 1 } }
}
