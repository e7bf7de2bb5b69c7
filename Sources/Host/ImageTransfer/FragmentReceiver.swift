public import FirmwareImage
import NORFlash
public import OpenSSLCrypto

/// Puts an image with a digest tree together in a file, from fragments of any size in any order.
///
/// Fragments are assembled into leaves in memory, and a leaf is written only when its digest is the
/// one in the leaf list. What the file holds is never believed: when a download is resumed, the file
/// is hashed, and each leaf that is not good is missing. So it may be interrupted at any moment, by
/// whatever, and needs no record of its progress.
///
/// ```swift
/// let list = try LeafList(decoding: bytes.span, of: tree)
/// var receiver = try FragmentReceiver(path: "app.img", prologue: prologue, leafList: list)
/// for range in receiver.missingRanges { try receiver.receive(fetch(range).span, at: range.lowerBound) }
/// try receiver.finish()
/// ```
///
/// Whether prologue and tree are those of somebody trusted is for the caller to find out first, with
/// `ImageVerifier.examine` and `DigestTree.signer(of:crypto:revokedKeys:)`.
public struct FragmentReceiver: ~Copyable {
  /// The tree of the image.
  public let tree: DigestTree
  /// The number of leaves that may be in memory because some of their bytes are missing.
  public let openLeafLimit: Int
  /// The leaves that are good in the file.
  var leaves: LeafSet
  /// The leaves of which some bytes have come.
  private var openLeaves: [UInt32: OpenLeaf] = [:]
  var prologue: ImagePrologue
  let checker: LeafChecker
  let file: PartialFile

  /// Begins a download, or resumes the one that the file at `path` holds.
  ///
  /// Until it is finished the file belongs to this receiver alone.
  ///
  /// - Parameters:
  ///   - path: The file; it is made if there is none.
  ///   - prologue: The header and the TLV areas of the image.
  ///   - leafList: Its leaf list.
  ///   - openLeafLimit: The number of incomplete leaves that are kept in memory; each needs nine
  ///     eighths of a leaf size.
  /// - Precondition: `openLeafLimit` is at least 1.
  /// - Throws: `FragmentReceiverError.refused` if prologue and list do not fit together, `.file`,
  ///   `.inUse` or `.engine`.
  /// - Complexity: O(size of the file), on all processors
  public init(
    path: String, prologue: ImagePrologue, leafList: LeafList, openLeafLimit: Int = 64
  ) throws(FragmentReceiverError) {
    precondition(openLeafLimit > 0)
    var prologue = prologue
    let described: DigestTree?
    do { described = try DigestTree(of: &prologue) } catch { throw .refused(error) }
    guard let described else { throw .noTree }
    guard described == leafList.tree else { throw .refused(.leafListOfOtherTree) }
    let checker: LeafChecker
    do { checker = try LeafChecker(leafList) } catch { throw .engine(error) }
    let file = try PartialFile(path)
    let leaves = try Self.goodLeaves(in: file, of: leafList)
    tree = described
    self.openLeafLimit = openLeafLimit
    self.prologue = prologue
    self.checker = checker
    self.file = file
    self.leaves = leaves
  }

