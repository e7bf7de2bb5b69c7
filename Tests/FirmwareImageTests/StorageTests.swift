import FirmwareImage
import Foundation
import NORFlash
import OpenSSLCrypto
import Testing

@Suite("How a verification reads")
struct StorageTests {
  static let files: [(String, String, String?)] = [
    ("images/06-ec256.bin", "ecdsa-p256", nil), ("images/04-rsa2048.bin", "rsa-2048", nil),
    ("images/42-enc-ec256-128.bin", "ecdsa-p256", "enc-ecdsa-p256.der"),
    ("images/26-everything-prot.bin", "ecdsa-p256", nil),
  ]

  @Test(
    "Every byte of the content is read once, in pieces no larger than the buffer", arguments: files)
  func onePass(_ file: String, _ key: String, _ decryptionKey: String?) throws {
    let bytes = try Fixture.bytes(file)
    var crypto = try Fixture.provider(trusting: [key], decryptingWith: decryptionKey)
    for bufferSize in [64, 512, 4096] {
      var storage = WatchedStorage(bytes)
      let summary = try verify(
        &storage, &crypto, storedForm: decryptionKey == nil ? .plain : .ciphertext,
        bufferSize: bufferSize)
      let payload = Int(summary.header.headerSize)..<Int(summary.header.tlvOffset)
      #expect(storage.timesRead[payload].allSatisfy { $0 == 1 })
      // Keys and signatures go into 400 bytes on the stack.
      #expect(storage.largestRead <= max(bufferSize, 400))
    }
  }

  @Test("Examination does not touch the payload", arguments: files)
  func examination(_ file: String, _ key: String, _ decryptionKey: String?) throws {
    var storage = WatchedStorage(try Fixture.bytes(file))
    var crypto = try Fixture.provider(trusting: [key], decryptingWith: decryptionKey)
    let summary = try ImageVerifier.examine(&storage, crypto: &crypto)
    #expect(storage.timesRead[32..<Int(summary.header.tlvOffset)].allSatisfy { $0 == 0 })
    #expect(storage.largestRead <= 400)
  }

