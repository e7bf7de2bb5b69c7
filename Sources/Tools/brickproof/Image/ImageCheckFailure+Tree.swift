import FirmwareImage
import OpenSSLCrypto

extension ImageCheckFailure {
  /// The reason in one line, if it is about a digest tree.
  var treeMessage: String {
    switch self {
    case .prologue(.tooLarge(let size, let capacity)):
      "the TLV areas have \(size) bytes; with a digest tree they have at most \(capacity)"
    case .prologue(let error): "the TLV areas cannot be read: \(error)"
    case .tree(let refusal): refusal.description
    case .noTree:
      "has no digest tree; verify it without --parallel, or make it with --digest-tree"
    case .unsignedTree:
      "the digest tree is not signed, so only the image hash vouches for it;"
        + " verify it without --parallel"
    case .leafList(let path, let error):
      (path.map { "\($0): " } ?? "") + error.description
    case .leaves(let tree, let differing): Self.text(of: differing, tree)
    default: "the digest tree cannot be checked"
    }
  }

  private static func text(of leaves: [UInt32]?, _ tree: DigestTree) -> String {
    guard let leaves, let first = leaves.first else {
      return "the content does not match the digest tree: damaged, or changed;"
        + " a leaf list would tell where (--leaf-list)"
    }
    let more =
      leaves.count == 1
      ? ""
      : ", and \(Count.text(leaves.count - 1)) more of"
        + " \(Count.text(Int(tree.leafCount)))"
    return DigestTreeRefusal.leafMismatch(
      index: first, offset: tree.range(ofLeaf: first).lowerBound
    ).description + more
  }
}
