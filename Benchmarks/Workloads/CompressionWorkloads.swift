import CReference
import FirmwareImage
import ImageCompression
import NORFlash

/// Unpacking a payload that compresses about as well as machine code.
public final class CompressionWorkloads {
  private static let window = 1 << 16
  private let payload: [UInt8]

  /// Makes a payload of `size` bytes.
  public init(size: Int) { payload = Material.codeLikeBytes(size, seed: 4) }

  /// By zlib, as the installer unpacks it.
  public var zlib: Workload {
    get throws { try unpacking("unpack zlib", .zlib(windowBits: 15), headSize: 0) }
  }

  /// By LZMA2 with the parameters of imgtool.
  public var lzma2: Workload {
    get throws {
      try unpacking(
        "unpack LZMA2", .lzma2(.imageTool, .none), headSize: LZMA2Parameters.encodedSize)
    }
  }

  /// By zlib straight from C.
  public var reference: Workload {
    get throws {
      var packed = [UInt8](repeating: 0, count: payload.count + 1_024)
      let size = unsafe reference_deflate(payload, payload.count, &packed, packed.count)
      let expected = Int64(payload.count)
      guard size > 0 else { throw WrongResult("zlib does not compress") }
      return Workload("zlib in C", .bytes(payload.count)) {
        guard unsafe reference_inflate(packed, Int(size), Self.window) == expected else {
          throw WrongResult("zlib does not unpack")
        }
      }
    }
  }

  private func unpacking(
    _ name: String, _ method: CompressionMethod, headSize: Int
  ) throws -> Workload {
    let payload = payload
    var compressor = try PayloadCompressor(method)
    var packed = try compressor.compress(payload.span)
    packed += try compressor.finish()
    let stream = Array(packed.dropFirst(headSize))
    let size = payload.count
    return Workload(name, .bytes(size)) {
      let given = try Self.unpack(stream, method, size)
      guard given == size else { throw WrongResult("\(name) gives \(given) of \(size) bytes") }
    }
  }

  private static func unpack(
    _ stream: [UInt8], _ method: CompressionMethod, _ size: Int
  ) throws -> Int {
    var decompressor = StreamDecompressor()
    try decompressor.start(method)
    var buffer = [UInt8](repeating: 0, count: window)
    var (taken, given) = (0, 0)
    while given < size {
      var output = buffer.mutableSpan
      let input = stream.span
      let step = try decompressor.decompress(input.extracting(taken...), into: &output)
      taken += step.consumed
      given += step.produced
      guard step.produced > 0 else { break }
    }
    return given
  }
}
