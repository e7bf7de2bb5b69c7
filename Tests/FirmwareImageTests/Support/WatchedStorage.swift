import FirmwareImage
import NORFlash
import OpenSSLCrypto

/// A storage that notes every read, and can fail or change at a chosen one.
struct WatchedStorage: ReadableStorage {
  enum Failure: Error, Equatable {
    case failed(read: Int)
  }

  var content: MemoryStorage
  /// The number of reads so far.
  var reads = 0
  /// The largest number of bytes asked for at once.
  var largestRead = 0
  /// How often each byte was read.
  var timesRead: [Int]
  /// The number of the read that fails, counted from 0.
  var failingRead: Int?
  /// The number of the read from which on a bit of this address reads differently.
  var flipped: (read: Int, address: Int)?

  init(_ bytes: [UInt8]) {
    content = MemoryStorage(bytes)
    timesRead = [Int](repeating: 0, count: bytes.count)
  }

  var size: UInt32 { content.size }

  mutating func read(at address: UInt32, into buffer: inout MutableSpan<UInt8>) throws(Failure) {
    let number = reads
    reads += 1
    if failingRead == number { throw .failed(read: number) }
    largestRead = max(largestRead, buffer.count)
    let start = Int(address)
    guard (try? content.read(at: address, into: &buffer)) != nil else {
      throw .failed(read: number)
    }
    for index in start..<start + buffer.count { timesRead[index] += 1 }
    if let flipped, flipped.read <= number, flipped.address >= start,
      flipped.address < start + buffer.count
    {
      buffer[flipped.address - start] ^= 1
    }
  }
}

/// Verifies a watched storage with a buffer of `bufferSize` bytes.
func verify(
  _ storage: inout WatchedStorage, _ crypto: inout OpenSSLProvider, storedForm: StoredForm,
  bufferSize: Int
) throws(ImageCheckError<WatchedStorage.Failure>) -> ImageSummary {
  var memory = [UInt8](repeating: 0, count: bufferSize)
  var buffer = memory.mutableSpan
  return try ImageVerifier.verify(
    &storage, crypto: &crypto, storedForm: storedForm, buffer: &buffer)
}
