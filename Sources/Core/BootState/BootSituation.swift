/// Whether the metadata log takes records.
public enum LogAccess: Equatable, Sendable {
  /// Records can be appended.
  case writable
  /// Appending fails; what was read is still good.
  case readOnly
}

/// Everything a boot decision depends on.
public struct BootSituation: Equatable, Sendable {
  /// The boot state, or `nil` if the metadata log is lost.
  public var record: BootRecord?
  /// Whether the log takes records.
  public var logAccess: LogAccess
  /// Why the device started.
  public var resetCause: ResetCause
  /// What the run before left in RAM, if it survived.
  public var retained: RetainedState?
  /// What is known about the images so far.
  public var verdicts: CandidateVerdicts
  /// The security floor of the device.
  public var securityFloor: UInt32
  /// The rules of the product.
  public var policy: BootPolicy

  /// Makes a situation.
  public init(
    record: BootRecord?, logAccess: LogAccess = .writable, resetCause: ResetCause,
    retained: RetainedState? = nil, verdicts: CandidateVerdicts = CandidateVerdicts(),
    securityFloor: UInt32 = 0, policy: BootPolicy = BootPolicy()
  ) {
    self.record = record
    self.logAccess = logAccess
    self.resetCause = resetCause
    self.retained = retained
    self.verdicts = verdicts
    self.securityFloor = securityFloor
    self.policy = policy
  }

  /// Whether the run before this boot ended in a fault of the image that ran.
  ///
  /// A watchdog that bit while the loader itself was at work is not booked on an image.
  var endedInImageFault: Bool {
    guard resetCause.isFault else { return false }
    guard let retained else { return true }
    if retained.phase == .loader { return false }
    return !(resetCause == .software && retained.isResetPlanned)
  }
}
