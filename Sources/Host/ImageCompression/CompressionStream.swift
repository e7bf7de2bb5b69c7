internal import CLZMA
internal import CZlib
import FirmwareImage
import NORFlash

// One type per object of a C library, so that none can be taken for another or outlive its owner.

/// What one call of a compression library did, and whether it can go on.
enum StreamOutcome {
  case step(DecompressionStep)
  case damaged
  case failed(code: UInt32)
}

/// A stream of zlib.
@safe
struct ZlibStream: ~Copyable {
  private let stream: UnsafeMutablePointer<z_stream>
  private let direction: Direction

  private enum Direction {
    case inflate
    case deflate
  }

  /// Starts unpacking; `nil` if zlib cannot.
  init?(unpackingWindowBits bits: UInt8) {
    unsafe self.init(.inflate) { stream in
      unsafe inflateInit2_(stream, Int32(bits), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    }
  }

  /// Starts packing as small as zlib can; `nil` if zlib cannot.
  init?(packingWindowBits bits: UInt8) {
    unsafe self.init(.deflate) { stream in
      unsafe deflateInit2_(
        stream, Z_BEST_COMPRESSION, Z_DEFLATED, Int32(bits), Int32(MAX_MEM_LEVEL),
        Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    }
  }

  private init?(
    _ direction: Direction, _ start: (UnsafeMutablePointer<z_stream>) -> Int32
  ) {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe start(stream) == Z_OK else {
      unsafe stream.deallocate()
      return nil
    }
    unsafe self.stream = stream
    self.direction = direction
  }

  deinit {
    switch direction {
    case .inflate: unsafe inflateEnd(stream)
    case .deflate: unsafe deflateEnd(stream)
    }
    unsafe stream.deallocate()
  }

  /// Takes some of the input and fills some of the output.
  mutating func run(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>, _ phase: StreamPhase
  ) -> StreamOutcome {
    let stream = unsafe stream
    let direction = direction
    let counts = (UInt32(clamping: input.count), UInt32(clamping: output.count))
    let status = unsafe input.withUnsafeBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        // zlib does not write to its input, whatever its type says.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        unsafe stream.pointee.avail_in = counts.0
        unsafe stream.pointee.next_out = target.baseAddress
        unsafe stream.pointee.avail_out = counts.1
        return switch direction {
        case .inflate: unsafe inflate(stream, Z_NO_FLUSH)
        case .deflate: unsafe deflate(stream, phase == .ending ? Z_FINISH : Z_NO_FLUSH)
        }
      }
    }
    let left = unsafe (input: stream.pointee.avail_in, output: stream.pointee.avail_out)
    switch status {
    case Z_OK, Z_BUF_ERROR, Z_STREAM_END:
      return .step(
        DecompressionStep(
          consumed: Int(counts.0 - left.input), produced: Int(counts.1 - left.output),
          isAtEnd: status == Z_STREAM_END))
    // A stream that wants a preset dictionary is none that an image may have.
    case Z_DATA_ERROR, Z_NEED_DICT: return .damaged
    default: return .failed(code: UInt32(bitPattern: status))
    }
  }
}

/// Whether more input follows.
enum StreamPhase {
  case running
  case ending
}

/// A raw LZMA2 stream of liblzma.
@safe
struct LZMA2Stream: ~Copyable {
  private let stream: UnsafeMutablePointer<lzma_stream>

  /// Starts unpacking; `nil` if liblzma cannot.
  init?(unpacking parameters: LZMA2Parameters, _ filter: InstructionFilter) {
    unsafe self.init { stream in
      unsafe Self.withFilters(parameters, filter, preset: nil) { filters in
        unsafe lzma_raw_decoder(stream, filters)
      }
    }
  }

  /// Starts packing with a preset of liblzma, 0 to 9; `nil` if liblzma cannot.
  init?(packing parameters: LZMA2Parameters, _ filter: InstructionFilter, preset: UInt32) {
    unsafe self.init { stream in
      unsafe Self.withFilters(parameters, filter, preset: preset) { filters in
        unsafe lzma_raw_encoder(stream, filters)
      }
    }
  }

  private init?(_ start: (UnsafeMutablePointer<lzma_stream>) -> lzma_ret) {
    let stream = UnsafeMutablePointer<lzma_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: lzma_stream())
    guard unsafe start(stream) == LZMA_OK else {
      unsafe lzma_end(stream)
      unsafe stream.deallocate()
      return nil
    }
    unsafe self.stream = stream
  }

  deinit {
    unsafe lzma_end(stream)
    unsafe stream.deallocate()
  }

  /// Takes some of the input and fills some of the output.
  mutating func run(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>, _ phase: StreamPhase
  ) -> StreamOutcome {
    let stream = unsafe stream
    let counts = (input.count, output.count)
    let status = unsafe input.withUnsafeBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.pointee.next_in = source.baseAddress
        unsafe stream.pointee.avail_in = counts.0
        unsafe stream.pointee.next_out = target.baseAddress
        unsafe stream.pointee.avail_out = counts.1
        return unsafe lzma_code(stream, phase == .ending ? LZMA_FINISH : LZMA_RUN)
      }
    }
    let left = unsafe (input: stream.pointee.avail_in, output: stream.pointee.avail_out)
    switch status {
    case LZMA_OK, LZMA_BUF_ERROR, LZMA_STREAM_END:
      return .step(
        DecompressionStep(
          consumed: counts.0 - left.input, produced: counts.1 - left.output,
          isAtEnd: status == LZMA_STREAM_END))
    case LZMA_DATA_ERROR, LZMA_OPTIONS_ERROR, LZMA_FORMAT_ERROR: return .damaged
    default: return .failed(code: status.rawValue)
    }
  }

  /// Lends out the chain of filters that liblzma wants.
  private static func withFilters(
    _ parameters: LZMA2Parameters, _ filter: InstructionFilter, preset: UInt32?,
    _ body: (UnsafePointer<lzma_filter>) -> lzma_ret
  ) -> lzma_ret {
    var options = unsafe lzma_options_lzma()
    if let preset, unsafe lzma_lzma_preset(&options, preset) != 0 { return LZMA_OPTIONS_ERROR }
    unsafe options.dict_size = parameters.dictionarySize
    unsafe options.lc = UInt32(parameters.literalContextBits)
    unsafe options.lp = UInt32(parameters.literalPositionBits)
    unsafe options.pb = UInt32(parameters.positionBits)
    return unsafe withUnsafeMutablePointer(to: &options) { options in
      var filters: [lzma_filter] = unsafe []
      if filter == .armThumb {
        unsafe filters.append(
          lzma_filter(id: brickproof_lzma_filter_arm_thumb, options: nil))
      }
      unsafe filters.append(
        lzma_filter(id: brickproof_lzma_filter_lzma2, options: UnsafeMutableRawPointer(options)))
      unsafe filters.append(lzma_filter(id: brickproof_lzma_filter_end, options: nil))
      return unsafe filters.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
    }
  }
}
