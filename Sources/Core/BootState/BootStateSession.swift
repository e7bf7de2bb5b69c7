public import NORFlash

/// Why a change of the boot state fails.
public enum BootStateError<Failure: FlashFailure>: Error {
  /// The change is not allowed now; nothing was written.
  case transition(TransitionError)
  /// The metadata log cannot be read or written.
  case log(MetadataLogError<Failure>)
  /// The change is on record, but the security floor was not raised; the next boot tries again.
  case securityCounter(SecurityCounterError)
}

extension BootStateError: Equatable where Failure: Equatable {}

/// The boot state as the running application reaches it: confirm, reject, ask for a one-shot boot,
/// revoke keys, and, through the slot installer, update.
///
/// Keep one session for as long as the application runs; two that write would not see each other.
public struct BootStateSession {
  /// The image that runs; that there is a log is noted here when this session begins one.
  public private(set) var running: RunningImage
  /// Where the metadata log lies.
  public let metadata: FlashRange
  /// The log, as this session left it.
  public private(set) var log: MetadataLog

  /// The boot state on record; `nil` while the log is lost or was never begun.
  public var record: BootRecord? { log.record }

  /// Mounts the metadata log for a running application.
  ///
  /// - Parameters:
  ///   - flash: The whole flash.
  ///   - metadata: The partition of the log.
  ///   - tableDigest: The digest of the partition table.
  /// - Throws: `BootStateError.log`.
  public static func open<F: FlashDevice & ~Copyable>(
    on flash: inout F, metadata: FlashRange, tableDigest: UInt32, running: RunningImage
  ) throws(BootStateError<F.Failure>) -> BootStateSession {
    do throws(MetadataLogError<F.Failure>) {
      let log = try flash.withPartition(
        metadata, mapFailure: { MetadataLogError.flash($0) }
      ) { (view) throws(MetadataLogError<F.Failure>) in
        try MetadataLog.mount(on: &view, tableDigest: tableDigest)
      }
      return BootStateSession(running: running, metadata: metadata, log: log)
    } catch {
      throw .log(error)
    }
  }

  private init(running: RunningImage, metadata: FlashRange, log: MetadataLog) {
    self.running = running
    self.metadata = metadata
    self.log = log
  }

  /// What the next change starts from: the boot state on record, or, for factory without one, the
  /// first state of a new log.
  ///
  /// While the log is lost only factory may start a new one: what another image knows of the slots
  /// is not evidence.
  ///
  /// - Throws: `.logLost`, or `.logUnreadable` if the boot loader found the state that is missing now.
  public func baseRecord() throws(TransitionError) -> BootRecord {
    if let record = log.record { return record }
    try checkBeginning()
    guard running.slot == .factory else { throw .logLost }
    var record = BootRecord()
    record.isReconstructed = true
    record.revokedKeys = log.inheritedRevocations
    return record
  }

  /// Whether a new log may replace what this session found.
  ///
  /// To begin a log erases what is there. A read that fails for a moment must not have this effect,
  /// so the boot loader has to have found nothing better.
  private func checkBeginning() throws(TransitionError) {
    switch running.logCondition {
    case .sound: throw .logUnreadable
    case .otherTable:
      guard log.health.condition == .otherTable else { throw .logUnreadable }
    case .virgin, .lost: break
    }
  }

  /// Changes the record and makes the change durable; without a change nothing is written.
  ///
  /// - Throws: `BootStateError.transition` with what `body` or `baseRecord()` throws; `.log`.
  public mutating func update<F: FlashDevice & ~Copyable>(
    on flash: inout F, _ body: (inout BootRecord) throws(TransitionError) -> Void
  ) throws(BootStateError<F.Failure>) {
    var record: BootRecord
    do throws(TransitionError) {
      record = try baseRecord()
      try body(&record)
    } catch {
      throw .transition(error)
    }
    guard record != log.record else { return }
    try append(record, to: &flash)
  }

