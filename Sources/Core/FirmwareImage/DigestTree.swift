import NORFlash

/// The tree of hashes that a large image may carry, so that any part of it can be checked alone.
///
/// The image hash tells whether an image is good when its last byte is there, and one processor has
/// to compute it. With a digest tree each *leaf* of 4 to 64 KiB has a digest of its own: fragments
/// are checked in the order in which they arrive, a resumed download knows what it has, and all
/// processors verify at once. For everyone else the image is an ordinary one: two protected vendor
/// entries, and bytes behind its end.
///
/// ```
///        leaf 0        leaf 1             leaf n-1
///   |header|   ...  |    ...    |  ...  |    ..|protected TLVs              |unprotected|leaf list
///   '------------ delivered bytes -------------'counter … 0xBFA1 … 0xBFA2   |hash, key, |
///                                                         root ^    ^ sig.  |signature  |
/// ```
///
/// **Leaves** cover the bytes as they are delivered, from the start of the header to the end of the
/// payload: ciphertext if the payload is encrypted, for that is what a downloader can check. Leaf
/// *i* begins at *i* leaf sizes; the last one may be shorter. The TLV areas are in no leaf.
///
/// ```
/// digest of a leaf = SHA-256(its bytes || 00)
/// root             = SHA-256(digests of leaves 0 ... n-1 || u32 delivered bytes || u8 exponent || 01)
/// ```
///
/// The last byte keeps apart what is a leaf and what is a list of digests: none passes as the other.
///
/// **Entry 0xBFA1**, protected, 40 bytes, numbers little-endian:
///
/// ```
///  0  u8  version, 1             1  u8  algorithm, 1 = SHA-256
///  2  u8  leaf size as an exponent of two, 12 ... 16
///  3  u8  zero                   4  u32 number of leaves
///  8  root, 32 bytes
/// ```
///
/// **Entry 0xBFA2**, protected, the last one of its area, signs header and protected area in front of
/// the payload; without it the root is only as good as the image hash, and known to be good only
/// after that was computed:
///
/// ```
///  0    u8  version, 1           1    u8  digest: 1 SHA-256, 2 SHA-384, 3 SHA-512
///  2    u16 zero
///  4    hash of the public key in the form of the KEYHASH entry, with that digest: h bytes
///  4+h  u16 length n of the signature
///  6+h  signature, n bytes, then zeros to the end of the entry
///
/// signed is the digest of: "Brickproof digest tree 1" (24 bytes of ASCII)
///                       || the first 32 bytes of the image, its header
///                       || the protected area from its start up to the length of the signature
/// ```
///
/// What is signed begins with another byte than an image, so that neither signature passes as the
/// other. The leaf list has its form from `LeafListHeader`.
public struct DigestTree: Sendable {
  /// The version of the entries and of the leaf list.
  public static var version: UInt8 { 1 }
  /// The size of the root and of the digest of a leaf, in bytes.
  public static var digestSize: Int { 32 }
  /// The leaf sizes as exponents of two, from 4 KiB to 64 KiB.
  public static var leafSizeExponents: ClosedRange<UInt8> { 12...16 }
  /// The size of the tree's entry without its head, in bytes.
  public static var encodedSize: Int { 40 }

  /// The leaf size as an exponent of two.
  public let leafSizeExponent: UInt8
  /// The number of bytes that the leaves cover: the header and the payload as it is delivered.
  public let coveredSize: UInt32
  /// The digest of all leaf digests.
  public let root: [32 of UInt8]

  /// Describes the tree over `coveredSize` bytes.
  ///
  /// - Precondition: The exponent is one of `leafSizeExponents`, and there is a byte to cover.
  public init(leafSizeExponent: UInt8, coveredSize: UInt32, root: [32 of UInt8]) {
    precondition(Self.leafSizeExponents.contains(leafSizeExponent) && coveredSize > 0)
    self.leafSizeExponent = leafSizeExponent
    self.coveredSize = coveredSize
    self.root = root
  }

  /// The size of every leaf but the last, in bytes.
  public var leafSize: UInt32 { 1 << UInt32(leafSizeExponent) }

  /// The number of leaves, at least 1.
  public var leafCount: UInt32 { (coveredSize - 1) >> UInt32(leafSizeExponent) + 1 }

  /// The bytes of a leaf as offsets from the start of the image.
  ///
  /// - Precondition: `index` is below `leafCount`.
  public func range(ofLeaf index: UInt32) -> Range<UInt32> {
    precondition(index < leafCount, "no such leaf")
    let start = index << UInt32(leafSizeExponent)
    return start..<start + min(leafSize, coveredSize - start)
  }

  /// Writes the content of the tree's entry.
  ///
  /// - Precondition: `buffer` holds at least `encodedSize` bytes.
  public func encode(into buffer: inout MutableSpan<UInt8>) {
    buffer[0] = Self.version
    buffer[1] = DigestAlgorithm.sha256.treeNumber
    buffer[2] = leafSizeExponent
    buffer[3] = 0
    buffer.store(littleEndian: leafCount, at: 4)
    buffer.copy(root.span, at: 8)
  }
}

extension DigestTree: Equatable {
  /// Whether both trees have the same shape and root.
  public static func == (left: DigestTree, right: DigestTree) -> Bool {
    left.leafSizeExponent == right.leafSizeExponent && left.coveredSize == right.coveredSize
      && left.root.span.isEqual(to: right.root.span)
  }
}

extension TLVType {
  /// The digest tree of an image; an entry of Brickproof's own.
  public static var digestTree: TLVType { TLVType(rawValue: 0xBFA1) }
  /// The signature over everything in front of the payload, with the root of the tree; an entry of
  /// Brickproof's own.
  public static var digestTreeSignature: TLVType { TLVType(rawValue: 0xBFA2) }
}

extension DigestAlgorithm {
  /// The number of the algorithm in the entries of a digest tree.
  public var treeNumber: UInt8 { rawValue + 1 }

  /// The algorithm with this number, or `nil` if there is none.
  init?(treeNumber: UInt8) {
    guard treeNumber > 0 else { return nil }
    self.init(rawValue: treeNumber - 1)
  }
}
