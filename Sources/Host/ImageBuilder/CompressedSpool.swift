import FirmwareImage
import ImageCompression

/// Takes a plain image, and keeps its payload compressed in a temporary file.
struct CompressedSpool: ImageOutput, ~Copyable {
  private let method: CompressionMethod
  private let payload: Range<Int>
  private var position = 0
  private var compressor: PayloadCompressor
  private var file: TemporaryFile

  /// Begins in front of a header.
  init(_ method: CompressionMethod, payloadOf header: ImageHeader) throws(ImageBuilderError) {
    let compressor = try Self.compressor(method)
    let file = try TemporaryFile()
    let start = Int(header.headerSize)
    self.method = method
    payload = start..<start + Int(header.payloadSize)
    self.compressor = compressor
    self.file = file
  }

  /// The number of bytes that came out, with the parameters in front of an LZMA2 stream.
  var size: Int { file.size }

  /// The number of bytes of the stream itself.
  var streamSize: Int {
    if case .lzma2 = method { size - LZMA2Parameters.encodedSize } else { size }
  }

  /// Takes the next bytes of the image; those of its payload are compressed.
  mutating func append(_ bytes: Span<UInt8>) throws(ImageBuilderError) {
    let start = position
    position += bytes.count
    let part = payload.clamped(to: start..<position)
    guard !part.isEmpty else { return }
    let output: [UInt8]
    do throws(PayloadCompressorError) {
      output = try compressor.compress(
        bytes.extracting(part.lowerBound - start..<part.upperBound - start))
    } catch { throw .compression(error) }
    try file.append(output)
  }

  /// Ends the stream.
  mutating func finish() throws(ImageBuilderError) {
    let output: [UInt8]
    do throws(PayloadCompressorError) {
      output = try compressor.finish()
    } catch { throw .compression(error) }
    try file.append(output)
  }

  /// Reads the compressed payload.
  func read(at offset: Int, into buffer: inout MutableSpan<UInt8>) throws(ImageBuilderError) {
    try file.read(at: offset, into: &buffer)
  }

  private static func compressor(
    _ method: CompressionMethod
  ) throws(ImageBuilderError) -> PayloadCompressor {
    do throws(PayloadCompressorError) {
      return try PayloadCompressor(method)
    } catch { throw .compression(error) }
  }
}
