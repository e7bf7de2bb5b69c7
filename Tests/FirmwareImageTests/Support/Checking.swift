import FirmwareImage
import NORFlash
import OpenSSLCrypto
import Testing

/// Keeps what a verification hands out, and insists on order.
struct CollectingSink: PayloadSink {
  var bytes: [UInt8] = []

  mutating func receive(_ chunk: Span<UInt8>, at imageOffset: UInt32) {
    #expect(Int(imageOffset) == bytes.count, "chunks arrive in order and without gaps")
    for index in chunk.indices { bytes.append(chunk[index]) }
  }
}

typealias CheckError = ImageCheckError<FlashError>

/// Verifies an image in memory; returns the summary and the header and payload handed out.
func verify(
  _ image: [UInt8], _ crypto: inout OpenSSLProvider,
  _ requirements: ImageRequirements = ImageRequirements(), storedForm: StoredForm = .plain,
  bufferSize: Int = 16_384
) throws(CheckError) -> (summary: ImageSummary, content: [UInt8]) {
  var storage = MemoryStorage(image)
  var memory = [UInt8](repeating: 0, count: bufferSize)
  var buffer = memory.mutableSpan
  var sink = CollectingSink()
  let summary = try ImageVerifier.verify(
    &storage, crypto: &crypto, requirements: requirements, storedForm: storedForm,
    buffer: &buffer, sink: &sink)
  return (summary, sink.bytes)
}

/// The reason why an image is refused, or `nil` if it is accepted.
///
/// - Throws: Errors that are not refusals.
func refusal(
  of image: [UInt8], _ crypto: inout OpenSSLProvider,
  _ requirements: ImageRequirements = ImageRequirements(), storedForm: StoredForm = .plain,
  bufferSize: Int = 16_384
) throws(CheckError) -> ImageRefusal? {
  var storage = MemoryStorage(image)
  var memory = [UInt8](repeating: 0, count: bufferSize)
  var buffer = memory.mutableSpan
  do throws(CheckError) {
    _ = try ImageVerifier.verify(
      &storage, crypto: &crypto, requirements: requirements, storedForm: storedForm,
      buffer: &buffer)
    return nil
  } catch {
    guard case .refused(let reason) = error else { throw error }
    return reason
  }
}

extension ImageRequirements {
  /// Hash only, and no bootability asked.
  static var integrityOnly: ImageRequirements {
    ImageRequirements(signature: .hashOnly, bootability: .notRequired)
  }
}
