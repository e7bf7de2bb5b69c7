import FirmwareImage
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// A storage that lends its bytes and one that has them copied lead to the same end.
@Suite struct LendingTests {
  /// Around the largest loan, and around the blocks of the cipher.
  static let sizes = [1, 15, 16, 17, 65_503, 65_504, 65_505, 65_536, 65_552, 131_071, 200_003]

  /// What comes of a verification: the summary and what the sink got, or the error.
  private enum Outcome: Equatable {
    case accepted(ImageSummary, content: [UInt8])
    case failed(ImageCheckError<FlashError>)
  }

  private func outcome<Storage: ReadableStorage>(
    _ storage: Storage, _ form: StoredForm, bufferSize: Int
  ) throws -> Outcome where Storage.Failure == FlashError {
    var storage = storage
    var crypto = try OpenSSLProvider(
      trustedKeys: [ImageFixture.key.publicKey],
      decryptionKey: DecryptionKey(keyEncryptionKey: Self.wrappingKey))
    var memory = [UInt8](repeating: 0, count: bufferSize)
    var buffer = memory.mutableSpan
    var sink = ContentSink()
    do throws(ImageCheckError<FlashError>) {
      let summary = try ImageVerifier.verify(
        &storage, crypto: &crypto, storedForm: form, buffer: &buffer, sink: &sink)
      return .accepted(summary, content: sink.bytes)
    } catch {
      return .failed(error)
    }
  }

  private static let wrappingKey = [UInt8](repeating: 0x4B, count: 16)

  private func image(_ size: Int, _ form: StoredForm) throws -> [UInt8] {
    var recipe = ImageRecipe(version: ImageVersion(major: 1, minor: 0, revision: 0))
    recipe.securityCounter = .value(7)
    if form == .ciphertext {
      recipe.encryption = ImageEncryption(to: try EncryptionKey(keyEncryptionKey: Self.wrappingKey))
    }
    let payload = ImageFixture.payload(size, seed: UInt64(size))
    return try recipe.build(payload: payload.span, signingKey: ImageFixture.key)
  }

  @Test(arguments: sizes, [StoredForm.plain, .ciphertext])
  func bothSeeTheSame(_ size: Int, _ form: StoredForm) throws {
    let whole = try image(size, form)
    var damaged = whole
    damaged[32 + size / 2] ^= 1
    var otherCounter = whole
    let counter = otherCounter.count - 1
    otherCounter[counter] ^= 1
    for bytes in [whole, damaged, otherCounter, Array(whole.dropLast()), Array(whole.prefix(40))] {
      for bufferSize in [64, 4_096, 65_536] {
        let lent = try outcome(MemoryStorage(bytes), form, bufferSize: bufferSize)
        let copied = try outcome(
          CopyingStorage(bytes: MemoryStorage(bytes)), form, bufferSize: bufferSize)
        #expect(lent == copied, "\(bytes.count) bytes, buffer of \(bufferSize)")
      }
    }
    guard case .accepted(_, let content) = try outcome(MemoryStorage(whole), form, bufferSize: 64)
    else {
      Issue.record("the whole image is refused")
      return
    }
    // The payload of an encrypted image is padded to whole blocks.
    let isPayload = content.dropFirst(32).prefix(size).elementsEqual(
      ImageFixture.payload(size, seed: UInt64(size)))
    #expect(isPayload)
  }

  @Test func memoryLendsWhatItHasAndNothingElse() {
    var storage = MemoryStorage([1, 2, 3, 4])
    var seen: [UInt8] = []
    let isLent = storage.lend(at: 1, count: 3) { bytes in
      for index in bytes.indices { seen.append(bytes[index]) }
    }
    #expect(isLent && seen == [2, 3, 4])
    #expect(!storage.lend(at: 2, count: 3) { _ in Issue.record("lends what is not there") })
    #expect(!storage.lend(at: .max, count: 2) { _ in Issue.record("lends what is not there") })
  }
}

/// The same bytes from a storage that lends nothing.
private struct CopyingStorage: ReadableStorage {
  var bytes: MemoryStorage

  var size: UInt32 { bytes.size }

  mutating func read(at address: UInt32, into buffer: inout MutableSpan<UInt8>) throws(FlashError) {
    try bytes.read(at: address, into: &buffer)
  }
}

/// Keeps all that arrives.
private struct ContentSink: PayloadSink {
  var bytes: [UInt8] = []

  mutating func receive(_ chunk: Span<UInt8>, at imageOffset: UInt32) {
    for index in chunk.indices { bytes.append(chunk[index]) }
  }
}
