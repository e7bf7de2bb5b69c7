// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// Why the boot loader does what it does.
public enum BootReason: UInt8, Equatable, Hashable, Sendable {
  /// An update is on trial.
  case trial = 0
  /// The image that was confirmed last runs.
  case confirmed = 1
  /// An update was rejected at this boot, and what ran before it runs again.
  case rollback = 2
  /// The image that was confirmed last cannot run, the one confirmed before it can.
  case previousConfirmed = 3
  /// Only an image that was suspended for its faults, and factory, are left.
  case suspended = 4
  /// No update was ever confirmed.
  case factoryInitial = 5
  /// No update slot can run.
  case factoryFallback = 6
  /// Somebody asked for this slot, once.
  case oneShot = 7
  /// The same run goes on after deep sleep.
  case resumed = 8
  /// The metadata log is lost; factory is the safe choice.
  case logLostFactory = 9
  /// The metadata log is lost and factory cannot run; the highest version does.
  case logLostVersion = 10
  /// Nothing can run.
  case nothingBootable = 11

  /// The published name.
  public var name: StaticString {
    switch self {
    case .trial: "trial"
    case .confirmed: "confirmed"
    case .rollback: "rollback"
    case .previousConfirmed: "previous-confirmed"
    case .suspended: "suspended"
    case .factoryInitial: "factory-initial"
    case .factoryFallback: "factory-fallback"
    case .oneShot: "one-shot"
    case .resumed: "resumed"
    case .logLostFactory: "log-lost-factory"
    case .logLostVersion: "log-lost-version"
    case .nothingBootable: "nothing-bootable"
    }
  }
}

/// What the boot loader does next.
public enum BootOutcome: Equatable, Sendable {
  /// It jumps to the image in this slot.
  case boot(BootSlot)
  /// Nothing can boot: it stays and offers recovery.
  case recovery
}

/// What has to be in the metadata log before the jump.
public enum RecordDuty: Equatable, Sendable {
  /// Nothing is written.
  case none
  /// The record is written; if that fails, the boot goes on.
  case bestEffort(BootRecord)
  /// Without the record there is no jump: decide again with a log that cannot be written.
  case required(BootRecord)

  /// The record to write, if any.
  public var record: BootRecord? {
    switch self {
    case .none: nil
    case .bestEffort(let record), .required(let record): record
    }
  }
}

/// Whether a record has to be in the metadata log before the jump.
public enum RecordNecessity: UInt8, Equatable, Sendable {
  /// Nothing has changed.
  case none
  /// The record is written; if that fails, the boot goes on.
  case bestEffort
  /// Without the record there is no jump.
  case required
}

/// A boot decision with everything that explains it.
///
/// It is filled in place, and holds the record once: the boot loader's size depends on how often
/// large values are copied.
public struct BootDecision: Equatable, Sendable {
  /// What to do.
  public internal(set) var outcome: BootOutcome
  /// Why.
  public internal(set) var reason: BootReason
  /// Whether `record` has to be written first.
  public internal(set) var necessity: RecordNecessity
  /// In a trial, the number of this start, from 1.
  public internal(set) var attempt: UInt8?
  /// In a trial, min(N - faults, M - starts) after this start is counted.
  public internal(set) var attemptsLeft: UInt8?
  /// The security counter that the floor still has to be raised to, after a cut between the confirm
  /// record and the floor.
  public internal(set) var floorRepair: UInt32?
  /// The faults to keep in retained RAM while the log is lost.
  public internal(set) var faultsWithoutLog: FaultCounts
  /// Whether `next` is the state of the device; it is that of two empty slots while the log is lost.
  var hasRecord: Bool
  /// The boot state from now on.
  var next: BootRecord

  /// Makes a decision to be filled in: recovery, because nothing is known yet.
  public init() {
    outcome = .recovery
    reason = .nothingBootable
    necessity = .none
    faultsWithoutLog = FaultCounts()
    hasRecord = false
    next = BootRecord()
  }

  /// The boot state from now on, once `duty` is done; `nil` while the log is lost.
  public var record: BootRecord? { hasRecord ? next : nil }

  /// What to write before doing it.
  public var duty: RecordDuty {
    switch necessity {
    case .none: .none
    case .bestEffort: .bestEffort(next)
    case .required: .required(next)
    }
  }
}

/// One step towards a decision: the next candidate to verify, or the decision itself.
///
/// Verification is lazy, and the decision stays a pure function: verify the slot that is asked for,
/// put the verdict into the situation, and decide again.
public enum BootStep: Equatable, Sendable {
  /// The verdict on this slot is needed.
  case examine(BootSlot)
  /// Nothing more is needed.
  case decided(BootDecision)
}
