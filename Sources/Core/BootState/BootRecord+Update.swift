public import FirmwareImage

extension BootRecord {
  /// Whether an update may be written to `slot` now.
  ///
  /// - Throws: `TransitionError.slotIsRunning`, `.trialInProgress`, `.updatePending`,
  ///   `.runningImageNotConfirmed` or `.lastBootableSlot`.
  public func checkUpdate(
    of slot: UpdateSlot, running: BootSlot, factory: FactoryPresence
  ) throws(TransitionError) {
    if running.updateSlot == slot { throw .slotIsRunning(slot) }
    if self[slot].state == .trial { throw .trialInProgress(slot) }
    switch self[slot.other].state {
    case .trial: throw .trialInProgress(slot.other)
    case .staged: throw .updatePending(slot.other)
    case .empty, .writing, .confirmed, .suspended, .rejected: break
    }
    if let runningSlot = running.updateSlot {
      guard self[runningSlot].state.isConfirmedOrSuspended else {
        throw .runningImageNotConfirmed(runningSlot)
      }
    } else if factory == .absent {
      throw .lastBootableSlot(slot)
    }
  }

  /// Begins an update: from now on the slot's old content counts for nothing.
  ///
  /// Write this record before the first erase.
  ///
  /// - Throws: As `checkUpdate(of:running:factory:)`.
  public mutating func beginUpdate(
    of slot: UpdateSlot, imageTag: UInt64, storedForm: StoredForm, running: BootSlot,
    factory: FactoryPresence
  ) throws(TransitionError) {
    try checkUpdate(of: slot, running: running, factory: factory)
    var fresh = SlotRecord()
    fresh.state = .writing
    fresh.imageTag = imageTag
    fresh.storedForm = storedForm
    self[slot] = fresh
    // The running image is the one to go on with. From factory nothing is: the image in the other
    // slot stays the previous one, which the policy may forbid.
    if lastConfirmed == slot, running.updateSlot != nil { lastConfirmed = slot.other }
    if oneShot == BootSlot(slot) { oneShot = nil }
  }

  /// Notes how many sixteenths of the slot are programmed for good.
  ///
  /// - Throws: `TransitionError.notWriting`.
  public mutating func noteProgress(
    of slot: UpdateSlot, sixteenths: UInt8
  ) throws(TransitionError) {
    guard self[slot].state == .writing else { throw .notWriting(slot) }
    self[slot].progress = sixteenths
  }

  /// Stages a complete update; it is started at the next boot.
  ///
  /// An update that was begun without knowing its image, with tag 0, takes the tag now.
  ///
  /// - Throws: `TransitionError.notWriting` or `.otherImage`.
  public mutating func stage(
    _ slot: UpdateSlot, imageTag: UInt64, policy: BootPolicy
  ) throws(TransitionError) {
    guard self[slot].state == .writing else { throw .notWriting(slot) }
    guard self[slot].imageTag == imageTag || self[slot].imageTag == 0 else {
      throw .otherImage(expected: self[slot].imageTag, found: imageTag)
    }
    self[slot].imageTag = imageTag
    self[slot].state = .staged
    self[slot].progress = 0
    self[slot].faultLimit = max(1, policy.faultLimit)
    self[slot].startLimit = max(self[slot].faultLimit, policy.startLimit)
  }

  /// The slot that an update is best written to: never the running one; on a device that runs from
  /// factory, the one whose loss costs least.
  public func preferredUpdateSlot(running: BootSlot) -> UpdateSlot {
    if let slot = running.updateSlot { return slot.other }
    if slotA.state == .staged || slotA.state == .writing { return .slotA }
    if slotB.state == .staged || slotB.state == .writing { return .slotB }
    if !slotA.state.isConfirmedOrSuspended { return .slotA }
    if !slotB.state.isConfirmedOrSuspended { return .slotB }
    return (newestConfirmed ?? lastConfirmed).other
  }

  /// Rejects an update whose content turned out wrong before it was ever started.
  public mutating func rejectUpdate(in slot: UpdateSlot, cause: RejectionCause) {
    guard self[slot].state == .writing || self[slot].state == .staged else { return }
    reject(slot, cause: cause)
  }

  /// Gives up an update that is being written, waits for its first start or is on trial.
  ///
  /// A trial that boot after boot passes over, because its slot cannot be read, ends in no other way.
  ///
  /// - Throws: `TransitionError.notWriting` if the slot holds no such update.
  public mutating func abandonUpdate(of slot: UpdateSlot) throws(TransitionError) {
    switch self[slot].state {
    case .writing, .staged, .trial: reject(slot, cause: .application)
    case .empty, .confirmed, .suspended, .rejected: throw .notWriting(slot)
    }
  }
}
