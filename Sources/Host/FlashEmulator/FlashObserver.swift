public import NORFlash

/// What becomes of an operation that an observer has seen.
public enum FlashObserverVerdict: Sendable {
  /// It happens.
  case perform
  /// It reports success and changes nothing, as on a supply that is just too low.
  case drop
}

/// Sees every operation and every read of a flash before it happens.
public protocol FlashObserver: AnyObject {
  /// Called before each operation, with its bytes (none for an erase).
  ///
  /// May try out on `flash` what a cut would leave, if it rolls back, or take its power away.
  ///
  /// - Throws: What the caller of the flash shall see; nothing is performed then.
  func flash(
    _ flash: inout EmulatedFlash, willPerform operation: FlashOperation, bytes: Span<UInt8>
  ) throws(FlashError) -> FlashObserverVerdict

  /// Called before each read.
  func flash(_ flash: inout EmulatedFlash, willRead address: UInt32, count: UInt32)
}
