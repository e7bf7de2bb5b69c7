/// A run of bytes of a flash: `start ..< start + count`.
///
/// The end is computed in 64 bits, so that a range may end at the top of the address space.
public struct FlashRange: Equatable, Hashable, Sendable {
  /// The address of the first byte.
  public var start: UInt32
  /// The number of bytes.
  public var count: UInt32

  /// Makes the range `start ..< start + count`.
  public init(start: UInt32, count: UInt32) {
    self.start = start
    self.count = count
  }

  /// The address just behind the last byte.
  public var end: UInt64 { UInt64(start) + UInt64(count) }

  /// Whether `address` is one of the bytes of this range.
  public func contains(_ address: UInt32) -> Bool {
    address >= start && UInt64(address) < end
  }

  /// Whether all of `other` lies inside this range.
  public func contains(_ other: FlashRange) -> Bool {
    other.start >= start && other.end <= end
  }

  /// Whether the two ranges share a byte.
  public func overlaps(_ other: FlashRange) -> Bool {
    count > 0 && other.count > 0 && UInt64(start) < other.end && UInt64(other.start) < end
  }
}
