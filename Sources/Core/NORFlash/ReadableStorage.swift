/// Something that can be read at any byte address: a flash, a partition of it, or a file.
///
/// The image parser and the verifier read through this protocol, so that one code path serves the
/// boot loader and the command line.
public protocol ReadableStorage: ~Copyable {
  /// What a read may throw.
  associatedtype Failure: Error

  /// The number of bytes that can be read, starting at address 0.
  var size: UInt32 { get }

  /// Fills the whole buffer with the bytes at `address ..< address + buffer.count`.
  ///
  /// - Throws: `Failure` if the range is not inside the storage or cannot be read. The content of
  ///   the buffer is then unspecified.
  /// - Complexity: O(`buffer.count`)
  mutating func read(at address: UInt32, into buffer: inout MutableSpan<UInt8>) throws(Failure)

  /// Lends `body` the bytes at `address ..< address + count` where they lie, which saves a copy.
  ///
  /// A storage may lend only bytes that nobody changes meanwhile: whoever borrows them reads them
  /// more than once, and has to find the same each time. One that lends nothing leaves this out.
  ///
  /// - Returns: Whether `body` was called; if not, the bytes have to be read.
  /// - Throws: What `body` throws.
  mutating func lend<E: Error>(
    at address: UInt32, count: UInt32, to body: (Span<UInt8>) throws(E) -> Void
  ) throws(E) -> Bool
}

extension ReadableStorage where Self: ~Copyable {
  /// Lends nothing.
  ///
  /// - Returns: false.
  @inlinable
  public mutating func lend<E: Error>(
    at address: UInt32, count: UInt32, to body: (Span<UInt8>) throws(E) -> Void
  ) throws(E) -> Bool {
    false
  }
}
