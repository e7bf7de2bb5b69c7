import FirmwareImage
import NORFlash

/// Computes the leaf list of bytes that come in order, in pieces of any size.
public struct LeafListBuilder: ~Copyable {
  private let leafSizeExponent: UInt8
  private let digester: LeafDigester
  private var digests: [UInt8] = []
  private var size: UInt64 = 0

  /// Begins a list.
  ///
  /// - Precondition: The exponent is one of `DigestTree.leafSizeExponents`.
  /// - Throws: `OpenSSLError` if libcrypto does not work.
  public init(leafSizeExponent: UInt8) throws(OpenSSLError) {
    precondition(DigestTree.leafSizeExponents.contains(leafSizeExponent))
    self.leafSizeExponent = leafSizeExponent
    digester = try LeafDigester()
  }

  /// Takes the next bytes.
  ///
  /// - Throws: `OpenSSLError` if libcrypto failed.
  /// - Complexity: O(`bytes.count`)
  public mutating func append(_ bytes: Span<UInt8>) throws(OpenSSLError) {
    let leafSize = 1 << Int(leafSizeExponent)
    var taken = 0
    while taken < bytes.count {
      let filled = Int(size % UInt64(leafSize))
      if filled == 0 { try digester.start() }
      let count = min(leafSize - filled, bytes.count - taken)
      try digester.update(bytes.extracting(taken..<taken + count))
      taken += count
      size += UInt64(count)
      if filled + count == leafSize { try endLeaf() }
    }
  }

  /// Ends the list.
  ///
  /// - Precondition: At least one byte came, and less than 4 GiB.
  /// - Throws: `OpenSSLError` if libcrypto failed.
  public consuming func finish() throws(OpenSSLError) -> LeafList {
    if size % (1 << UInt64(leafSizeExponent)) != 0 { try endLeaf() }
    return try LeafList(
      digests, coveredSize: UInt32(size), leafSizeExponent: leafSizeExponent)
  }

  private mutating func endLeaf() throws(OpenSSLError) {
    let digest = try digester.finish()
    for index in digest.indices { digests.append(digest[index]) }
  }
}
