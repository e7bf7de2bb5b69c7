import FirmwareImage
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// What a device without a heap does with leaves and lists.
@Suite("Leaves of a digest tree, one at a time")
struct LeafTests {
  private static func content() throws -> (bytes: [UInt8], list: LeafList) {
    let bytes = ImageFixture.payload(10_000, seed: 3)
    let list = try LeafList(
      over: MemoryStorage(bytes), coveredSize: 10_000, leafSizeExponent: 12, threads: 1)
    return (bytes, list)
  }

  private static func refusal(
    _ check: (inout OpenSSLProvider) throws(DigestTreeError) -> Void
  ) throws -> DigestTreeRefusal? {
    var crypto = try OpenSSLProvider(trustedKeys: [])
    do throws(DigestTreeError) {
      try check(&crypto)
      return nil
    } catch {
      guard case .refused(let refusal) = error else { throw error }
      return refusal
    }
  }

  @Test("A leaf is good in its own place only")
  func places() throws {
    let (bytes, list) = try Self.content()
    for leaf in UInt32(0)..<3 {
      let range = list.tree.range(ofLeaf: leaf)
      let data = bytes[Int(range.lowerBound)..<Int(range.upperBound)]
      for place in UInt32(0)..<3 {
        let digest = list.digests[Int(place) * 32..<Int(place) * 32 + 32]
        let refusal = try Self.refusal { crypto throws(DigestTreeError) in
          try list.tree.check(
            Array(data).span, asLeaf: place, withDigest: Array(digest).span, crypto: &crypto)
        }
        if place == leaf {
          #expect(refusal == nil)
        } else if data.count == list.tree.range(ofLeaf: place).count {
          #expect(refusal == .leafMismatch(index: place, offset: place * 4_096))
        } else {
          #expect(
            refusal
              == .leafLength(
                index: place, found: data.count,
                expected: list.tree.range(ofLeaf: place).count))
        }
      }
    }
    let beyond = try Self.refusal { crypto throws(DigestTreeError) in
      try list.tree.check(bytes.span, asLeaf: 3, withDigest: bytes.span, crypto: &crypto)
    }
    #expect(beyond == .leafIndex(3, count: 3))
  }

  @Test("A list is good for the root of its own content only")
  func lists() throws {
    let (_, list) = try Self.content()
    func refusal(_ digests: [UInt8], _ tree: DigestTree) throws -> DigestTreeRefusal? {
      try Self.refusal { crypto throws(DigestTreeError) in
        try tree.check(leafDigests: digests.span, crypto: &crypto)
      }
    }
    #expect(try refusal(list.digests, list.tree) == nil)
    #expect(
      try refusal(Array(list.digests.dropLast(32)), list.tree)
        == .leafListSize(found: 64, expected: 96))
    for position in list.digests.indices {
      var damaged = list.digests
      damaged[position] ^= 0x10
      #expect(try refusal(damaged, list.tree) == .rootMismatch)
    }
    // The size is part of the root, also where the number of leaves stays.
    let longer = DigestTree(leafSizeExponent: 12, coveredSize: 10_001, root: list.tree.root)
    #expect(try refusal(list.digests, longer) == .rootMismatch)
  }

  @Test("No leaf passes as a list of leaf digests")
  func leafAsList() throws {
    // A leaf whose bytes are exactly what is hashed for the root of another tree.
    let (_, list) = try Self.content()
    let ending = list.tree.rootEnding
    let message = list.digests + ending.indices.map { ending[$0] }
    let disguised = try LeafList(
      over: MemoryStorage(message), coveredSize: UInt32(message.count), leafSizeExponent: 12)
    #expect(disguised.digests != list.tree.root.indices.map { list.tree.root[$0] })
  }

  @Test("The start of a list is checked field by field")
  func header() throws {
    let (_, list) = try Self.content()
    let encoded = list.encoded
    #expect(encoded.count == 16 + 96)
    #expect(Array(encoded.prefix(16)) == Array("bpleaves".utf8) + [1, 1, 12, 0, 3, 0, 0, 0])
    #expect(try LeafList(decoding: encoded.span, of: list.tree) == list)
    func error(_ change: (inout [UInt8]) -> Void) -> LeafListError? {
      var changed = encoded
      change(&changed)
      do throws(LeafListError) {
        _ = try LeafList(decoding: changed.span, of: list.tree)
        return nil
      } catch { return error }
    }
    for position in 0..<8 { #expect(error { $0[position] ^= 1 } == .notAList) }
    #expect(error { $0[8] = 2 } == .refused(.leafListVersion(2)))
    #expect(error { $0[9] = 0 } == .refused(.leafListAlgorithm(0)))
    #expect(error { $0[10] = 17 } == .refused(.leafListContent))
    #expect(error { $0[10] = 13 } == .refused(.leafListOfOtherTree))
    #expect(error { $0[11] = 1 } == .refused(.leafListContent))
    #expect(error { $0[12] = 2 } == .refused(.leafListOfOtherTree))
    #expect(error { $0.removeLast() } == .refused(.leafListSize(found: 95, expected: 96)))
    #expect(error { $0.append(0) } == .refused(.leafListSize(found: 97, expected: 96)))
    #expect(error { $0.removeLast($0.count - 15) } == .notAList)
    #expect(error { $0[50] ^= 1 } == .refused(.rootMismatch))
  }
}
