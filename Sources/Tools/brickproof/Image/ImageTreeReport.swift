import FirmwareImage

/// The verdict about the digest tree of an image.
struct ImageTreeReport: Encodable {
  var leafSize: UInt32
  var leafCount: UInt32
  var root: String
  /// `match`, or `not-checked` if the file holds the payload in another form than the tree covers.
  var leaves: String
  /// `good`, `none` or `not-checked`.
  var signature: String
  var key: String?
  /// `behind-image`, the path of a file, or absent.
  var leafList: String?

  init(_ checked: CheckedTree, keys: [String]) {
    leafSize = checked.tree.leafSize
    leafCount = checked.tree.leafCount
    root = Hexadecimal.text(of: checked.tree.rootBytes)
    leaves = checked.leaves == .match ? "match" : "not-checked"
    key = checked.signingKey.map { keys[$0] }
    signature = key != nil ? "good" : keys.isEmpty ? "not-checked" : "none"
    switch checked.listPlace {
    case .nowhere: break
    case .behindImage: leafList = "behind-image"
    case .file(let path): leafList = path
    }
  }

  /// Prints what was found, and of the root who vouches for it.
  func printText() {
    let shape =
      "\(Count.text(Int(leafCount), "leaf", "leaves")) of \(ByteSize.text(UInt64(leafSize)))"
    print(
      "  tree       \(shape), "
        + (leaves == "match" ? "all match" : "not checked: they cover the encrypted payload"))
    let signer =
      key.map { "signed by \($0)" }
      ?? (signature == "none" ? "not signed" : "signature not checked")
    print("  root       \(root), \(signer)")
    if let leafList {
      print("  leaf list  \(leafList == "behind-image" ? "behind the image" : leafList), good")
    }
  }
}

extension DigestTree {
  /// The bytes of the root.
  var rootBytes: [UInt8] { root.indices.map { root[$0] } }
}
