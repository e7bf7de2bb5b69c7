public import NORFlash

/// Bytes that several threads read at the same time.
public protocol SharedStorage: ~Copyable, Sendable {
  /// What a read may throw.
  associatedtype Failure: Error

  /// The number of bytes that can be read, starting at address 0.
  var size: UInt32 { get }

  /// Lends bytes to `body`: where they lie, or copied into `buffer`.
  ///
  /// - Precondition: `buffer` holds at least `count` bytes.
  /// - Throws: `Failure` if the range is not inside the storage or cannot be read.
  func withBytes<Result>(
    at address: UInt32, count: Int, buffer: inout MutableSpan<UInt8>,
    _ body: (Span<UInt8>) -> Result
  ) throws(Failure) -> Result
}

extension FileStorage: SharedStorage {
  /// Reads bytes into `buffer`, and lends them to `body`.
  ///
  /// - Throws: `FileStorageError.outOfBounds` or `.cannotRead`.
  public func withBytes<Result>(
    at address: UInt32, count: Int, buffer: inout MutableSpan<UInt8>,
    _ body: (Span<UInt8>) -> Result
  ) throws(FileStorageError) -> Result {
    var place = buffer._mutatingExtracting(first: count)
    try fill(&place, from: address)
    return body(place.span)
  }
}

extension MemoryStorage: SharedStorage {
  /// Lends bytes to `body` where they lie.
  ///
  /// - Throws: `FlashError.outOfBounds`.
  public func withBytes<Result>(
    at address: UInt32, count: Int, buffer: inout MutableSpan<UInt8>,
    _ body: (Span<UInt8>) -> Result
  ) throws(FlashError) -> Result {
    let end = UInt64(address) + UInt64(count)
    guard end <= UInt64(bytes.count) else {
      throw .outOfBounds(address: address, count: UInt32(truncatingIfNeeded: count))
    }
    return body(bytes.span.extracting(Int(address)..<Int(end)))
  }
}
