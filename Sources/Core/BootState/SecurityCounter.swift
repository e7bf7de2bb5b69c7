/// The security floor of a device: a number in OTP, fuses or a secure element that only ever rises.
///
/// It lives beside the flash, so that whoever can write the flash cannot lower it. Images below it
/// are refused; factory is exempt.
public protocol SecurityCounter: ~Copyable {
  /// The security floor.
  ///
  /// - Throws: `SecurityCounterError.unreadable`.
  mutating func securityFloor() throws(SecurityCounterError) -> UInt32

  /// Whether the floor could be raised to `value`.
  ///
  /// Asked before an update is staged: a store of fuses can be used up.
  func canRaiseSecurityFloor(to value: UInt32) -> Bool

  /// Raises the floor; a value that is not above it changes nothing.
  ///
  /// - Throws: `SecurityCounterError`.
  mutating func raiseSecurityFloor(to value: UInt32) throws(SecurityCounterError)
}

/// Why the security floor cannot be read or raised.
public enum SecurityCounterError: Error, Equatable, Sendable {
  /// The store cannot be read.
  case unreadable
  /// The store cannot hold `value` any more.
  case exhausted(value: UInt32)
  /// The store did not take the value.
  case writeFailed(value: UInt32)
}
