/// What a confirmation changed.
public enum Confirmation: Equatable, Sendable {
  /// The trial is over: the image is confirmed.
  case confirmed
  /// The image was confirmed before; its count of faults is cleared.
  case faultsCleared
  /// Nothing: there is nothing to write.
  case unchanged
}

extension BootRecord {
  /// Confirms the running image: it works, and later boots choose it.
  ///
  /// Write this record first; raise the security floor only when it is durable.
  ///
  /// - Parameters:
  ///   - running: The slot the device runs from; factory needs no confirmation.
  ///   - imageTag: The tag of the running image, as handed over by the boot loader.
  /// - Throws: `TransitionError.otherImage` if the slot's record is about another image,
  ///   `.slotNotConfirmed` if the slot is in a state from which it could not have been booted.
  public mutating func confirm(
    running: BootSlot, imageTag: UInt64
  ) throws(TransitionError) -> Confirmation {
    guard let slot = running.updateSlot else { return .unchanged }
    guard self[slot].imageTag == imageTag else {
      throw .otherImage(expected: self[slot].imageTag, found: imageTag)
    }
    switch self[slot].state {
    case .trial:
      self[slot].state = .confirmed
      self[slot].started = 0
      self[slot].excused = 0
      self[slot].faulted = 0
      lastConfirmed = slot
      pendingRun = .none
      return .confirmed
    case .suspended:
      self[slot].state = .confirmed
      self[slot].faulted = 0
      return .faultsCleared
    case .confirmed:
      guard self[slot].faulted != 0 else { return .unchanged }
      self[slot].faulted = 0
      return .faultsCleared
    case .empty, .writing, .staged, .rejected:
      throw .slotNotConfirmed(slot)
    }
  }

  /// The first record after the log was lost: the running image confirms itself, and nothing is
  /// known of the other slot.
  public static func reconstructed(
    confirming slot: UpdateSlot, imageTag: UInt64
  ) -> BootRecord {
    var record = BootRecord()
    record.isReconstructed = true
    record[slot].state = .confirmed
    record[slot].imageTag = imageTag
    record.lastConfirmed = slot
    return record
  }

  /// Rejects the running trial; reset the device after writing this record.
  ///
  /// - Throws: `TransitionError.noTrial`, or `.otherImage` if the slot's record is about another
  ///   image.
  public mutating func rejectRunning(
    _ slot: UpdateSlot, imageTag: UInt64
  ) throws(TransitionError) {
    guard self[slot].state == .trial else { throw .noTrial(slot) }
    guard self[slot].imageTag == imageTag else {
      throw .otherImage(expected: self[slot].imageTag, found: imageTag)
    }
    reject(slot, cause: .application)
  }

  /// Asks for one boot of a confirmed slot or of factory.
  ///
  /// - Throws: `TransitionError.slotNotConfirmed`.
  public mutating func requestOneShot(_ target: BootSlot) throws(TransitionError) {
    if let slot = target.updateSlot, !self[slot].state.isConfirmedOrSuspended {
      throw .slotNotConfirmed(slot)
    }
    oneShot = target
  }

  /// Whether the running image still boots, next time too, when these keys are revoked.
  ///
  /// - Throws: `TransitionError.lastKeyOfRunningImage`, `.runningImageNotConfirmed` if another slot
  ///   is next, `.trialInProgress` or `.updatePending`.
  func checkRevocation(of keys: UInt32, running: RunningImage) throws(TransitionError) {
    guard let slot = running.slot.updateSlot else { return }
    switch self[slot.other].state {
    case .trial: throw .trialInProgress(slot.other)
    case .staged: throw .updatePending(slot.other)
    case .empty, .writing, .confirmed, .suspended, .rejected: break
    }
    guard newestConfirmed == slot else { throw .runningImageNotConfirmed(slot) }
    if let key = running.signingKey, keys & (1 << UInt32(key)) != 0 {
      throw .lastKeyOfRunningImage(index: key)
    }
  }

  /// Revokes trusted keys for every image but factory.
  ///
  /// A revocation does not outlive the loss of the metadata log; a raised security floor does.
  ///
  /// - Parameters:
  ///   - keys: Bit i stands for the key at index i.
  ///   - trustedKeyCount: The number of keys the device trusts.
  /// - Throws: `TransitionError.everyKeyRevoked`.
  public mutating func revoke(
    keys: UInt32, trustedKeyCount: Int
  ) throws(TransitionError) {
    guard trustedKeyCount > 0 else { throw .everyKeyRevoked }
    let known: UInt32 = trustedKeyCount >= 32 ? .max : (1 << UInt32(trustedKeyCount)) - 1
    // What is on record stays, even if this loader does not know the key.
    let revoked = revokedKeys | (keys & known)
    guard revoked & known != known else { throw .everyKeyRevoked }
    revokedKeys = revoked
  }
}
