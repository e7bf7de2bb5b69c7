import FirmwareImage
import FlashEmulator
import Foundation
import ImageTransfer
import OpenSSLCrypto
import TestSupport
import Testing

@Suite("A download that is interrupted")
struct ResumptionTests {
  private static func missing(_ leaves: [Int], _ size: Int) -> Set<Int> {
    leaves.reduce(into: []) { $0.formUnion($1 * 4_096..<min(size, ($1 + 1) * 4_096)) }
  }

  @Test("goes on with the leaves that are good")
  func resumed() throws {
    let download = try Download(payloadSize: 30_000)
    do {
      var receiver = try download.receiver()
      try receiver.receive(4_096..<8_192, of: download.image)
      try receiver.receive(20_480..<24_576, of: download.image)
      // Lost, because it is in memory only.
      try receiver.receive(0..<4_000, of: download.image)
    }
    var receiver = try download.receiver()
    #expect(receiver.progress == Progress(good: 2, open: 0))
    #expect(
      receiver.missingRanges.positions == Self.missing([0, 2, 3, 4, 6, 7], download.coveredSize))
    for range in receiver.missingRanges {
      try receiver.receive(Int(range.lowerBound)..<Int(range.upperBound), of: download.image)
    }
    try receiver.finish()
    #expect(try download.stored() == download.image)
  }

  @Test("finds every damage of the file, whatever was written of it", arguments: 0..<20)
  func damaged(_ seed: Int) throws {
    let download = try Download(payloadSize: 30_000)
    var random = SplitMix64(seed: UInt64(seed))
    // What an interruption leaves: cut off anywhere, with sectors of zeros, ones, or old content.
    var bytes = Array(download.image.prefix(Int(random.next() % UInt64(download.image.count + 1))))
    for _ in 0..<random.next() % 4 where bytes.count > 1 {
      let start = Int(random.next() % UInt64(bytes.count))
      let end = min(bytes.count, start + 512)
      let filling: UInt8 = random.next() % 2 == 0 ? 0 : 0xFF
      for position in start..<end { bytes[position] = filling }
    }
    try download.store(bytes)
    let size = download.coveredSize
    let bad = (0..<(size + 4_095) / 4_096).filter { leaf in
      let range = leaf * 4_096..<min(size, (leaf + 1) * 4_096)
      return range.upperBound > bytes.count || bytes[range] != download.image[range]
    }
    var receiver = try download.receiver()
    #expect(receiver.missingRanges.positions == Self.missing(bad, size))
    for range in receiver.missingRanges {
      try receiver.receive(Int(range.lowerBound)..<Int(range.upperBound), of: download.image)
    }
    try receiver.finish()
    #expect(try download.stored() == download.image)
  }

  @Test("is finished again, also when its file is larger than the image")
  func finishedBefore() throws {
    let download = try Download(payloadSize: 30_000)
    try download.store(download.image + [UInt8](repeating: 7, count: 5_000))
    var receiver = try download.receiver()
    #expect(receiver.progress == Progress(good: 8, open: 0))
    try receiver.finish()
    #expect(try download.stored() == download.image)
  }

  @Test("is not finished with a leaf that went bad after it was written")
  func damagedBeforeFinish() throws {
    let download = try Download(payloadSize: 30_000)
    var receiver = try download.receiver()
    try receiver.receive(0..<download.coveredSize, of: download.image)
    #expect(receiver.progress == Progress(good: 8, open: 0))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: download.path))
    try handle.seek(toOffset: 9_000)
    try handle.write(contentsOf: Data([~download.image[9_000]]))
    try handle.close()
    #expect(receiver.finishError() == .incomplete(missingLeaves: 1, first: 8_192..<12_288))
    try receiver.receive(8_192..<12_288, of: download.image)
    try receiver.finish()
    #expect(try download.stored() == download.image)
  }

  @Test("belongs to one receiver at a time")
  func locked() throws {
    let download = try Download(payloadSize: 5_000)
    let first = try download.receiver()
    do throws(FragmentReceiverError) {
      _ = try download.receiver()
      Issue.record("two receivers")
    } catch { #expect(error == .inUse(path: download.path)) }
    #expect(first.progress == Progress(good: 0, open: 0))
  }

  @Test("goes to a file, and says why it cannot")
  func noFile() throws {
    let download = try Download(payloadSize: 5_000)
    for path in ["/nonexistent/folder/file", NSTemporaryDirectory(), "/dev/null"] {
      do throws(FragmentReceiverError) {
        _ = try FragmentReceiver(
          path: path, prologue: download.prologue, leafList: download.list)
        Issue.record("opened \(path)")
      } catch {
        guard case .file(path, _) = error else {
          Issue.record("\(error)")
          return
        }
      }
    }
  }
}
