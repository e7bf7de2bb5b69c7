import FirmwareImage
import Foundation
import ImageCompression
import NORFlash
import OpenSSLCrypto
import TestSupport

/// The images and keys that imgtool made; the tests of the image parser keep them.
enum Fixtures {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("FirmwareImageTests/Fixtures").path

  static func path(_ name: String) -> String { "\(folder)/\(name)" }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }
}

/// Why a compressed image is refused, wherever it was noticed.
enum Refusal: Error, Equatable {
  case notCompressed
  case prologue(ImageRefusal?)
  case delivered(ImageCheckError<FlashError>)
  case plain(ImageRefusal)
  case failed(String)
}

/// Keeps header and payload of the plain image, and insists on order.
struct Collector: PayloadSink {
  var bytes: [UInt8] = []

  mutating func receive(_ chunk: Span<UInt8>, at imageOffset: UInt32) throws(PayloadSinkError) {
    guard Int(imageOffset) == bytes.count else { throw .failed(code: 99) }
    for index in chunk.indices { bytes.append(chunk[index]) }
  }
}

/// Verifies a compressed image and returns what comes out: header and payload.
func unpack(
  _ image: [UInt8], trusting keys: [PublicKey] = [ImageFixture.key.publicKey],
  decryptingWith decryptionKey: DecryptionKey? = nil, storedForm: StoredForm = .plain,
  requirements: ImageRequirements = ImageRequirements(), bufferSize: Int = 4_096,
  window: UInt32 = StreamDecompressor.defaultLargestWindow
) throws(Refusal) -> (summary: CompressedImageSummary, content: [UInt8]) {
  var storage = MemoryStorage(image)
  let compressed: CompressedImage
  do {
    var prologue = try ImagePrologue(reading: &storage)
    guard let found = try CompressedImage(&prologue) else { throw Refusal.notCompressed }
    compressed = found
  } catch let refusal as Refusal {
    throw refusal
  } catch let refusal as ImageRefusal {
    throw .prologue(refusal)
  } catch { throw .prologue(nil) }
  var memory = [UInt8](repeating: 0, count: bufferSize)
  var buffer = memory.mutableSpan
  var sink = Collector()
  var outer = try provider(keys, decryptionKey)
  let crypto = try provider(keys, nil)
  do throws(CompressedImageError<FlashError>) {
    let summary = try compressed.verify(
      &storage, crypto: &outer, plainCrypto: crypto,
      decompressor: StreamDecompressor(largestWindow: window), requirements: requirements,
      storedForm: storedForm, buffer: &buffer, sink: &sink)
    return (summary, sink.bytes)
  } catch {
    switch error {
    case .delivered(let error): throw .delivered(error)
    case .plain(.refused(let refusal)): throw .plain(refusal)
    case .plain(let error): throw .failed("\(error)")
    }
  }
}

private func provider(
  _ keys: [PublicKey], _ decryptionKey: DecryptionKey?
) throws(Refusal) -> OpenSSLProvider {
  do {
    return try OpenSSLProvider(trustedKeys: keys, decryptionKey: decryptionKey)
  } catch { throw .failed("\(error)") }
}
