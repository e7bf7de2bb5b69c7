import NORFlash

extension DigestTree {
  /// The byte that a leaf is hashed with, behind its own.
  public static var leafMark: UInt8 { 0 }
  /// The byte that a list of leaf digests is hashed with, behind everything else.
  static var rootMark: UInt8 { 1 }

  /// What is hashed behind the leaf digests for the root: u32 delivered bytes, exponent, mark.
  public var rootEnding: [6 of UInt8] {
    var bytes: [6 of UInt8] = .init(repeating: 0)
    var buffer = bytes.mutableSpan
    buffer.store(littleEndian: coveredSize, at: 0)
    buffer[4] = leafSizeExponent
    buffer[5] = Self.rootMark
    return bytes
  }

  /// Checks the bytes of a leaf against its digest.
  ///
  /// - Parameter digest: The 32 bytes from a leaf list that was checked.
  /// - Throws: `DigestTreeError.refused` with `.leafIndex` if there is no such leaf, `.leafLength` if
  ///   it has another length, or `.leafMismatch`; `.crypto` if the provider failed.
  /// - Complexity: O(`bytes.count`)
  public func check<C: CryptoProvider & ~Copyable>(
    _ bytes: Span<UInt8>, asLeaf index: UInt32, withDigest digest: Span<UInt8>, crypto: inout C
  ) throws(DigestTreeError) {
    guard index < leafCount else { throw .refused(.leafIndex(index, count: leafCount)) }
    let range = range(ofLeaf: index)
    guard bytes.count == range.count else {
      throw .refused(.leafLength(index: index, found: bytes.count, expected: range.count))
    }
    let found: ImageDigest
    do throws(CryptoError) {
      try crypto.startDigest(.sha256)
      try crypto.updateDigest(bytes)
      let mark: [1 of UInt8] = [Self.leafMark]
      try crypto.updateDigest(mark.span)
      found = try crypto.finishDigest()
    } catch { throw .crypto(error) }
    guard found.storage.span.extracting(first: Self.digestSize).isEqual(to: digest) else {
      throw .refused(.leafMismatch(index: index, offset: range.lowerBound))
    }
  }

  /// Checks that a list of leaf digests is the one that the root stands for.
  ///
  /// - Parameter digests: 32 bytes for each leaf, in order.
  /// - Throws: `DigestTreeError.refused` with `.leafListSize` or `.rootMismatch`; `.crypto` if the
  ///   provider failed.
  /// - Complexity: O(`leafCount`)
  public func check<C: CryptoProvider & ~Copyable>(
    leafDigests digests: Span<UInt8>, crypto: inout C
  ) throws(DigestTreeError) {
    let expected = UInt64(leafCount) * UInt64(Self.digestSize)
    guard UInt64(digests.count) == expected else {
      throw .refused(.leafListSize(found: UInt64(digests.count), expected: expected))
    }
    let found: ImageDigest
    do throws(CryptoError) {
      try crypto.startDigest(.sha256)
      try crypto.updateDigest(digests)
      try crypto.updateDigest(rootEnding.span)
      found = try crypto.finishDigest()
    } catch { throw .crypto(error) }
    guard found.storage.span.extracting(first: Self.digestSize).isEqual(to: root.span) else {
      throw .refused(.rootMismatch)
    }
  }
}
