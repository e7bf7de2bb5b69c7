public import NORFlash

/// Bytes in memory, read as a storage.
public struct MemoryStorage: ReadableStorage, Sendable {
  /// The bytes.
  public let bytes: [UInt8]

  /// Takes the bytes.
  ///
  /// - Precondition: There are less than 4 GiB.
  public init(_ bytes: [UInt8]) {
    precondition(UInt32(exactly: bytes.count) != nil, "a storage ends below 4 GiB")
    self.bytes = bytes
  }

  /// The number of bytes.
  public var size: UInt32 { UInt32(bytes.count) }

  /// Copies the bytes at `address`.
  ///
  /// - Throws: `FlashError.outOfBounds`.
  public mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(FlashError) {
    let end = UInt64(address) + UInt64(buffer.count)
    guard end <= UInt64(bytes.count) else {
      throw .outOfBounds(address: address, count: UInt32(truncatingIfNeeded: buffer.count))
    }
    buffer.copy(bytes.span.extracting(Int(address)..<Int(end)))
  }

  /// Lends the bytes at `address`, if they are there.
  public mutating func lend<E: Error>(
    at address: UInt32, count: UInt32, to body: (Span<UInt8>) throws(E) -> Void
  ) throws(E) -> Bool {
    let end = UInt64(address) + UInt64(count)
    guard end <= UInt64(bytes.count) else { return false }
    try body(bytes.span.extracting(Int(address)..<Int(end)))
    return true
  }
}
