public import NORFlash

/// One operation of a flash: a page or unit to program, or a block to erase.
public struct FlashOperation: Hashable, Sendable {
  /// What is done.
  public typealias Kind = PowerCutRecord.Operation

  /// What is done.
  public var kind: Kind
  /// The address of the first byte.
  public var address: UInt32
  /// The number of bytes.
  public var count: UInt32

  /// Describes an operation.
  public init(kind: Kind, address: UInt32, count: UInt32) {
    self.kind = kind
    self.address = address
    self.count = count
  }
}

/// What becomes of an operation that an observer has seen.
public enum FlashObserverVerdict: Sendable {
  /// It happens.
  case perform
  /// It reports success and changes nothing, as on a supply that is just too low.
  case drop
}

/// Sees every operation of a flash before it happens.
public protocol FlashObserver: AnyObject {
  /// Called before each operation, with its bytes (none for an erase).
  ///
  /// May try out on `flash` what a cut would leave, if it rolls back, or take its power away.
  ///
  /// - Throws: What the caller of the flash shall see; nothing is performed then.
  func flash(
    _ flash: inout EmulatedFlash, willPerform operation: FlashOperation, bytes: Span<UInt8>
  ) throws(FlashError) -> FlashObserverVerdict
}
