public import BootState
import FirmwareImage

extension BootRecord {
  /// What this record changed against the one before it, in words; empty if nothing.
  ///
  /// - Parameter previous: The record before; `nil` for the first one that is known.
  public func changes(since previous: BootRecord?) -> [String] {
    var changes: [String] = []
    let before = previous ?? BootRecord()
    for slot in [UpdateSlot.slotA, .slotB] {
      changes += self[slot].changes(since: before[slot], name: "\(slot.name)")
    }
    if newestConfirmed != before.newestConfirmed, let newestConfirmed {
      changes.append("\(newestConfirmed.name) is the newest confirmed")
    }
    if pendingRun != before.pendingRun, pendingRun == .oneShot {
      changes.append("the one-shot boot was started")
    }
    if oneShot != before.oneShot {
      changes.append(oneShot.map { "one-shot boot of \($0.name) asked for" } ?? "one-shot cleared")
    }
    if revokedKeys != before.revokedKeys {
      let keys = (0..<32).filter { revokedKeys & ~before.revokedKeys >> UInt32($0) & 1 == 1 }
      changes.append("revoked key \(keys.map { "\($0)" }.joined(separator: ", "))")
    }
    if isReconstructed, !before.isReconstructed { changes.append("begun anew after a lost log") }
    if previous == nil, changes.isEmpty { changes.append("both slots are empty") }
    return changes
  }
}

extension SlotRecord {
  fileprivate func changes(since before: SlotRecord, name: String) -> [String] {
    var changes: [String] = []
    if state != before.state {
      changes.append("\(before.state.name) -> \(state.name)")
    } else if imageTag != before.imageTag {
      changes.append("\(state.name) anew")
    }
    if imageTag != before.imageTag, imageTag != 0 { changes.append("image \(imageTag.asImageTag)") }
    if state == .rejected, before.state != .rejected { changes.append(cause.phrase) }
    if state == .writing, storedForm != before.storedForm {
      changes.append(storedForm == .ciphertext ? "stored encrypted" : "stored plain")
    }
    if state == .writing, progress > before.progress {
      changes.append("\(progress)/16 of the slot written")
    }
    if state == .trial {
      if started != before.started { changes.append("attempt \(started), \(attemptsLeft) left") }
      if faulted > before.faulted { changes.append("fault \(faulted) of \(faultLimit)") }
      if excused > before.excused { changes.append("\(excused) excused") }
    }
    if state == .staged, before.state != .staged {
      changes.append("\(faultLimit) faults and \(startLimit) starts allowed")
    }
    if state == .confirmed || state == .suspended, state == before.state, faulted != before.faulted
    {
      changes.append(faulted == 0 ? "faults cleared" : "fault \(faulted)")
    }
    return changes.isEmpty ? [] : ["\(name) " + changes.joined(separator: ", ")]
  }
}
