public import FirmwareImage
import NORFlash

/// Compresses a payload as it streams in: zlib as small as it can, or LZMA2 as imgtool does.
///
/// The same payload gives the same bytes, whatever the pieces it comes in.
public struct PayloadCompressor: ~Copyable {
  private var zlib: ZlibStream?
  private var lzma2: LZMA2Stream?
  /// The parameters in front of an LZMA2 stream, until they are given out.
  private var head: [UInt8] = []

  /// The preset of liblzma that imgtool uses.
  private static let imageToolPreset: UInt32 = 9

  /// Starts to compress.
  ///
  /// - Throws: `PayloadCompressorError.unavailable` if the library does not have the parameters, or
  ///   no memory.
  public init(_ method: CompressionMethod) throws(PayloadCompressorError) {
    switch method {
    case .zlib(let windowBits):
      guard let stream = ZlibStream(packingWindowBits: windowBits) else { throw .unavailable }
      zlib = consume stream
    case .lzma2(let parameters, let filter):
      guard
        let stream = LZMA2Stream(
          packing: parameters, filter, preset: Self.imageToolPreset)
      else { throw .unavailable }
      lzma2 = consume stream
      let (first, second) = parameters.encoded
      head = [first, second]
    }
  }

  /// Takes the next bytes of the payload.
  ///
  /// - Returns: What came out so far; usually nothing, for a library collects before it writes.
  /// - Throws: `PayloadCompressorError.failed`.
  public mutating func compress(_ input: Span<UInt8>) throws(PayloadCompressorError) -> [UInt8] {
    try run(input, .running)
  }

  /// Ends the stream.
  ///
  /// - Returns: The rest of what comes out.
  /// - Throws: `PayloadCompressorError.failed`.
  public mutating func finish() throws(PayloadCompressorError) -> [UInt8] {
    try run(Span(), .ending)
  }

  private mutating func run(
    _ input: Span<UInt8>, _ phase: StreamPhase
  ) throws(PayloadCompressorError) -> [UInt8] {
    var result = head
    head = []
    var room = [UInt8](repeating: 0, count: 65_536)
    var taken = 0
    while true {
      var output = room.mutableSpan
      let outcome =
        zlib?.run(input.extracting(taken...), into: &output, phase)
        ?? lzma2?.run(input.extracting(taken...), into: &output, phase) ?? .failed(code: 0)
      guard case .step(let step) = outcome else { throw .failed }
      taken += step.consumed
      result += room.prefix(step.produced)
      if phase == .ending ? step.isAtEnd : taken == input.count && step.produced < room.count {
        return result
      }
      guard step.consumed > 0 || step.produced > 0 else { throw .failed }
    }
  }
}

/// Why a payload cannot be compressed.
public enum PayloadCompressorError: Error, Equatable, Sendable {
  /// The library does not have the parameters, or no memory.
  case unavailable
  /// The library failed.
  case failed
}