  /// Takes bytes of the image.
  ///
  /// Bytes of leaves that are good already are passed over, and so are those of the TLV areas, which
  /// are known from the prologue. What comes twice for an incomplete leaf replaces what came before.
  /// All leaves that the fragment touches are dealt with before an error is thrown.
  ///
  /// - Parameter offset: The distance of the first byte from the start of the image.
  /// - Throws: `FragmentReceiverError.wrongLeaf` if a leaf became complete and is not the one that
  ///   was hashed: all its bytes are missing again, for nobody knows which of them are wrong.
  ///   `.outOfBounds`; `.tooManyOpenLeaves` if the fragment needs more memory than is granted: what
  ///   is missing in other leaves has to come first. `.file` or `.engine`; the fragment may be handed
  ///   over again then.
  /// - Complexity: O(`bytes.count` + size of the leaves that become complete)
  public mutating func receive(
    _ bytes: Span<UInt8>, at offset: UInt32
  ) throws(FragmentReceiverError) {
    let end = UInt64(offset) + UInt64(bytes.count)
    guard end <= UInt64(prologue.size) else {
      throw .outOfBounds(offset: offset, count: bytes.count, imageSize: prologue.size)
    }
    let needed = offset..<max(offset, min(UInt32(end), tree.coveredSize))
    guard !needed.isEmpty else { return }
    var firstError: FragmentReceiverError?
    let first = needed.lowerBound >> UInt32(tree.leafSizeExponent)
    let last = (needed.upperBound - 1) >> UInt32(tree.leafSizeExponent)
    for index in first...last where !leaves.contains(index) {
      let range = tree.range(ofLeaf: index)
      let part = range.clamped(to: needed)
      let piece = bytes.extracting(Int(part.lowerBound - offset)..<Int(part.upperBound - offset))
      do throws(FragmentReceiverError) {
        try receive(piece, at: Int(part.lowerBound - range.lowerBound), ofLeaf: index)
      } catch {
        if firstError == nil { firstError = error }
      }
    }
    if let firstError { throw firstError }
  }

  /// The bytes of header and payload that have not come yet, in order and with no two touching.
  ///
  /// Bytes of incomplete leaves have come, but are lost if the download is interrupted.
  ///
  /// - Complexity: O(number of leaves + size of the incomplete ones)
  public var missingRanges: [Range<UInt32>] {
    var ranges: [Range<UInt32>] = []
    func add(_ range: Range<UInt32>) {
      if let last = ranges.last, last.upperBound == range.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
      } else {
        ranges.append(range)
      }
    }
    for index in 0..<tree.leafCount where !leaves.contains(index) {
      let range = tree.range(ofLeaf: index)
      guard let leaf = openLeaves[index] else {
        add(range)
        continue
      }
      for hole in leaf.missingRanges {
        add(range.lowerBound + UInt32(hole.lowerBound)..<range.lowerBound + UInt32(hole.upperBound))
      }
    }
    return ranges
  }

  /// The number of leaves that are good in the file.
  public var goodLeafCount: UInt32 { leaves.memberCount }

  /// Whether all leaves are good in the file.
  public var isComplete: Bool { goodLeafCount == tree.leafCount }

  /// The number of leaves of which some bytes have come, and not all.
  public var openLeafCount: Int { openLeaves.count }

  /// Takes bytes of a leaf that is not good yet.
  private mutating func receive(
    _ bytes: Span<UInt8>, at start: Int, ofLeaf index: UInt32
  ) throws(FragmentReceiverError) {
    let range = tree.range(ofLeaf: index)
    if bytes.count == range.count {
      // Whole: what has come of it before does not matter.
      try write(bytes, asLeaf: index)
      openLeaves[index] = nil
      return
    }
    if openLeaves[index] == nil {
      guard openLeaves.count < openLeafLimit else {
        throw .tooManyOpenLeaves(limit: openLeafLimit, index: index, offset: range.lowerBound)
      }
      openLeaves[index] = OpenLeaf(size: range.count)
    }
    openLeaves[index]?.receive(bytes, at: start)
    guard let leaf = openLeaves[index], leaf.isComplete else { return }
    do throws(FragmentReceiverError) {
      try write(leaf.bytes.span, asLeaf: index)
    } catch {
      // Complete bytes stay for the next attempt; wrong ones are of no use.
      if case .wrongLeaf = error { openLeaves[index] = nil }
      throw error
    }
    openLeaves[index] = nil
  }

  /// Writes a leaf to the file if it is the right one.
  private mutating func write(
    _ bytes: Span<UInt8>, asLeaf index: UInt32
  ) throws(FragmentReceiverError) {
    let offset = tree.range(ofLeaf: index).lowerBound
    let matches: Bool
    do { matches = try checker.matches(bytes, leaf: index) } catch { throw .engine(error) }
    guard matches else { throw .wrongLeaf(index: index, offset: offset) }
    try file.write(bytes, at: offset)
    leaves.insert(index)
  }
}
