/// Why an image is refused.
///
/// Offsets are bytes from the start of the image; an offset of a TLV entry is that of its head.
public enum ImageRefusal: Error, Equatable, Sendable {
  // Header.

  /// The storage is smaller than what must be there: `needed` bytes, `available` bytes.
  case truncated(needed: UInt64, available: UInt32)
  /// The place of the magic is erased: there is no image.
  case erased
  /// The first four bytes are not the magic of an image.
  case notAnImage(magic: UInt32)
  /// The magic of the first version of the format, which no image tool writes any more.
  case outdatedFormat
  /// The image was made for a big-endian device.
  case bigEndian
  /// The header size field is below the 32 bytes that are defined.
  case headerTooSmall(size: UInt16)
  /// The flag for position-independent code, which no loader supports.
  case positionIndependent
  /// Both encryption flags are set.
  case contradictoryEncryption
  /// The payload is compressed: the image has to be unpacked by an installation before it can run.
  case compressed(ImageFlags)
  /// Flags that this version of the format does not define.
  case unknownFlags(ImageFlags)
  /// The header, or what the protected entries say, differs between the reading that was judged and
  /// the one that was hashed: the storage is unstable.
  case headerChanged

  // TLV areas.

  /// An area does not start with its magic.
  case areaMagic(offset: UInt32, expected: UInt16, found: UInt16)
  /// The size of an area does not fit the image: below 4 bytes, behind the end of the storage, or
  /// another one than the header gives.
  case areaSize(offset: UInt32, found: UInt16, expected: UInt32)
  /// Fewer than four bytes are left in an area: too little for an entry.
  case areaTrailingBytes(offset: UInt32)
  /// An entry ends behind the end of its area.
  case entryTooLong(TLVType, offset: UInt32, length: UInt16)
  /// An entry does not have the length that its type prescribes.
  case entryLength(TLVType, offset: UInt32, length: UInt16, expected: UInt16)
  /// An entry that may stand in an image only once is there again.
  case entryRepeated(TLVType, offset: UInt32)
  /// An entry stands in the wrong area.
  case entryMisplaced(TLVType, offset: UInt32)
  /// The content of an entry is not one that is defined.
  case entryContent(TLVType, offset: UInt32)
  /// The areas hold more entries than are walked.
  case tooManyEntries(limit: Int)

  // Hash, signature, encryption.

  /// No entry holds the hash of the image.
  case hashMissing
  /// The hash of the content is not the one in the image.
  case hashMismatch
  /// No entry holds a signature.
  case unsigned
  /// There are signatures, but none names a trusted key.
  case unknownKey
  /// The only trusted keys that signed are revoked; one of them has this index.
  case revokedKey(index: Int)
  /// The signature that names a trusted key does not verify.
  case signatureMismatch(keyIndex: Int, offset: UInt32)
  /// The signature entry is of another kind than the key that is named for it.
  case signatureKind(TLVType, offset: UInt32, keyIndex: Int)
  /// The hash of the image is not one that this kind of key signs.
  case hashUnfitForKey(DigestAlgorithm, SignatureAlgorithm)
  /// A pure signature covers the image itself, which must lie in memory in one piece.
  case pureSignatureNeedsMemory(needed: UInt32, available: Int)
  /// The image is flagged as encrypted, but no entry holds the key.
  case contentKeyMissing
  /// The image was to be decrypted, but it is not encrypted.
  case notEncrypted

  // Requirements.

  /// The image is larger than it may be.
  case tooLarge(size: UInt32, maximum: UInt32)
  /// The image is flagged as not bootable.
  case notBootable
  /// The image was linked for another address.
  case loadAddress(found: UInt32, expected: UInt32)
  /// The security counter is below the floor of the device.
  case securityCounter(found: UInt32, minimum: UInt32)
  /// The image is for hardware of another vendor, or does not say.
  case vendorID
  /// The image is for another class of hardware, or does not say.
  case classID
  /// Another image is needed in at least this version.
  case dependency(imageID: UInt8, minimum: ImageVersion)
  /// The image is compressed, and cannot be unpacked.
  case compression(CompressionRefusal)
}

extension ImageRefusal {
  /// A stable identifier, for machine-readable output.
  public var name: StaticString {
    switch self {
    case .truncated: "truncated"
    case .erased: "erased"
    case .notAnImage: "not-an-image"
    case .outdatedFormat: "outdated-format"
    case .bigEndian: "big-endian"
    case .headerTooSmall: "header-too-small"
    case .positionIndependent: "position-independent"
    case .contradictoryEncryption: "contradictory-encryption"
    case .compressed: "compressed"
    case .unknownFlags: "unknown-flags"
    case .headerChanged: "header-changed"
    case .areaMagic: "area-magic"
    case .areaSize: "area-size"
    case .areaTrailingBytes: "area-trailing-bytes"
    case .entryTooLong: "entry-too-long"
    case .entryLength: "entry-length"
    case .entryRepeated: "entry-repeated"
    case .entryMisplaced: "entry-misplaced"
    case .entryContent: "entry-content"
    case .tooManyEntries: "too-many-entries"
    case .hashMissing: "hash-missing"
    case .hashMismatch: "hash-mismatch"
    case .unsigned: "unsigned"
    case .unknownKey: "unknown-key"
    case .revokedKey: "revoked-key"
    case .signatureMismatch: "signature-mismatch"
    case .signatureKind: "signature-kind"
    case .hashUnfitForKey: "hash-unfit-for-key"
    case .pureSignatureNeedsMemory: "pure-signature-needs-memory"
    case .contentKeyMissing: "content-key-missing"
    case .notEncrypted: "not-encrypted"
    case .tooLarge: "too-large"
    case .notBootable: "not-bootable"
    case .loadAddress: "load-address"
    case .securityCounter: "security-counter"
    case .vendorID: "vendor-id"
    case .classID: "class-id"
    case .dependency: "dependency"
    case .compression(let refusal): refusal.name
    }
  }
}
