import FirmwareImage
import Foundation
import ImageBuilder
import ImageTransfer
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// An image with a digest tree on a server, and the file that a download of it goes to.
struct Download: ~Copyable {
  /// The image from the header to the end of its TLV areas.
  let image: [UInt8]
  let prologue: ImagePrologue
  let list: LeafList
  let path = NSTemporaryDirectory() + "brickproof-download-\(UUID().uuidString)"

  init(payloadSize: Int, leafSize: UInt32 = 4_096, seed: UInt64 = 1) throws {
    let file = try ImageFixture.image(UInt8(seed), payloadSize: payloadSize) {
      $0.digestTree = try DigestTreeRecipe(leafSize: leafSize)
    }
    var storage = MemoryStorage(file)
    let prologue = try ImagePrologue(reading: &storage)
    var copy = prologue
    let tree = try #require(try DigestTree(of: &copy))
    let list = try #require(try LeafList(behind: prologue.size, in: &storage, of: tree))
    self.prologue = prologue
    self.list = list
    image = Array(file.prefix(Int(prologue.size)))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func receiver(openLeafLimit: Int = 64) throws(FragmentReceiverError) -> FragmentReceiver {
    try FragmentReceiver(
      path: path, prologue: prologue, leafList: list, openLeafLimit: openLeafLimit)
  }

  /// What the file holds.
  func stored() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Replaces what the file holds.
  func store(_ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  var coveredSize: Int { Int(list.tree.coveredSize) }
}

/// How far a receiver is; a value, because macros cannot look into what is not copyable.
struct Progress: Equatable {
  var good: UInt32
  var open: Int
}

extension FragmentReceiver {
  var progress: Progress { Progress(good: goodLeafCount, open: openLeafCount) }

  /// Takes a part of an image.
  mutating func receive(
    _ range: Range<Int>, of image: [UInt8]
  ) throws(FragmentReceiverError) {
    try receive(image.span.extracting(range), at: UInt32(range.lowerBound))
  }

  /// The error of taking a part of an image, or `nil`.
  mutating func error(
    _ range: Range<Int>, of image: [UInt8]
  ) -> FragmentReceiverError? {
    do throws(FragmentReceiverError) {
      try receive(range, of: image)
      return nil
    } catch { return error }
  }

  mutating func finishError() -> FragmentReceiverError? {
    do throws(FragmentReceiverError) {
      try finish()
      return nil
    } catch { return error }
  }
}

extension Sequence where Element == Range<UInt32> {
  /// The bytes in the ranges.
  var positions: Set<Int> {
    reduce(into: []) { $0.formUnion(Int($1.lowerBound)..<Int($1.upperBound)) }
  }
}
