/// Unpacks a compressed payload as it streams in.
///
/// The host has one on zlib and liblzma; a bare-metal port plugs in its own, in memory of its own: it
/// needs the window, and some kilobytes of tables. Core neither allocates nor keeps a window.
public protocol PayloadDecompressor: ~Copyable {
  /// The largest window in bytes that it can serve; larger ones are refused beforehand.
  var largestWindow: UInt32 { get }

  /// Whether it has the algorithm.
  func supports(_ algorithm: CompressionAlgorithm) -> Bool

  /// Starts a stream; one that was running is dropped.
  ///
  /// - Precondition: It supports the algorithm, and the window is at most `largestWindow`.
  /// - Throws: `DecompressorError`.
  mutating func start(_ method: CompressionMethod) throws(DecompressorError)

  /// Takes some of the input and gives some of the output: as much as there is room for, or as the
  /// input makes.
  ///
  /// Called again with the rest of the input, or with none, if it filled the output. Behind the end
  /// of the stream it takes nothing.
  ///
  /// - Precondition: A stream was started; `output` is not empty.
  /// - Throws: `DecompressorError`. The stream cannot be continued then.
  mutating func decompress(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(DecompressorError) -> DecompressionStep
}

/// What one call of a decompressor did.
public struct DecompressionStep: Equatable, Sendable {
  /// The bytes of the input that were taken.
  public var consumed: Int
  /// The bytes of the output that were written, from its start.
  public var produced: Int
  /// Whether the stream has ended.
  public var isAtEnd: Bool

  /// Describes what a call did.
  public init(consumed: Int, produced: Int, isAtEnd: Bool) {
    self.consumed = consumed
    self.produced = produced
    self.isAtEnd = isAtEnd
  }
}

/// Why a decompressor cannot go on.
public enum DecompressorError: Error, Equatable, Sendable {
  /// The input is not a stream of the algorithm, or not of the window that was announced.
  case damaged
  /// It failed for a reason of its own, such as a lack of memory.
  case failed(code: UInt32)
}

/// The decompressor of a device that has none: it refuses every compressed image.
public struct NoDecompressor: PayloadDecompressor {
  /// Makes the decompressor.
  public init() {}

  /// 0.
  public var largestWindow: UInt32 { 0 }

  /// `false`, whatever the algorithm.
  public func supports(_ algorithm: CompressionAlgorithm) -> Bool { false }

  /// Fails.
  public mutating func start(_ method: CompressionMethod) throws(DecompressorError) {
    throw .failed(code: 0)
  }

  /// Fails.
  public mutating func decompress(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(DecompressorError) -> DecompressionStep {
    throw .failed(code: 0)
  }
}
