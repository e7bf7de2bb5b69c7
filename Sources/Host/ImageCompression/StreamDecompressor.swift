public import FirmwareImage

/// The decompressor on zlib and liblzma: a stand-in for the one of a device.
public struct StreamDecompressor: ~Copyable, PayloadDecompressor {
  /// The window of a decompressor that takes what imgtool makes: 128 KiB.
  public static var defaultLargestWindow: UInt32 { 131_072 }

  /// The largest window in bytes that it serves.
  public let largestWindow: UInt32
  private var zlib: ZlibStream?
  private var lzma2: LZMA2Stream?

  /// Makes a decompressor that serves windows of up to `largestWindow` bytes; 0 for none at all.
  public init(largestWindow: UInt32 = StreamDecompressor.defaultLargestWindow) {
    self.largestWindow = largestWindow
  }

  /// Whether it serves any window at all.
  public func supports(_ algorithm: CompressionAlgorithm) -> Bool { largestWindow > 0 }

  /// Starts a stream; one that was running is dropped.
  ///
  /// - Throws: `DecompressorError.failed` if there is no memory.
  public mutating func start(_ method: CompressionMethod) throws(DecompressorError) {
    zlib = nil
    lzma2 = nil
    switch method {
    case .zlib(let windowBits):
      guard let stream = ZlibStream(unpackingWindowBits: windowBits) else {
        throw .failed(code: 0)
      }
      zlib = consume stream
    case .lzma2(let parameters, let filter):
      guard let stream = LZMA2Stream(unpacking: parameters, filter) else {
        throw .failed(code: 0)
      }
      lzma2 = consume stream
    }
  }

  /// Takes some of the input and gives some of the output.
  ///
  /// - Throws: `DecompressorError`; `.failed` also if no stream was started.
  public mutating func decompress(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(DecompressorError) -> DecompressionStep {
    let outcome =
      zlib?.run(input, into: &output, .running)
      ?? lzma2?.run(input, into: &output, .running) ?? .failed(code: 0)
    switch outcome {
    case .step(let step): return step
    case .damaged: throw .damaged
    case .failed(let code): throw .failed(code: code)
    }
  }
}
