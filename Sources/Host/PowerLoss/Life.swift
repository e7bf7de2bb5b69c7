/// Why a device starts, as one byte that belongs to the state of the device.
public struct ResetCode: RawRepresentable, Hashable, Sendable {
  /// The byte.
  public var rawValue: UInt8

  /// Any code; those of the constants are taken.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The power returned: retained RAM is empty.
  public static let powerOn = ResetCode(rawValue: 0)
  /// A reset in the middle of something, by a watchdog or a pin, with the power on.
  public static let warm = ResetCode(rawValue: 1)
  /// The processor stopped with a fault and was reset.
  public static let trap = ResetCode(rawValue: 2)
  /// The software reset the device on purpose.
  public static let planned = ResetCode(rawValue: 3)
}

/// How one power-on ended, if nothing cut it.
public enum Life: Equatable, Sendable {
  /// The device has reached a state that it keeps; the text names it, such as a version.
  case settled(String)
  /// The device resets, to be started again.
  case resets(ResetCode)
  /// Something happened that must never happen.
  case violates(invariant: String, detail: String)
}

/// Something that must never happen has happened.
public struct InvariantViolation: Error, Hashable, Sendable {
  /// The rule that is broken, in a word or two.
  public var invariant: String
  /// What happened, in one line.
  public var detail: String

  /// Makes a violation to throw.
  public init(_ invariant: String, _ detail: String) {
    self.invariant = invariant
    self.detail = detail
  }
}