  @Test("A failing read is thrown as it is, whichever read it is", arguments: files)
  func failures(_ file: String, _ key: String, _ decryptionKey: String?) throws {
    let bytes = try Fixture.bytes(file)
    let form: StoredForm = decryptionKey == nil ? .plain : .ciphertext
    var crypto = try Fixture.provider(trusting: [key], decryptingWith: decryptionKey)
    var untouched = WatchedStorage(bytes)
    _ = try verify(&untouched, &crypto, storedForm: form, bufferSize: 1024)
    #expect(untouched.reads > 10)
    for read in 0..<untouched.reads {
      var storage = WatchedStorage(bytes)
      storage.failingRead = read
      #expect(throws: ImageCheckError.storage(WatchedStorage.Failure.failed(read: read))) {
        try verify(&storage, &crypto, storedForm: form, bufferSize: 1024)
      }
    }
  }

  @Test(
    "A header that reads differently the second time is refused", arguments: [4, 8, 12, 16, 20])
  func unstableHeader(_ address: Int) throws {
    var storage = WatchedStorage(try Fixture.bytes("images/06-ec256.bin"))
    storage.flipped = (read: 1, address: address)
    var crypto = try Fixture.provider(trusting: ["ecdsa-p256"])
    #expect(throws: ImageCheckError<WatchedStorage.Failure>.refused(.headerChanged)) {
      try verify(&storage, &crypto, storedForm: .plain, bufferSize: 64)
    }
  }

  @Test("A protected entry that reads differently once is never believed")
  func unstableProtectedEntry() throws {
    let bytes = try Fixture.bytes("images/26-everything-prot.bin")
    var crypto = try Fixture.provider(trusting: ["ecdsa-p256"])
    var steady = WatchedStorage(bytes)
    let truth = try verify(&steady, &crypto, storedForm: .plain, bufferSize: 1024)
    let area = Int(truth.header.tlvOffset)..<Int(truth.header.hashedEnd)
    for read in 0..<steady.reads {
      for address in area {
        var storage = WatchedStorage(bytes)
        storage.flipped = (read: read, address: address)
        guard
          let summary = try? verify(&storage, &crypto, storedForm: .plain, bufferSize: 1024)
        else { continue }
        #expect(summary == truth, "read \(read), address \(address)")
      }
    }
  }

  @Test("A file is verified through a small buffer, and a broken file is no refusal")
  func file() throws {
    var crypto = try Fixture.provider(trusting: ["ecdsa-p256"])
    var memory = [UInt8](repeating: 0, count: 64)
    var buffer = memory.mutableSpan
    var file = try FileStorage(path: Fixture.path("images/06-ec256.bin"))
    #expect(
      try ImageVerifier.verify(&file, crypto: &crypto, buffer: &buffer).signingKey == 0)

    let path = FileManager.default.temporaryDirectory.appending(path: "shrinking-\(UUID()).bin")
    try Data(Fixture.bytes("images/06-ec256.bin")).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    var shrinking = try FileStorage(path: path.path())
    try FileHandle(forWritingTo: path).truncate(atOffset: 4000)
    var caught: FileStorageError?
    do throws(ImageCheckError<FileStorageError>) {
      _ = try ImageVerifier.verify(&shrinking, crypto: &crypto, buffer: &buffer)
    } catch {
      if case .storage(let failure) = error { caught = failure }
    }
    guard case .cannotRead(path.path(), _, "the file has become shorter")? = caught else {
      Issue.record("\(String(describing: caught))")
      return
    }
  }

  @Test("An image of 24 MiB is verified through one kilobyte, in one pass")
  func largeFile() throws {
    let payloadSize = 24 << 20
    let header = ImageHeader(
      headerSize: 32, payloadSize: UInt32(payloadSize),
      version: ImageVersion(major: 1, minor: 0, revision: 0))
    var start = [UInt8](repeating: 0, count: 32)
    var target = start.mutableSpan
    header.encode(into: &target)
    // The payload is a hole in the file.
    var crypto = try OpenSSLProvider(trustedKeys: [])
    try crypto.startDigest(.sha256)
    try crypto.updateDigest(start.span)
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    for _ in 0..<24 { try crypto.updateDigest(zeros.span) }
    let digest = try crypto.finishDigest()
    let area =
      [0x07, 0x69, 40, 0, 0x10, 0, 32, 0] + (0..<32).map { digest.storage[$0] }
    let path = FileManager.default.temporaryDirectory.appending(path: "large-\(UUID()).bin")
    try Data(start).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    let file = try FileHandle(forWritingTo: path)
    try file.seek(toOffset: UInt64(header.tlvOffset))
    try file.write(contentsOf: Data(area))
    try file.close()

    var storage = CountingFile(file: try FileStorage(path: path.path()))
    var memory = [UInt8](repeating: 0, count: 1024)
    var buffer = memory.mutableSpan
    let summary = try ImageVerifier.verify(
      &storage, crypto: &crypto, requirements: .integrityOnly, buffer: &buffer)
    #expect(summary.imageSize == UInt32(32 + payloadSize + 40))
    #expect(storage.largestRead == 1024)
    // The content once, and the header and the TLV area once more to examine them.
    #expect(storage.bytesRead == 32 + payloadSize + 32 + 4 + 4 + 32)
  }
}

/// A file that counts what is read of it.
private struct CountingFile: ReadableStorage, ~Copyable {
  var file: FileStorage
  var largestRead = 0
  var bytesRead = 0

  init(file: consuming FileStorage) { self.file = file }

  var size: UInt32 { file.size }

  mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(FileStorageError) {
    largestRead = max(largestRead, buffer.count)
    bytesRead += buffer.count
    try file.read(at: address, into: &buffer)
  }
}
