import FirmwareImage
import Foundation
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// Leaf lists against an independent model, which wrote `digest-tree-roots.txt`.
@Suite("Leaf lists")
struct LeafListTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    var exponent: UInt8
    var size: UInt32
    var root: String
    var listDigest: String

    var testDescription: String { "\(size) bytes in leaves of \(1 << Int(exponent))" }
  }

  static let golden: [Golden] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .appendingPathComponent("FirmwareImageTests/Fixtures/digest-tree-roots.txt")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard let exponent = UInt8(words[0]), let size = UInt32(words[1]) else { return nil }
      return Golden(exponent: exponent, size: size, root: words[2], listDigest: words[3])
    }
  }()

  /// The bytes of the model.
  static let content: [UInt8] = {
    var state: UInt64 = 1
    var bytes: [UInt8] = []
    while bytes.count < 524_289 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: state >> UInt64(8 * shift))) }
    }
    return Array(bytes.prefix(524_289))
  }()

  private static func hexadecimal(_ list: LeafList) throws -> (root: String, digests: String) {
    var crypto = try OpenSSLProvider(trustedKeys: [])
    try crypto.startDigest(.sha256)
    try crypto.updateDigest(list.digests.span)
    let digest = try crypto.finishDigest()
    return (
      list.tree.root.indices.map { text(list.tree.root[$0]) }.joined(),
      (0..<32).map { text(digest.storage[$0]) }.joined()
    )
  }

  private static func text(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  @Test("The model covers every leaf size")
  func coverage() {
    #expect(Set(Self.golden.map(\.exponent)) == Set(DigestTree.leafSizeExponents))
    #expect(Self.golden.count >= 100)
  }

  @Test("Threads compute the roots of the model", arguments: golden)
  func threads(_ golden: Golden) throws {
    let storage = MemoryStorage(Array(Self.content.prefix(Int(golden.size))))
    for threads in [1, 2, 3, nil] {
      let list = try LeafList(
        over: storage, coveredSize: golden.size, leafSizeExponent: golden.exponent,
        threads: threads)
      let (root, digests) = try Self.hexadecimal(list)
      #expect(root == golden.root && digests == golden.listDigest)
      #expect(Int(list.tree.leafCount) * 32 == list.digests.count)
    }
  }

  @Test("Bytes in pieces make the roots of the model", arguments: golden)
  func pieces(_ golden: Golden) throws {
    for piece in [4_096, 65_537, 1_000_000] {
      var builder = try LeafListBuilder(leafSizeExponent: golden.exponent)
      var position = 0
      while position < Int(golden.size) {
        let end = min(position + piece, Int(golden.size))
        try builder.append(Array(Self.content[position..<end]).span)
        position = end
      }
      let (root, digests) = try Self.hexadecimal(builder.finish())
      #expect(root == golden.root && digests == golden.listDigest)
    }
  }

  @Test("A file has the list of its bytes, and one that ends early is an error")
  func file() throws {
    let path = NSTemporaryDirectory() + "brickproof-leaves-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(Self.content).write(to: URL(fileURLWithPath: path))
    let file = try FileStorage(path: path)
    let size = UInt32(Self.content.count)
    let expected = try LeafList(
      over: MemoryStorage(Self.content), coveredSize: size, leafSizeExponent: 14)
    #expect(try LeafList(over: file, coveredSize: size, leafSizeExponent: 14) == expected)
    do throws(LeafComputationError<FileStorageError>) {
      _ = try LeafList(over: file, coveredSize: size + 1, leafSizeExponent: 14)
      Issue.record("read behind the end")
    } catch {
      guard case .storage(.outOfBounds) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test("Every changed byte is found, and its leaf is named")
  func everyByte() throws {
    let size = 2 * 4_096 + 100
    var bytes = Array(Self.content.prefix(size))
    let list = try LeafList(
      over: MemoryStorage(bytes), coveredSize: UInt32(size), leafSizeExponent: 12)
    let checker = try LeafChecker(list)
    for position in bytes.indices {
      bytes[position] ^= 0x80
      let found = try LeafList(
        over: MemoryStorage(bytes), coveredSize: UInt32(size), leafSizeExponent: 12, threads: 1)
      let leaf = UInt32(position / 4_096)
      #expect(list.leaves(differingFrom: found) == [leaf])
      #expect(found.tree != list.tree)
      if position % 97 == 0 {
        for index in UInt32(0)..<3 {
          let range = list.tree.range(ofLeaf: index)
          let part = Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
          #expect(try checker.matches(part.span, leaf: index) == (index != leaf))
        }
      }
      bytes[position] ^= 0x80
    }
  }
}
