/// Why a digest tree, a leaf or a list of leaf digests is refused.
///
/// Offsets are bytes from the start of the image; an offset of an entry is that of its head.
public enum DigestTreeRefusal: Error, Equatable, Sendable {
  // The entries.

  /// The TLV areas are malformed, or an entry of the tree has a wrong place, number or length.
  case image(ImageRefusal)
  /// The entry has a version that is not known here.
  case version(UInt8, offset: UInt32)
  /// The entry names a hash algorithm that trees do not have.
  case algorithm(UInt8, offset: UInt32)
  /// The leaf size is not 4 KiB ... 64 KiB.
  case leafSize(exponent: UInt8, offset: UInt32)
  /// The number of leaves is not the one that follows from the size of the image.
  case leafCount(found: UInt32, expected: UInt32)
  /// Bytes of the entry that have to be zero are not, or its parts do not fit into it.
  case entryContent(TLVType, offset: UInt32)
  /// There is a signature for a tree, and no tree.
  case treeMissing(offset: UInt32)
  /// Something stands behind the signature in the protected area, and would not be signed.
  case signatureNotLast(offset: UInt32)

  // The signature.

  /// The signature names no trusted key.
  case unknownKey
  /// The key that signed is revoked.
  case revokedKey(index: Int)
  /// Hash or length are not those of the signatures that the key makes.
  case signatureKind(keyIndex: Int, offset: UInt32)
  /// The signature does not verify.
  case signatureMismatch(keyIndex: Int, offset: UInt32)

  // The leaf list.

  /// The list has a version that is not known here.
  case leafListVersion(UInt8)
  /// The list names a hash algorithm that trees do not have.
  case leafListAlgorithm(UInt8)
  /// The start of the list has content that is not defined.
  case leafListContent
  /// The list has other leaves than the tree in the image.
  case leafListOfOtherTree
  /// The digests have another size than the tree has leaves for.
  case leafListSize(found: UInt64, expected: UInt64)
  /// The digests are not those that the root stands for.
  case rootMismatch

  // The leaves.

  /// There is no leaf with this index.
  case leafIndex(UInt32, count: UInt32)
  /// The leaf has another number of bytes.
  case leafLength(index: UInt32, found: Int, expected: Int)
  /// The bytes of the leaf at this offset are not the ones that were hashed when the image was made.
  case leafMismatch(index: UInt32, offset: UInt32)
}

/// Why a check with a digest tree did not end well.
public enum DigestTreeError: Error, Equatable, Sendable {
  /// Tree, leaf or list is refused.
  case refused(DigestTreeRefusal)
  /// The crypto provider failed, which says nothing about the image.
  case crypto(CryptoError)
}
