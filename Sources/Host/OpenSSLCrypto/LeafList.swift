public import FirmwareImage
import NORFlash

/// The digests of all leaves of an image, and the tree they make.
///
/// It needs 32 bytes for each leaf: half a mebibyte for a gibibyte in leaves of 64 KiB.
public struct LeafList: Equatable, Sendable {
  /// The tree, with the root that these digests have.
  public let tree: DigestTree
  /// 32 bytes for each leaf, in order.
  public let digests: [UInt8]

  /// Takes digests that were computed, and computes their root.
  init(
    _ digests: [UInt8], coveredSize: UInt32, leafSizeExponent: UInt8
  ) throws(OpenSSLError) {
    let root = try LeafDigester.root(
      of: digests, coveredSize: coveredSize, leafSizeExponent: leafSizeExponent)
    tree = DigestTree(leafSizeExponent: leafSizeExponent, coveredSize: coveredSize, root: root)
    self.digests = digests
  }

  /// Reads a list from its encoded form, and checks it against the root of a tree.
  ///
  /// - Parameter bytes: The list, and nothing behind it.
  /// - Throws: `LeafListError.notAList`, `.refused` if it is damaged or that of another image, or
  ///   `.engine`.
  /// - Complexity: O(`bytes.count`)
  public init(decoding bytes: Span<UInt8>, of tree: DigestTree) throws(LeafListError) {
    guard bytes.count >= LeafListHeader.encodedSize else { throw .notAList }
    let header: LeafListHeader?
    do { header = try LeafListHeader(decoding: bytes) } catch { throw .refused(error) }
    guard let header else { throw .notAList }
    guard header == LeafListHeader(of: tree) else { throw .refused(.leafListOfOtherTree) }
    guard UInt64(bytes.count) == header.listSize else {
      let headerSize = UInt64(LeafListHeader.encodedSize)
      throw .refused(
        .leafListSize(
          found: UInt64(bytes.count) - headerSize, expected: header.listSize - headerSize))
    }
    let digests = bytes.extracting(LeafListHeader.encodedSize...)
    do {
      try self.init(
        unsafe digests.withUnsafeBufferPointer { unsafe Array($0) },
        coveredSize: tree.coveredSize, leafSizeExponent: tree.leafSizeExponent)
    } catch { throw .engine(error) }
    guard self.tree == tree else { throw .refused(.rootMismatch) }
  }

  /// The list as it lies behind an image or in a file of its own.
  public var encoded: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: LeafListHeader.encodedSize)
    bytes.reserveCapacity(bytes.count + digests.count)
    var buffer = bytes.mutableSpan
    LeafListHeader(of: tree).encode(into: &buffer)
    return bytes + digests
  }

  /// Whether the digest of a leaf is this one.
  ///
  /// - Precondition: `index` is below the number of leaves, and `digest` has 32 bytes.
  func hasDigest(_ digest: Span<UInt8>, ofLeaf index: UInt32) -> Bool {
    let start = Int(index) * DigestTree.digestSize
    return digests.span.extracting(start..<start + DigestTree.digestSize).isEqual(to: digest)
  }
}

/// Why a leaf list cannot be read.
public enum LeafListError: Error, Equatable, Sendable {
  /// The bytes do not begin as a list.
  case notAList
  /// It is damaged, or that of another image.
  case refused(DigestTreeRefusal)
  /// libcrypto failed.
  case engine(OpenSSLError)
}

extension LeafListError: CustomStringConvertible {
  /// The error in one line.
  public var description: String {
    switch self {
    case .notAList: "is no leaf list of a digest tree"
    case .refused(let refusal): refusal.description
    case .engine(let error): error.description
    }
  }
}
