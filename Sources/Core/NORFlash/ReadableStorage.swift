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
}
