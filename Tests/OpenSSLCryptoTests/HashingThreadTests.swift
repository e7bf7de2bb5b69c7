import FirmwareImage
import FlashEmulator
import NORFlash
import Testing

@testable import OpenSSLCrypto

/// The second thread gives what one thread gives, at every boundary of its ring.
@Suite struct HashingThreadTests {
  static let sizes = [
    0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 1 << 20, 1 << 20 + 1, ByteRing.capacity / 2,
    ByteRing.capacity - 1, ByteRing.capacity, ByteRing.capacity + 1, 5_000_001,
  ]

  private func digest(
    of bytes: [UInt8], chunk: Int, _ place: HashingPlace, _ algorithm: DigestAlgorithm = .sha256
  ) throws -> ImageDigest {
    var provider = try OpenSSLProvider(trustedKeys: [], hashing: place)
    try provider.startDigest(algorithm)
    var position = 0
    while position < bytes.count {
      let count = min(chunk, bytes.count - position)
      try provider.updateDigest(bytes.span.extracting(position..<position + count))
      position += count
    }
    return try provider.finishDigest()
  }

  private func content(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    var bytes = [UInt8](repeating: 0, count: count)
    for index in stride(from: 0, to: count, by: 8) {
      var word = random.next()
      for offset in index..<min(index + 8, count) {
        bytes[offset] = UInt8(truncatingIfNeeded: word)
        word >>= 8
      }
    }
    return bytes
  }

  @Test(arguments: sizes) func everyPlaceGivesTheSameHash(size: Int) throws {
    let bytes = content(size, seed: UInt64(size))
    let expected = try digest(of: bytes, chunk: .max, .callingThread)
    for chunk in [4_096, 65_536, 262_144, 3 << 20] {
      for place in [HashingPlace.callingThread, .secondThread, .automatic] {
        #expect(try digest(of: bytes, chunk: chunk, place) == expected, "\(chunk) \(place)")
      }
    }
  }

  @Test(arguments: [DigestAlgorithm.sha256, .sha384, .sha512])
  func everyAlgorithmIsHandedOver(_ algorithm: DigestAlgorithm) throws {
    let bytes = content(3_000_000, seed: 3)
    let expected = try digest(of: bytes, chunk: 65_536, .callingThread, algorithm)
    #expect(try digest(of: bytes, chunk: 65_536, .secondThread, algorithm) == expected)
  }

  /// One provider, many hashes: some dropped half way, some ended.
  @Test func aHashThatIsDroppedLeavesNothingBehind() throws {
    let bytes = content(2_500_000, seed: 4)
    let expected = try digest(of: bytes, chunk: 65_536, .callingThread)
    var provider = try OpenSSLProvider(trustedKeys: [], hashing: .secondThread)
    for _ in 0..<20 {
      try provider.startDigest(.sha512)
      try provider.updateDigest(bytes.span)
      try provider.startDigest(.sha256)
      try provider.updateDigest(bytes.span)
      #expect(try provider.finishDigest() == expected)
    }
    #expect(throws: CryptoError.self) { try provider.updateDigest(bytes.span) }
  }

  @Test func aProviderMayGoWhileItHashes() throws {
    let bytes = content(2_500_000, seed: 5)
    for _ in 0..<50 {
      var provider = try OpenSSLProvider(trustedKeys: [], hashing: .secondThread)
      try provider.startDigest(.sha256)
      try provider.updateDigest(bytes.span)
    }
  }

  /// Two threads and a ring, told apart by the bytes that go through it.
  @Test func aRingKeepsOrderAndEnds() async {
    let ring = ByteRing()
    let bytes = content(7_000_003, seed: 6)
    async let received: [UInt8] = {
      var all: [UInt8] = []
      ring.readAll { piece in
        for index in piece.indices { all.append(piece[index]) }
      }
      return all
    }()
    ring.write(bytes.span.extracting(0..<5_000_000))
    ring.drain()
    ring.write(bytes.span.extracting(5_000_000...))
    ring.close()
    let isSame = await received == bytes
    #expect(isSame)
  }
}
