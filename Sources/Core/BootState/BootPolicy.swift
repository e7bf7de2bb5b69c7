/// Whether a device may leave an image that was already confirmed.
///
/// An image that confirmed itself may have migrated data that the older one cannot read; whoever
/// builds the product decides.
public enum LateFallback: UInt8, Equatable, Sendable {
  /// To the previously confirmed image, then to factory.
  case allowed = 0
  /// Only to factory, never to the previous image.
  case factoryOnly = 1
  /// Not for faults; factory only if the image no longer verifies.
  case never = 2
}

/// How many candidates are verified at a boot.
public enum Examination: UInt8, Equatable, Sendable {
  /// In order, until one can boot.
  case untilBootable = 0
  /// All of them, so that the handover can say what would have come next.
  case everyCandidate = 1
}

/// The rules that a product chooses for its boot decisions.
public struct BootPolicy: Equatable, Sendable {
  /// N: the trial runs that may end in a fault before an update is rejected, at least 1.
  public var faultLimit: UInt8
  /// M: the trial runs in all before an update is rejected, at least `faultLimit`.
  public var startLimit: UInt8
  /// The faults in a row after which a confirmed image is suspended; 0 switches this off.
  public var confirmedFaultLimit: UInt8
  /// Whether a device may leave a confirmed image.
  public var lateFallback: LateFallback
  /// How many candidates are verified.
  public var examination: Examination

  /// Makes a policy; the defaults suit a device with a watchdog and nobody nearby.
  public init(
    faultLimit: UInt8 = 3, startLimit: UInt8 = 8, confirmedFaultLimit: UInt8 = 5,
    lateFallback: LateFallback = .allowed, examination: Examination = .untilBootable
  ) {
    self.faultLimit = max(1, faultLimit)
    self.startLimit = max(max(1, faultLimit), startLimit)
    self.confirmedFaultLimit = confirmedFaultLimit
    self.lateFallback = lateFallback
    self.examination = examination
  }
}
