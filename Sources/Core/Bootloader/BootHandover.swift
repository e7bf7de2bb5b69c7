public import BootState
public import FirmwareImage

/// Where execution goes on.
public enum EntryPoint: Equatable, Sendable {
  /// In the flash, at this address of the processor.
  case flash(address: UInt32)
  /// In RAM, at this address of the processor.
  case memory(address: UInt32)

  /// The address of the processor.
  public var address: UInt32 {
    switch self {
    case .flash(let address), .memory(let address): address
    }
  }
}

/// What the boot loader found out about one boot slot.
public struct CandidateReport: Equatable, Sendable {
  /// The verdict, as the decision saw it.
  public var verdict: CandidateVerdict
  /// The exact reason of a refusal by the image format.
  public var refusal: ImageRefusal?
  /// The version of an image that verifies.
  public var version: ImageVersion? {
    if case .bootable(let image) = verdict { image.version } else { nil }
  }

  /// Makes a report without a refusal.
  public init(verdict: CandidateVerdict, refusal: ImageRefusal? = nil) {
    self.verdict = verdict
    self.refusal = refusal
  }
}

/// Everything the boot loader tells the image it starts.
///
/// The boot loader works on this value from its first step on, so that nothing has to be put
/// together at the end.
public struct BootHandover: Equatable, Sendable {
  /// What was done, and why.
  public internal(set) var decision: BootDecision
  /// What the decision depended on: boot record, reset cause, verdicts, rules.
  public internal(set) var situation: BootSituation
  /// The health of the metadata log; `nil` if its partition cannot hold a log.
  public internal(set) var logHealth: MetadataLogHealth?
  /// Whether the security floor could be read; without it only factory, which is exempt, can boot.
  public internal(set) var isFloorKnown: Bool
  /// Whether the boot state of the decision is in the log; false if the log did not take it.
  public internal(set) var isRecordDurable: Bool
  var refusals: [3 of ImageRefusal?]
  var entries: [3 of EntryPoint?]

  init(situation: BootSituation, isFloorKnown: Bool) {
    decision = BootDecision()
    self.situation = situation
    self.isFloorKnown = isFloorKnown
    isRecordDurable = true
    refusals = [nil, nil, nil]
    entries = .init(repeating: nil)
  }

  /// Whether both handovers say the same.
  public static func == (left: BootHandover, right: BootHandover) -> Bool {
    left.decision == right.decision && left.situation == right.situation
      && left.logHealth == right.logHealth && left.isFloorKnown == right.isFloorKnown
      && left.isRecordDurable == right.isRecordDurable
      && left.refusals[0] == right.refusals[0] && left.refusals[1] == right.refusals[1]
      && left.refusals[2] == right.refusals[2] && left.entries[0] == right.entries[0]
      && left.entries[1] == right.entries[1] && left.entries[2] == right.entries[2]
  }
}

extension BootHandover {
  /// Why the device started.
  public var resetCause: ResetCause { situation.resetCause }

  /// The security floor, after a repair; `nil` if it could not be read.
  public var securityFloor: UInt32? { isFloorKnown ? situation.securityFloor : nil }

  /// The report on one boot slot.
  public subscript(slot: BootSlot) -> CandidateReport {
    CandidateReport(
      verdict: situation.verdicts[slot], refusal: refusals.span[Int(slot.rawValue)])
  }

  /// What was found out about slot A.
  public var slotA: CandidateReport { self[.slotA] }
  /// What was found out about slot B.
  public var slotB: CandidateReport { self[.slotB] }
  /// What was found out about factory.
  public var factory: CandidateReport { self[.factory] }

  /// The slot that was started; `nil` in recovery.
  public var slot: BootSlot? {
    if case .boot(let slot) = decision.outcome { slot } else { nil }
  }

  /// The entry point; `nil` in recovery.
  public var entry: EntryPoint? { slot.flatMap { entries.span[Int($0.rawValue)] } }

  /// The image that was started; `nil` in recovery.
  public var image: BootableImage? {
    guard let slot, case .bootable(let image) = situation.verdicts[slot] else { return nil }
    return image
  }

  /// What the application needs to know of itself; `nil` in recovery.
  public var running: RunningImage? {
    guard let slot, let image else { return nil }
    return RunningImage(
      slot: slot, imageTag: image.imageTag, securityCounter: image.securityCounter,
      signingKey: image.signingKey, logCondition: logHealth?.condition ?? .lost)
  }

  /// The state of the slot that was started; `nil` for factory, in recovery and without a log.
  public var state: SlotState? {
    guard let slot = slot?.updateSlot else { return nil }
    return decision.record?[slot].state
  }
}
