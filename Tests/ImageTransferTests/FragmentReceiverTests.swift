import FirmwareImage
import FlashEmulator
import Foundation
import ImageTransfer
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

@Suite("A download in fragments")
struct FragmentReceiverTests {
  /// Cuts `0 ..< size` into ranges of random sizes, in random order, some of them twice and some
  /// overlapping.
  private static func fragments(
    _ size: Int, upTo largest: Int, _ random: inout SplitMix64
  ) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    while start < size {
      let end = min(size, start + 1 + Int(random.next() % UInt64(largest)))
      let overlap = random.next() % 4 == 0 ? min(start, 20) : 0
      ranges.append(start - overlap..<end)
      if random.next() % 8 == 0 { ranges.append(start..<end) }
      start = end
    }
    for index in ranges.indices.reversed() {
      ranges.swapAt(index, Int(random.next() % UInt64(index + 1)))
    }
    return ranges
  }

  @Test(
    "Fragments in any order make the image",
    arguments: [1, 4_064, 4_065, 8_160, 50_000], [50, 3_000, 20_000])
  func anyOrder(_ payloadSize: Int, _ largest: Int) throws {
    let download = try Download(payloadSize: payloadSize)
    var random = SplitMix64(seed: UInt64(payloadSize + largest))
    var receiver = try download.receiver()
    var missing = Set(0..<download.coveredSize)
    let fragments = Self.fragments(download.coveredSize, upTo: largest, &random)
    for (number, range) in fragments.enumerated() {
      // Not each time: the set of all positions is slow to make.
      if number % (fragments.count / 8 + 1) == 0 {
        #expect(receiver.missingRanges.positions == missing)
      }
      try receiver.receive(range, of: download.image)
      missing.subtract(range)
    }
    #expect(receiver.progress == Progress(good: receiver.tree.leafCount, open: 0))
    try receiver.finish()
    #expect(try download.stored() == download.image)
  }

  @Test("Whole fragments of the file may hold TLVs; they are known already")
  func areas() throws {
    let download = try Download(payloadSize: 6_000)
    var receiver = try download.receiver()
    let middle = download.coveredSize - 10
    try receiver.receive(middle..<download.image.count, of: download.image)
    try receiver.receive(download.coveredSize..<download.image.count, of: download.image)
    #expect(receiver.missingRanges == [0..<UInt32(middle)])
    try receiver.receive(0..<middle, of: download.image)
    try receiver.finish()
    #expect(try download.stored() == download.image)
  }

  @Test("A wrong fragment costs its leaf and nothing else")
  func wrongFragment() throws {
    let download = try Download(payloadSize: 20_000)
    var wrong = download.image
    wrong[9_000] ^= 1
    var receiver = try download.receiver()
    // Five leaves; the wrong byte is in leaf 2. Whole leaves, in one fragment.
    let error = receiver.error(0..<download.coveredSize, of: wrong)
    #expect(error == .wrongLeaf(index: 2, offset: 8_192))
    #expect(receiver.missingRanges == [8_192..<12_288])
    // In parts: which of them is wrong, nobody knows.
    #expect(receiver.error(8_192..<9_500, of: wrong) == nil)
    #expect(
      receiver.error(9_500..<12_288, of: download.image) == .wrongLeaf(index: 2, offset: 8_192))
    #expect(receiver.missingRanges == [8_192..<12_288])
    // A byte that comes again in time mends what was wrong.
    #expect(receiver.error(8_192..<9_500, of: wrong) == nil)
    try receiver.receive(9_000..<9_001, of: download.image)
    try receiver.receive(9_500..<12_288, of: download.image)
    // Wrong bytes for what is good already are passed over.
    try receiver.receive(8_192..<12_288, of: wrong)
    try receiver.finish()
    #expect(try download.stored() == download.image)
  }

  @Test("No wrong leaf reaches the file")
  func nothingWrongIsWritten() throws {
    let download = try Download(payloadSize: 20_000)
    var random = SplitMix64(seed: 9)
    var receiver = try download.receiver()
    for range in Self.fragments(download.coveredSize, upTo: 6_000, &random) {
      var fragment = download.image
      fragment[range.lowerBound + Int(random.next() % UInt64(range.count))] ^= 0x40
      _ = receiver.error(range, of: fragment)
    }
    for (position, byte) in try download.stored().enumerated() where byte != 0 {
      #expect(byte == download.image[position])
    }
    for range in receiver.missingRanges.map({ Int($0.lowerBound)..<Int($0.upperBound) }) {
      _ = receiver.error(range, of: download.image)
    }
    // Leaves with wrong bytes in them were dropped when they became complete.
    for range in receiver.missingRanges.map({ Int($0.lowerBound)..<Int($0.upperBound) }) {
      try receiver.receive(range, of: download.image)
    }
    try receiver.finish()
    #expect(try download.stored() == download.image)
  }

  @Test("Incomplete leaves are limited, and complete ones make room")
  func limit() throws {
    let download = try Download(payloadSize: 20_000)
    var receiver = try download.receiver(openLeafLimit: 2)
    try receiver.receive(0..<10, of: download.image)
    try receiver.receive(5_000..<5_010, of: download.image)
    #expect(
      receiver.error(9_000..<9_010, of: download.image)
        == .tooManyOpenLeaves(limit: 2, index: 2, offset: 8_192))
    // A whole leaf needs no room, and what completes a leaf makes some.
    try receiver.receive(12_288..<16_384, of: download.image)
    #expect(receiver.progress == Progress(good: 1, open: 2))
    try receiver.receive(10..<9_010, of: download.image)
    #expect(receiver.progress == Progress(good: 3, open: 1))
    // All that can be taken of a fragment is taken, though one of its leaves is one too many.
    try receiver.receive(16_384..<16_390, of: download.image)
    var one = try Download(payloadSize: 20_000).receiver(openLeafLimit: 1)
    try one.receive(0..<10, of: download.image)
    #expect(
      one.error(4_000..<8_200, of: download.image)
        == .tooManyOpenLeaves(limit: 1, index: 2, offset: 8_192))
    #expect(one.progress == Progress(good: 1, open: 1))
  }

  @Test("What is behind the image is refused")
  func outOfBounds() throws {
    let download = try Download(payloadSize: 5_000)
    var receiver = try download.receiver()
    let size = download.image.count
    let more = download.image + [0]
    #expect(
      receiver.error(size - 1..<size + 1, of: more)
        == .outOfBounds(offset: UInt32(size - 1), count: 2, imageSize: UInt32(size)))
    let far = [UInt8](repeating: 0, count: 2)
    do throws(FragmentReceiverError) {
      try receiver.receive(far.span, at: .max)
      Issue.record("accepted")
    } catch {
      #expect(error == .outOfBounds(offset: .max, count: 2, imageSize: UInt32(size)))
    }
    let nothing: [UInt8] = []
    try receiver.receive(nothing.span, at: UInt32(size))
  }

  @Test("An unfinished image cannot be finished")
  func incomplete() throws {
    let download = try Download(payloadSize: 20_000)
    var receiver = try download.receiver()
    try receiver.receive(0..<4_096, of: download.image)
    try receiver.receive(4_096..<5_000, of: download.image)
    #expect(receiver.finishError() == .incomplete(missingLeaves: 4, first: 5_000..<20_032))
  }

  @Test("A leaf list of another image does not fit")
  func otherList() throws {
    let download = try Download(payloadSize: 5_000)
    let other = try Download(payloadSize: 5_000, seed: 2)
    do throws(FragmentReceiverError) {
      _ = try FragmentReceiver(
        path: download.path, prologue: download.prologue, leafList: other.list)
      Issue.record("accepted")
    } catch { #expect(error == .refused(.leafListOfOtherTree)) }
  }

  @Test("An image without a tree cannot be received")
  func noTree() throws {
    let download = try Download(payloadSize: 5_000)
    var storage = MemoryStorage(try ImageFixture.image(1))
    let prologue = try ImagePrologue(reading: &storage)
    do throws(FragmentReceiverError) {
      _ = try FragmentReceiver(path: download.path, prologue: prologue, leafList: download.list)
      Issue.record("accepted")
    } catch { #expect(error == .noTree) }
  }
}
