import BootState
public import Bootloader
import FirmwareImage

/// A boot handover as JSON: the stable, published form.
public struct BootReport: Codable, Equatable, Sendable {
  /// What was found out about one boot slot.
  public struct Candidate: Codable, Equatable, Sendable {
    /// `factory`, `slot-a` or `slot-b`.
    public var slot: String
    /// `bootable`, `refused`, `unreadable`, `not-examined` or `absent`.
    public var verdict: String
    /// The class of a refusal, as the boot record keeps it.
    public var cause: String?
    /// The exact reason of a refusal, by name.
    public var refusal: String?
    /// The exact reason of a refusal, in words.
    public var detail: String?
    /// The version of an image that verifies.
    public var version: String?
    /// The state of the slot; `nil` for factory and while the log is lost.
    public var state: String?
    /// Why the image is rejected for good, as the boot record keeps it.
    public var rejection: String?
    /// Why the slot was not started, in words; `nil` for the one that was.
    public var passedOver: String?
  }

  /// The health of the metadata log.
  public struct Log: Codable, Equatable, Sendable {
    /// `sound`, `virgin`, `lost` or `other-table`.
    public var condition: String
    /// Whether the log takes records.
    public var isWritable: Bool
    /// Whether the mount repeated an uncertain record.
    public var wroteEcho: Bool
    /// Whether the mount finished an interrupted move to another sector.
    public var finishedMove: Bool
    /// The record positions used in the current sector.
    public var positionsUsed: UInt32
    /// The record positions of a sector.
    public var positionCapacity: UInt32
    /// The positions that could not be read.
    public var unreadablePositions: UInt32
    /// `single`, `both-halves`, `first-half-only` or `second-half-only`.
    public var redundancy: String
    /// Whether the mount wrote the state to both halves of the log again.
    public var isMirrorRepaired: Bool
  }

  /// The version of this form.
  public var formatVersion = 1
  /// `boot` or `recovery`.
  public var outcome: String
  /// The slot that was started; `nil` in recovery.
  public var slot: String?
  /// Why.
  public var reason: String
  /// The state of the slot that was started; `nil` for factory, in recovery and without a log.
  public var state: String?
  /// The version of the image that was started; `nil` in recovery.
  public var version: String?
  /// In a trial, the number of this start.
  public var attempt: UInt8?
  /// In a trial, the starts that are left.
  public var attemptsLeft: UInt8?
  /// Why the device started.
  public var resetCause: String
  /// Where execution goes on.
  public var entry: UInt32?
  /// `flash` or `memory`.
  public var entryKind: String?
  /// The security floor; `nil` if it could not be read.
  public var securityFloor: UInt32?
  /// The verdict on each boot slot: slot A, slot B, factory.
  public var candidates: [Candidate]
  /// The health of the metadata log; `nil` if there is none.
  public var log: Log?

  /// Describes a handover.
  public init(_ handover: BootHandover) {
    if let slot = handover.slot {
      outcome = "boot"
      self.slot = "\(slot.name)"
    } else {
      outcome = "recovery"
    }
    reason = "\(handover.decision.reason.name)"
    state = handover.state.map { "\($0.name)" }
    version = handover.image.map { "\($0.version)" }
    attempt = handover.decision.attempt
    attemptsLeft = handover.decision.attemptsLeft
    resetCause = "\(handover.resetCause.name)"
    entry = handover.entry?.address
    switch handover.entry {
    case .flash: entryKind = "flash"
    case .memory: entryKind = "memory"
    case nil: break
    }
    securityFloor = handover.securityFloor
    candidates = [BootSlot.slotA, .slotB, .factory].map { slot in
      Candidate(slot, in: handover)
    }
    log = handover.logHealth.map(Log.init)
  }

  private enum CodingKeys: String, CodingKey {
    case formatVersion, outcome, slot, reason, state, version, attempt, attemptsLeft, resetCause
    case entry, entryKind, securityFloor, candidates, log
  }

  /// Writes every key, also those without a value: readers find `null`, never a missing key.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(formatVersion, forKey: .formatVersion)
    try container.encode(outcome, forKey: .outcome)
    try container.encode(slot, forKey: .slot)
    try container.encode(reason, forKey: .reason)
    try container.encode(state, forKey: .state)
    try container.encode(version, forKey: .version)
    try container.encode(attempt, forKey: .attempt)
    try container.encode(attemptsLeft, forKey: .attemptsLeft)
    try container.encode(resetCause, forKey: .resetCause)
    try container.encode(entry, forKey: .entry)
    try container.encode(entryKind, forKey: .entryKind)
    try container.encode(securityFloor, forKey: .securityFloor)
    try container.encode(candidates, forKey: .candidates)
    try container.encode(log, forKey: .log)
  }
}

extension BootReport.Log {
  init(_ health: MetadataLogHealth) {
    condition = "\(health.condition.name)"
    isWritable = health.isWritable
    wroteEcho = health.wroteEcho
    finishedMove = health.finishedMove
    positionsUsed = health.positionsUsed
    positionCapacity = health.positionCapacity
    unreadablePositions = health.unreadablePositions
    redundancy = "\(health.redundancy.name)"
    isMirrorRepaired = health.isMirrorRepaired
  }
}