  /// Confirms the running image, then raises the security floor to its counter.
  ///
  /// In this order: a cut in between leaves a floor that the next boot repairs, never a floor above
  /// every image that may boot.
  ///
  /// - Returns: What changed; `.unchanged` for factory, and for an image without faults that was
  ///   confirmed before.
  /// - Throws: `BootStateError.transition`, in particular with `.logUnreadable` if the boot loader
  ///   found the state that is missing now; `.log`, or `.securityCounter` when the confirmation is
  ///   durable but the floor is not raised.
  public mutating func confirm<F: FlashDevice & ~Copyable, S: SecurityCounter & ~Copyable>(
    on flash: inout F, securityCounter: inout S
  ) throws(BootStateError<F.Failure>) -> Confirmation {
    guard let slot = running.slot.updateSlot else { return .unchanged }
    var result = Confirmation.confirmed
    if log.record == nil {
      do throws(TransitionError) { try checkBeginning() } catch { throw .transition(error) }
      var record = BootRecord.reconstructed(confirming: slot, imageTag: running.imageTag)
      record.revokedKeys = log.inheritedRevocations
      try append(record, to: &flash)
    } else {
      let running = running
      try update(on: &flash) { (record) throws(TransitionError) in
        result = try record.confirm(running: running.slot, imageTag: running.imageTag)
      }
    }
    // The floor follows the newest confirmed image only: an older one that was booted once must not
    // lift it above the image that the next boot is going to choose.
    guard log.record?.newestConfirmed == slot else { return result }
    do throws(SecurityCounterError) {
      if try securityCounter.securityFloor() < running.securityCounter {
        try securityCounter.raiseSecurityFloor(to: running.securityCounter)
      }
    } catch {
      throw .securityCounter(error)
    }
    return result
  }

  /// Revokes trusted keys for every image but factory; bit i stands for the key at index i.
  ///
  /// A revocation lives in the metadata log. It outlives a change of the partition table, but not the
  /// loss of the log: from then on the key is trusted again. What must never run again needs a
  /// security counter below the floor as well, which is kept in a store of its own and does outlive it.
  ///
  /// Without a factory image that verifies, the running image has to be the one that the next boots
  /// choose, and signed with another key: otherwise the keys that are left might boot nothing.
  ///
  /// - Parameter factory: Whether there is a factory image that verifies.
  /// - Throws: `BootStateError.transition` with `.everyKeyRevoked`; without factory also
  ///   `.lastKeyOfRunningImage`, `.runningImageNotConfirmed`, `.trialInProgress` or
  ///   `.updatePending`; `.log`.
  public mutating func revoke<F: FlashDevice & ~Copyable>(
    keys: UInt32, trustedKeyCount: Int, factory: FactoryPresence, on flash: inout F
  ) throws(BootStateError<F.Failure>) {
    let running = running
    try update(on: &flash) { (record) throws(TransitionError) in
      if factory == .absent { try record.checkRevocation(of: keys, running: running) }
      try record.revoke(keys: keys, trustedKeyCount: trustedKeyCount)
    }
  }

  /// Rejects the running trial; reset the device next.
  ///
  /// - Throws: `BootStateError.transition` with `.noTrial` if no trial runs, or `.otherImage`; `.log`.
  public mutating func rejectRunning<F: FlashDevice & ~Copyable>(
    on flash: inout F
  ) throws(BootStateError<F.Failure>) {
    let running = running
    guard let slot = running.slot.updateSlot else {
      throw .transition(.factoryIsRunning)
    }
    try update(on: &flash) { (record) throws(TransitionError) in
      try record.rejectRunning(slot, imageTag: running.imageTag)
    }
  }

  private mutating func append<F: FlashDevice & ~Copyable>(
    _ record: BootRecord, to flash: inout F
  ) throws(BootStateError<F.Failure>) {
    do throws(MetadataLogError<F.Failure>) {
      try flash.withPartition(
        metadata, mapFailure: { MetadataLogError.flash($0) }
      ) { (view) throws(MetadataLogError<F.Failure>) in
        try log.append(record, to: &view)
      }
      running.logCondition = .sound
    } catch {
      throw .log(error)
    }
  }
}
