import FirmwareImage
import NORFlash
import OpenSSLCrypto

extension FragmentReceiver {
  /// Reads the file back, and makes it the image: TLV areas behind the payload, nothing behind them,
  /// safely stored.
  ///
  /// The image is the one that the tree stands for; its hash and its signatures are still for
  /// `ImageVerifier.verify` to judge.
  ///
  /// - Throws: `FragmentReceiverError.incomplete` if leaves are missing, or are no longer good in the
  ///   file; those are missing now. `.headerOfOtherImage`, `.file` or `.engine`.
  /// - Complexity: O(image size), on all processors
  public mutating func finish() throws(FragmentReceiverError) {
    if isComplete { leaves = try Self.goodLeaves(in: file, of: checker.list) }
    guard isComplete else {
      throw .incomplete(
        missingLeaves: tree.leafCount - goodLeafCount, first: missingRanges.first ?? 0..<0)
    }
    var stored = [UInt8](repeating: 0, count: ImageHeader.encodedSize)
    var announced = stored
    var storedSpan = stored.mutableSpan
    try file.read(into: &storedSpan, at: 0)
    var areas = [UInt8](repeating: 0, count: Int(prologue.size - tree.coveredSize))
    do throws(ImagePrologueError) {
      var announcedSpan = announced.mutableSpan
      try prologue.read(at: 0, into: &announcedSpan)
      var areaSpan = areas.mutableSpan
      try prologue.read(at: tree.coveredSize, into: &areaSpan)
    } catch { throw .headerOfOtherImage }
    guard stored == announced else { throw .headerOfOtherImage }
    try file.write(areas.span, at: tree.coveredSize)
    try file.end(at: prologue.size)
  }

  /// Finds out by hashing which leaves are good in a file.
  static func goodLeaves(
    in file: borrowing PartialFile, of list: LeafList
  ) throws(FragmentReceiverError) -> LeafSet {
    let tree = list.tree
    let size = try file.currentSize
    let whole =
      size >= UInt64(tree.coveredSize)
      ? tree.leafCount : UInt32(truncatingIfNeeded: size >> UInt64(tree.leafSizeExponent))
    let digests: [UInt8]
    do {
      digests = try LeafComputation.digests(of: tree, firstLeaves: whole, in: file)
    } catch {
      switch error {
      case .storage(let failure): throw failure
      case .engine(let failure): throw .engine(failure)
      }
    }
    var good = LeafSet(count: tree.leafCount)
    for index in 0..<whole { good.insert(index) }
    for index in list.leaves(differingFrom: digests) { good.remove(index) }
    return good
  }
}
