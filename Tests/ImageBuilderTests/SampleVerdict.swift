import FirmwareImage
import Foundation
import ImageCompression
import NORFlash
import OpenSSLCrypto
import Testing

/// Keeps header and payload as the verifier hands them out.
private struct ContentSink: PayloadSink {
  var bytes: [UInt8] = []

  mutating func receive(_ span: Span<UInt8>, at imageOffset: UInt32) {
    for index in span.indices { bytes.append(span[index]) }
  }
}

/// What the library says about a file.
struct SampleVerdict {
  var name: String
  var refusal: ImageRefusal?
  var signingKey: Int?
  var payload: [UInt8] = []

  /// Looks at an image as it is stored and, if that does not match and the key is there, decrypted.
  init(of path: String, _ check: Check) throws {
    let decryptionKey = try check.values(of: "--decryption-key").first
      .map { try DecryptionKey(contentsOf: Self.path($0)) }
    var storage = try FileStorage(path: path)
    do throws(ImageCheckError<FileStorageError>) {
      do throws(ImageCheckError<FileStorageError>) {
        self = try Self.accepted(&storage, check, decryptionKey, .plain)
      } catch .refused(.hashMismatch)
        where (try? ImageVerifier.header(of: &storage).isEncrypted) == true
      {
        guard decryptionKey != nil else {
          name = "decryption-key-missing"
          return
        }
        self = try Self.accepted(&storage, check, decryptionKey, .ciphertext)
      }
    } catch {
      switch error {
      case .refused(let refusal):
        name = "\(refusal.name)"
        self.refusal = refusal
      case .crypto(.keyUnwrapFailed): name = "content-key-damaged-or-other-key"
      case .crypto(.noDecryptionKey): name = "decryption-key-of-other-type"
      default: throw error
      }
    }
  }

  private init(accepted summary: ImageSummary, _ content: [UInt8]) {
    name = "good"
    signingKey = summary.signingKey
    payload = Array(content.dropFirst(Int(summary.header.headerSize)))
  }

  private static func accepted(
    _ storage: inout FileStorage, _ check: Check, _ decryptionKey: DecryptionKey?,
    _ form: StoredForm
  ) throws(ImageCheckError<FileStorageError>) -> SampleVerdict {
    let requirements: ImageRequirements
    var crypto: OpenSSLProvider
    do {
      requirements = try check.requirements()
      crypto = try OpenSSLProvider(
        trustedKeys: check.keys.map { try PublicKey(contentsOf: path($0)) },
        decryptionKey: decryptionKey)
    } catch {
      Issue.record("\(error)")
      throw .crypto(.engineFailed(code: 0))
    }
    var memory = [UInt8](repeating: 0, count: 4096)
    var buffer = memory.mutableSpan
    var sink = ContentSink()
    if let compressed = try? ImagePrologue(reading: &storage).compressedImage() {
      return try unpacked(
        compressed, &storage, &crypto, requirements, form, buffer: &buffer, keys: check.keys)
    }
    let summary = try ImageVerifier.verify(
      &storage, crypto: &crypto, requirements: requirements, storedForm: form, buffer: &buffer,
      sink: &sink)
    return SampleVerdict(accepted: summary, sink.bytes)
  }

  private static func unpacked(
    _ compressed: CompressedImage, _ storage: inout FileStorage, _ crypto: inout OpenSSLProvider,
    _ requirements: ImageRequirements, _ form: StoredForm, buffer: inout MutableSpan<UInt8>,
    keys: [String]
  ) throws(ImageCheckError<FileStorageError>) -> SampleVerdict {
    guard
      let second = try? OpenSSLProvider(
        trustedKeys: keys.map { try PublicKey(contentsOf: path($0)) })
    else { throw .crypto(.engineFailed(code: 0)) }
    var sink = ContentSink()
    do throws(CompressedImageError<FileStorageError>) {
      let summary = try compressed.verify(
        &storage, crypto: &crypto, plainCrypto: second, decompressor: StreamDecompressor(),
        requirements: requirements, storedForm: form, buffer: &buffer, sink: &sink)
      return SampleVerdict(accepted: summary.plain, sink.bytes)
    } catch {
      switch error {
      case .delivered(let failure): throw failure
      case .plain(.refused(let refusal)): throw .refused(refusal)
      case .plain: throw .crypto(.engineFailed(code: 0))
      }
    }
  }

  private static func path(_ name: String) -> String {
    Catalogue.folder.appendingPathComponent(name).path
  }
}

extension ImagePrologue {
  /// What it says of compression; `nil` if nothing.
  fileprivate func compressedImage() throws(ImageRefusal) -> CompressedImage? {
    var prologue = self
    return try CompressedImage(&prologue)
  }
}
