import FirmwareImage

/// The digest tree that an image gets.
public struct DigestTreeRecipe: Equatable, Sendable {
  /// Where the digests of the leaves go.
  public enum LeafListPlace: Equatable, Sendable {
    /// Behind the TLVs, in the file of the image.
    case behindImage
    /// Into `BuiltImage.leafList` only, for a file of its own.
    case separate
  }

  /// The leaf size as an exponent of two.
  public let leafSizeExponent: UInt8
  /// Where the digests of the leaves go.
  public var leafListPlace: LeafListPlace

  /// Makes a recipe for leaves of `leafSize` bytes.
  ///
  /// - Throws: `ImageBuilderError.invalidLeafSize` unless it is 4, 8, 16, 32 or 64 KiB.
  public init(
    leafSize: UInt32, leafListPlace: LeafListPlace = .behindImage
  ) throws(ImageBuilderError) {
    let exponent = UInt8(leafSize.trailingZeroBitCount)
    guard leafSize.nonzeroBitCount == 1, DigestTree.leafSizeExponents.contains(exponent) else {
      throw .invalidLeafSize(leafSize)
    }
    leafSizeExponent = exponent
    self.leafListPlace = leafListPlace
  }
}
