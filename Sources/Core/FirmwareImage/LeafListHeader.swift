import NORFlash

/// The start of a list of leaf digests, which lies behind the TLVs of an image or in a file of its
/// own.
///
/// ```
///  0  ASCII "bpleaves"
///  8  u8  version, 1           9  u8  algorithm, 1 = SHA-256
/// 10  u8  leaf size as an exponent of two
/// 11  u8  zero                12  u32 number of leaves n, little-endian
/// 16  n digests of 32 bytes, of leaf 0 first
/// ```
///
/// Nobody vouches for a list itself: it is good if its root is the one in the image.
public struct LeafListHeader: Equatable, Sendable {
  /// The size in bytes.
  public static var encodedSize: Int { 16 }

  /// The leaf size as an exponent of two.
  public let leafSizeExponent: UInt8
  /// The number of leaves.
  public let leafCount: UInt32

  /// Describes the list of a tree.
  public init(of tree: DigestTree) {
    leafSizeExponent = tree.leafSizeExponent
    leafCount = tree.leafCount
  }

  /// Reads the start of a list; `nil` if it does not begin as one.
  ///
  /// - Precondition: There are at least `encodedSize` bytes.
  /// - Throws: `DigestTreeRefusal.leafListVersion`, `.leafListAlgorithm` or `.leafListContent`.
  public init?(decoding bytes: Span<UInt8>) throws(DigestTreeRefusal) {
    guard bytes.littleEndianUInt64(at: 0) == Self.magic else { return nil }
    guard bytes[8] == DigestTree.version else { throw .leafListVersion(bytes[8]) }
    guard DigestAlgorithm(treeNumber: bytes[9]) == .sha256 else {
      throw .leafListAlgorithm(bytes[9])
    }
    guard DigestTree.leafSizeExponents.contains(bytes[10]), bytes[11] == 0 else {
      throw .leafListContent
    }
    leafSizeExponent = bytes[10]
    leafCount = bytes.littleEndianUInt32(at: 12)
  }

  /// Writes the 16 bytes.
  ///
  /// - Precondition: `buffer` holds at least `encodedSize` bytes.
  public func encode(into buffer: inout MutableSpan<UInt8>) {
    buffer.store(littleEndian: Self.magic, at: 0)
    buffer[8] = DigestTree.version
    buffer[9] = DigestAlgorithm.sha256.treeNumber
    buffer[10] = leafSizeExponent
    buffer[11] = 0
    buffer.store(littleEndian: leafCount, at: 12)
  }

  /// The size of the whole list in bytes.
  public var listSize: UInt64 {
    UInt64(Self.encodedSize) + UInt64(leafCount) * UInt64(DigestTree.digestSize)
  }

  /// "bpleaves", the first character in the lowest byte.
  private static var magic: UInt64 { 0x7365_7661_656C_7062 }
}
