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
public struct BootHandover: Equatable, Sendable {
  /// What was done, and why.
  public var decision: BootDecision
  /// Why the device started.
  public var resetCause: ResetCause
  /// The entry point; `nil` in recovery.
  public var entry: EntryPoint?
  /// The image that was started; `nil` in recovery.
  public var image: BootableImage?
  /// What was found out about slot A.
  public var slotA: CandidateReport
  /// What was found out about slot B.
  public var slotB: CandidateReport
  /// What was found out about factory.
  public var factory: CandidateReport
  /// The health of the metadata log; `nil` if its partition cannot hold a log.
  public var logHealth: MetadataLogHealth?
  /// The security floor, after a repair; `nil` if it could not be read.
  public var securityFloor: UInt32?

  /// The report on one boot slot.
  public subscript(slot: BootSlot) -> CandidateReport {
    switch slot {
    case .slotA: slotA
    case .slotB: slotB
    case .factory: factory
    }
  }

  /// The slot that was started; `nil` in recovery.
  public var slot: BootSlot? {
    if case .boot(let slot) = decision.outcome { slot } else { nil }
  }

  /// What the application needs to know of itself; `nil` in recovery.
  public var running: RunningImage? {
    guard let slot, let image else { return nil }
    return RunningImage(
      slot: slot, imageTag: image.imageTag, securityCounter: image.securityCounter,
      signingKey: image.signingKey)
  }

  /// The state of the slot that was started; `nil` for factory, in recovery and without a log.
  public var state: SlotState? {
    guard let slot = slot?.updateSlot else { return nil }
    return decision.record?[slot].state
  }
}
