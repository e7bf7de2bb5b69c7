import BootState
import FirmwareImage
import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// One boot in progress.
struct BootRun {
  let configuration: BootConfiguration
  var situation: BootSituation
  var log: MetadataLog?
  var slotA: Examined
  var slotB: Examined
  var factory: Examined
  /// Whether the security floor is known; without it only factory, which is exempt, can boot.
  let isFloorKnown: Bool
  /// The slot whose image is in RAM.
  var loadedSlot: BootSlot?

  /// What is kept of the examination of a candidate.
  struct Examined {
    var refusal: ImageRefusal?
    var entry: EntryPoint?
  }

  init(
    configuration: BootConfiguration, resetCause: ResetCause, retained: RetainedState?,
    securityFloor: UInt32?
  ) {
    self.configuration = configuration
    isFloorKnown = securityFloor != nil
    situation = BootSituation(
      record: nil, resetCause: resetCause, retained: retained, securityFloor: securityFloor ?? 0,
      policy: configuration.policy)
    if configuration.layout.factory == nil { situation.verdicts.factory = .absent }
    slotA = Examined()
    slotB = Examined()
    factory = Examined()
  }

  subscript(slot: BootSlot) -> Examined {
    get {
      switch slot {
      case .slotA: slotA
      case .slotB: slotB
      case .factory: factory
      }
    }
    set {
      switch slot {
      case .slotA: slotA = newValue
      case .slotB: slotB = newValue
      case .factory: factory = newValue
      }
    }
  }

  /// Finds the boot state.
  ///
  /// - Throws: `BootError.powerLost`. A log that cannot be mounted counts as lost.
  @inline(never)
  mutating func mountLog<F: FlashDevice & ~Copyable>(
    on flash: inout F
  ) throws(BootError<F.Failure>) {
    let layout = configuration.layout
    do throws(MetadataLogError<F.Failure>) {
      log = try flash.withPartition(
        layout.metadata, mapFailure: { MetadataLogError.flash($0) }
      ) { (view) throws(MetadataLogError<F.Failure>) in
        try MetadataLog.mount(on: &view, tableDigest: layout.tableDigest)
      }
    } catch {
      if case .flash(let failure) = error, failure.kind == .powerLost { throw .powerLost(failure) }
    }
    situation.record = log?.record
    situation.logAccess = log.map { $0.health.isWritable } == true ? .writable : .readOnly
  }

  /// Decides, verifies, loads and records until a decision stands.
  ///
  /// Each turn removes a possibility: a verdict becomes known, a candidate turns out not to load, or
  /// the log turns out not to take a record. So it ends.
  @inline(never)
  mutating func reachDecision<
    F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, P: BootPlatform & ~Copyable
  >(
    flash: inout F, crypto: inout C, platform: inout P, buffer: inout MutableSpan<UInt8>
  ) throws(BootError<F.Failure>) -> BootDecision {
    while true {
      switch decide(situation) {
      case .examine(let slot):
        try examine(slot, flash: &flash, crypto: &crypto, platform: &platform, buffer: &buffer)
      case .decided(let decision):
        if case .boot(let slot) = decision.outcome, case .memory = self[slot].entry,
          loadedSlot != slot
        {
          try examine(slot, flash: &flash, crypto: &crypto, platform: &platform, buffer: &buffer)
          continue
        }
        guard let record = decision.duty.record else { return decision }
        if try append(record, to: &flash) { return decision }
        situation.logAccess = .readOnly
        if case .bestEffort = decision.duty { return decision }
      }
    }
  }

  /// Puts a record into the log.
  ///
  /// - Returns: Whether the record is durable.
  @inline(never)
  private mutating func append<F: FlashDevice & ~Copyable>(
    _ record: BootRecord, to flash: inout F
  ) throws(BootError<F.Failure>) -> Bool {
    guard situation.logAccess == .writable, var log else { return false }
    do throws(MetadataLogError<F.Failure>) {
      try flash.withPartition(
        configuration.layout.metadata, mapFailure: { MetadataLogError.flash($0) }
      ) { (view) throws(MetadataLogError<F.Failure>) in
        try log.append(record, to: &view)
      }
      self.log = log
      return true
    } catch {
      // Its health is part of the handover.
      self.log = log
      if case .flash(let failure) = error, failure.kind == .powerLost { throw .powerLost(failure) }
      return false
    }
  }

  /// Raises the floor to what a cut after the confirm record left out; the next boot tries again if
  /// the store does not take it.
  mutating func repairFloor<P: BootPlatform & ~Copyable>(to floor: UInt32, platform: inout P) {
    do throws(SecurityCounterError) {
      try platform.raiseSecurityFloor(to: floor)
      situation.securityFloor = floor
    } catch {}
  }

  /// What the next boot finds in retained RAM.
  func retainedState(after decision: BootDecision) -> RetainedState {
    var state = RetainedState()
    if case .boot(let slot) = decision.outcome {
      state.phase = .application
      state.runningSlot = slot
    }
    state.faultsWithoutLog = decision.faultsWithoutLog
    return state
  }

  /// The value that explains this boot to the image.
  @inline(never)
  func handover(for decision: BootDecision) -> BootHandover {
    var handover = BootHandover(
      decision: decision, resetCause: situation.resetCause, entry: nil, image: nil,
      slotA: CandidateReport(verdict: situation.verdicts.slotA, refusal: slotA.refusal),
      slotB: CandidateReport(verdict: situation.verdicts.slotB, refusal: slotB.refusal),
      factory: CandidateReport(verdict: situation.verdicts.factory, refusal: factory.refusal),
      logHealth: log?.health, securityFloor: isFloorKnown ? situation.securityFloor : nil)
    if case .boot(let slot) = decision.outcome {
      handover.entry = self[slot].entry
      if case .bootable(let image) = situation.verdicts[slot] { handover.image = image }
    }
    return handover
  }
}
