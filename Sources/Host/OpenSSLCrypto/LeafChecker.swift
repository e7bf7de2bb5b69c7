import FirmwareImage

/// Checks single leaves against a list, in one thread.
public struct LeafChecker: ~Copyable {
  /// The list that leaves are checked against.
  public let list: LeafList
  private let digester: LeafDigester

  /// Prepares to check.
  ///
  /// - Throws: `OpenSSLError` if libcrypto does not work.
  public init(_ list: LeafList) throws(OpenSSLError) {
    self.list = list
    digester = try LeafDigester()
  }

  /// Whether these bytes are the leaf with this index.
  ///
  /// - Precondition: `index` is below the number of leaves.
  /// - Throws: `OpenSSLError` if libcrypto failed.
  /// - Complexity: O(`bytes.count`)
  public func matches(_ bytes: Span<UInt8>, leaf index: UInt32) throws(OpenSSLError) -> Bool {
    guard bytes.count == list.tree.range(ofLeaf: index).count else { return false }
    try digester.start()
    try digester.update(bytes)
    let digest = try digester.finish()
    return list.hasDigest(digest.span, ofLeaf: index)
  }
}
