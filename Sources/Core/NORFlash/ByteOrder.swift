// Every multi-byte field of every format of this project is read and written here.

extension Span where Element == UInt8 {
  /// The 16-bit little-endian number at `offset`.
  ///
  /// - Precondition: The two bytes are inside the span.
  @inlinable
  public func littleEndianUInt16(at offset: Int) -> UInt16 {
    UInt16(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// The 32-bit little-endian number at `offset`.
  ///
  /// - Precondition: The four bytes are inside the span.
  @inlinable
  public func littleEndianUInt32(at offset: Int) -> UInt32 {
    UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The 64-bit little-endian number at `offset`.
  ///
  /// - Precondition: The eight bytes are inside the span.
  @inlinable
  public func littleEndianUInt64(at offset: Int) -> UInt64 {
    UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The 32-bit big-endian number at `offset`.
  ///
  /// - Precondition: The four bytes are inside the span.
  @inlinable
  public func bigEndianUInt32(at offset: Int) -> UInt32 {
    UInt32(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Whether both spans hold the same bytes.
  ///
  /// Not constant-time: for public data only.
  ///
  /// - Complexity: O(`count`)
  @inlinable
  public func isEqual(to other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index] != other[index] { return false }
    return true
  }

  /// Whether every byte equals `value`; true for an empty span.
  ///
  /// - Complexity: O(`count`)
  @inlinable
  public func isFilled(with value: UInt8) -> Bool {
    for index in indices where self[index] != value { return false }
    return true
  }
}

extension MutableSpan where Element == UInt8 {
  /// Stores a 16-bit number at `offset`, least significant byte first.
  ///
  /// - Precondition: The two bytes are inside the span.
  @inlinable
  public mutating func store(littleEndian value: UInt16, at offset: Int) {
    var raw = unsafe mutableBytes
    raw.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt16.self)
  }

  /// Stores a 32-bit number at `offset`, least significant byte first.
  ///
  /// - Precondition: The four bytes are inside the span.
  @inlinable
  public mutating func store(littleEndian value: UInt32, at offset: Int) {
    var raw = unsafe mutableBytes
    raw.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
  }

  /// Stores a 64-bit number at `offset`, least significant byte first.
  ///
  /// - Precondition: The eight bytes are inside the span.
  @inlinable
  public mutating func store(littleEndian value: UInt64, at offset: Int) {
    var raw = unsafe mutableBytes
    raw.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt64.self)
  }

  /// Copies all of `source` to `offset`.
  ///
  /// - Precondition: `offset ..< offset + source.count` is inside the span.
  /// - Complexity: O(`source.count`), one `memcpy`
  @inlinable
  public mutating func copy(_ source: Span<UInt8>, at offset: Int = 0) {
    precondition(
      offset >= 0 && offset <= count && source.count <= count - offset, "copy out of bounds")
    unsafe withUnsafeMutableBytes { destination in
      unsafe source.withUnsafeBytes { bytes in
        guard let from = bytes.baseAddress, let to = destination.baseAddress else { return }
        unsafe (to + offset).copyMemory(from: from, byteCount: bytes.count)
      }
    }
  }
}
