public import FirmwareImage
public import ImageCompression
public import OpenSSLCrypto

/// Why an image is not made.
public enum ImageBuilderError: Error, Equatable, Sendable {
  // What goes in.
  /// The payload has no bytes.
  case emptyPayload
  /// The payload was to start with room for the header, but is not longer than that.
  case payloadWithoutRoom(payloadSize: Int, headerSize: Int)
  /// The payload was to start with room for the header, but there is something else.
  case headerRoomNotZero(offset: Int)
  /// The header is shorter than 32 bytes or longer than 65535.
  case headerSizeOutOfRange(Int)
  /// The text is no version.
  case invalidVersion(String)
  /// The text is neither a UUID nor a printable name.
  case invalidHardwareIdentifier(String)
  /// A class id given as a name is made from the vendor id, and there is none.
  case classNameNeedsVendor(String)
  /// The type of a boot record has more than 12 characters.
  case bootRecordTypeTooLong(String)
  /// The type of a vendor's entry is outside the range for vendors.
  case vendorTypeOutOfRange(TLVType)
  /// Two vendor's entries have the same type.
  case duplicateVendorType(TLVType)
  /// An image cannot be compressed and have a digest tree.
  case compressedDigestTree
  /// The leaf size of a digest tree is not 4, 8, 16, 32 or 64 KiB.
  case invalidLeafSize(UInt32)

  /// The entry type is one that the builder makes itself.
  case vendorTypeReserved(TLVType)
  /// zlib has windows of 9 to 15 bits.
  case windowBitsOutOfRange(UInt8)
  /// A payload compressed with zlib is flagged as non-bootable, which the plain image cannot be too.
  case zlibNeedsBootable
  /// The payload could not be compressed.
  case compression(PayloadCompressorError)

  /// The payload cannot be read.
  case payloadUnreadable(reason: String)
  /// The image cannot be written.
  case outputFailed(reason: String)

  // What does not fit.
  /// Header, payload and TLVs have more bytes than 32 bits count.
  case imageTooLarge(size: UInt64)
  /// An entry has more bytes than its 16-bit length counts.
  case tlvTooLong(TLVType, size: Int)
  /// An area has more bytes than its 16-bit size counts.
  case tlvAreaTooLarge(TLVAreaKind, size: Int)
  /// The image has more TLVs than a device walks.
  case tooManyEntries(Int)
  /// The image and what the loader needs behind it do not fit into the slot.
  case imageExceedsSlot(imageSize: Int, trailerSize: Int, slotSize: UInt32)
  /// The write alignment is not 1, 2, 4, 8, 16 or 32.
  case invalidWriteAlignment(Int)
  /// The maximum alignment is not 8, 16 or 32.
  case invalidMaximumAlignment(Int)
  /// Two fields of the trailer would share a write unit.
  case writeAlignmentExceedsMaximum(writeAlignment: Int, maximumAlignment: Int)
  /// The loader would look for the trailer at another address.
  case slotSizeNotAligned(size: UInt32, alignment: Int)
  /// The number of sectors is not 1 ... 65536.
  case invalidSectorCount(Int)
  /// A trailer goes to the end of the slot, whose size is not known.
  case trailerNeedsSlot
  /// With a trailer the file ends where the slot does, so no leaf list can lie behind the image.
  case leafListNeedsFile
  /// An image with a digest tree has larger TLV areas than a prologue can have.
  case tlvAreasTooLargeForTree(size: Int)
  /// A loader that only overwrites does not know confirmed images.
  case confirmationNeedsSwap

  // What the keys do not do.
  /// A key of this kind does not sign images.
  case keyCannotSign(PrivateKey.Kind)
  /// A key of this kind does not sign images with this hash.
  case digestDoesNotFit(DigestAlgorithm, PrivateKey.Kind)
  /// Only an Ed25519 key signs the image itself.
  case pureNeedsEd25519(PrivateKey.Kind?)
  /// The pure form has SHA-512 and no other hash.
  case pureNeedsSHA512(DigestAlgorithm)
  /// A public key was to go into an image that nobody signs.
  case publicKeyNeedsSignature
  /// Only ECDSA signatures vary in length.
  case paddingNeedsECDSA(PrivateKey.Kind?)
  /// The signing key failed.
  case signing(PrivateKeyError)
  /// The key the image is encrypted to does not fit, or failed.
  case encryption(EncryptionKeyError)
  /// libcrypto could not be set up.
  case engine(KeyError)
  /// The hash or the cipher failed.
  case crypto(CryptoError)
  /// The hash of a leaf failed.
  case leaves(OpenSSLError)
}
