import Foundation
import NORFlash
import OpenSSLCrypto
import Testing

@Suite("Storages of the host")
struct StorageTests {
  static let file = "ecdsa-p256-pub.der"

  static func read<S: ReadableStorage & ~Copyable>(
    _ storage: inout S, at address: UInt32, count: Int
  ) throws(S.Failure) -> [UInt8] {
    var memory = [UInt8](repeating: 0xAA, count: count)
    var buffer = memory.mutableSpan
    try storage.read(at: address, into: &buffer)
    return memory
  }

  @Test("File and memory hold the same bytes and end at the same place")
  func bounds() throws {
    let bytes = try Fixture.bytes(Self.file)
    var file = try FileStorage(path: Fixture.path(Self.file))
    var memory = MemoryStorage(bytes)
    #expect(file.size == 91 && memory.size == 91)
    for (address, count) in [(0, 91), (0, 0), (91, 0), (40, 20), (90, 1)] {
      let expected = Array(bytes[address..<address + count])
      #expect(try Self.read(&file, at: UInt32(address), count: count) == expected)
      #expect(try Self.read(&memory, at: UInt32(address), count: count) == expected)
    }
    for (address, count) in [(0, 92), (91, 1), (92, 0), (UInt32.max, 1), (UInt32.max, 91)]
      as [(UInt32, Int)]
    {
      #expect(throws: FlashError.outOfBounds(address: address, count: UInt32(count))) {
        try Self.read(&memory, at: address, count: count)
      }
      var caught: FileStorageError?
      do throws(FileStorageError) {
        _ = try Self.read(&file, at: address, count: count)
      } catch { caught = error }
      #expect(
        caught
          == .outOfBounds(path: Fixture.path(Self.file), address: address, count: count))
    }
  }

  @Test("What is no file cannot be opened, and the error names it")
  func errors() {
    func failure(_ path: String) -> FileStorageError? {
      do throws(FileStorageError) {
        _ = try FileStorage(path: path)
        return nil
      } catch { return error }
    }
    let missing = Fixture.path("missing.bin")
    #expect(
      failure(missing) == .cannotOpen(path: missing, reason: "No such file or directory"))
    let folder = Fixture.folder.path()
    #expect(failure(folder) == .notAFile(path: folder))
    #expect(failure("/dev/null") == .notAFile(path: "/dev/null"))
    #expect(
      failure(missing)?.description == "\(missing): cannot be opened: No such file or directory")
  }
}
