import BootState
import FirmwareImage
import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// One boot in progress.
struct BootRun<Features: BootFeatures>: ~Copyable {
  var handover: BootHandover
  /// The examination of the candidate that was asked for last.
  var examination: ImageExamination<Features>
  /// The metadata log; empty unless `hasLog`.
  var log = MetadataLog()
  /// Whether the log is mounted.
  var hasLog = false
  /// The slot whose image is in RAM.
  var loadedSlot: BootSlot?

  init(
    configuration: BootConfiguration, resetCause: ResetCause, retained: RetainedState?,
    securityFloor: UInt32?
  ) {
    examination = ImageExamination(requirements: configuration.requirementsOfEverySlot())
    handover = BootHandover(
      situation: BootSituation(
        record: nil, resetCause: resetCause, retained: retained,
        securityFloor: securityFloor ?? 0, policy: configuration.policy),
      isFloorKnown: securityFloor != nil)
    if configuration.layout.factory == nil { handover.situation.verdicts.factory = .absent }
  }

  /// Finds the boot state.
  ///
  /// - Throws: `BootError.powerLost`. A log that cannot be mounted counts as lost.
  @inline(never)
  mutating func mountLog<F: FlashDevice & ~Copyable>(
    on flash: inout F, configuration: BootConfiguration
  ) throws(BootError<F.Failure>) {
    let layout = configuration.layout
    do throws(MetadataLogError<F.Failure>) {
      try flash.withPartition(
        layout.metadata, mapFailure: { MetadataLogError.flash($0) }
      ) { (view) throws(MetadataLogError<F.Failure>) in
        try log.mount(on: &view, tableDigest: layout.tableDigest, copies: Features.LogCopies.self)
      }
      hasLog = true
    } catch {
      if case .flash(let failure) = error, failure.kind == .powerLost { throw .powerLost(failure) }
    }
    handover.situation.record = log.record
    handover.situation.logAccess = hasLog && log.health.isWritable ? .writable : .readOnly
  }

  /// Decides, verifies, loads and records until a decision stands.
  ///
  /// Each turn removes a possibility: a verdict becomes known, a candidate turns out not to load, or
  /// the log turns out not to take a record. So it ends.
  @inline(never)
  mutating func reachDecision<
    F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, P: BootPlatform & ~Copyable
  >(
    flash: inout F, configuration: BootConfiguration, crypto: inout C, platform: inout P,
    buffer: inout MutableSpan<UInt8>
  ) throws(BootError<F.Failure>) {
    while true {
      var needed = handover.situation.decide(into: &handover.decision)
      if Features.loadedImages, needed == nil, let slot = handover.slot,
        case .memory? = handover.entry, loadedSlot != slot
      {
        needed = slot
      }
      if let needed {
        try examine(
          needed, flash: &flash, configuration: configuration, crypto: &crypto, platform: &platform,
          buffer: &buffer)
        continue
      }
      if handover.decision.necessity == .none { return }
      if try appendRecord(to: &flash, configuration: configuration) { return }
      handover.situation.logAccess = .readOnly
      if handover.decision.necessity == .bestEffort {
        handover.isRecordDurable = false
        return
      }
    }
  }

  /// Puts the record of the decision into the log.
  ///
  /// - Returns: Whether the record is durable.
  @inline(never)
  private mutating func appendRecord<F: FlashDevice & ~Copyable>(
    to flash: inout F, configuration: BootConfiguration
  ) throws(BootError<F.Failure>) -> Bool {
    guard handover.situation.logAccess == .writable, hasLog,
      let record = handover.decision.record
    else { return false }
    do throws(MetadataLogError<F.Failure>) {
      try flash.withPartition(
        configuration.layout.metadata, mapFailure: { MetadataLogError.flash($0) }
      ) { (view) throws(MetadataLogError<F.Failure>) in
        try log.append(record, to: &view, copies: Features.LogCopies.self)
      }
      return true
    } catch {
      if case .flash(let failure) = error, failure.kind == .powerLost { throw .powerLost(failure) }
      return false
    }
  }

  /// Raises the floor to what a cut after the confirm record left out; the next boot tries again if
  /// the store does not take it.
  mutating func repairFloor<P: BootPlatform & ~Copyable>(platform: inout P) {
    guard let floor = handover.decision.floorRepair else { return }
    do throws(SecurityCounterError) {
      try platform.raiseSecurityFloor(to: floor)
      handover.situation.securityFloor = floor
    } catch {}
  }

  /// What the next boot finds in retained RAM.
  var retainedState: RetainedState {
    var state = RetainedState()
    if let slot = handover.slot {
      state.phase = .application
      state.runningSlot = slot
    }
    state.faultsWithoutLog = handover.decision.faultsWithoutLog
    return state
  }
}
