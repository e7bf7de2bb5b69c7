import FirmwareImage
import OpenSSLCrypto

extension ImageBuilderError: CustomStringConvertible {
  /// The error in one line: what is wrong, and what would be right.
  public var description: String {
    switch self {
    case .emptyPayload:
      "the payload is empty; an image needs at least one byte to run"
    case .payloadWithoutRoom(let payloadSize, let headerSize):
      "the payload has \(payloadSize) bytes and cannot start with \(headerSize) bytes of room"
        + " for the header; let the header be added"
    case .headerRoomNotZero(let offset):
      "the payload has no room for the header: its byte \(offset) is not zero;"
        + " let the header be added"
    case .headerSizeOutOfRange(let size):
      "a header of \(size) bytes is not possible; it has 32 to 65535 bytes"
    case .invalidVersion(let text):
      "\"\(text)\" is no version; write MAJOR.MINOR.REVISION+BUILD with numbers up to"
        + " 255.255.65535+4294967295, later parts optional, no leading zeros"
    case .invalidHardwareIdentifier(let text):
      "\"\(text.filter { !$0.isNewline })\" is no hardware id; give a UUID or a printable name"
    case .classNameNeedsVendor(let name):
      "the class id \"\(name)\" is a name, which is made a UUID with the vendor id;"
        + " give a vendor id too, or the class id as a UUID"
    case .bootRecordTypeTooLong(let type):
      "the boot record type \"\(type)\" has \(type.unicodeScalars.count) characters;"
        + " at most \(BootRecord.maximumTypeLength) are allowed"
    case .vendorTypeOutOfRange(let type):
      "the TLV type \(Self.hexadecimal(type.rawValue)) is not for vendors;"
        + " its low byte must be 0xa0 to 0xfe"
    case .duplicateVendorType(let type):
      "the TLV type \(Self.hexadecimal(type.rawValue)) is given twice; use two types"
    case .vendorTypeReserved(let type):
      "the TLV type \(Self.hexadecimal(type.rawValue)) is made by the image builder; use another one"
    case .windowBitsOutOfRange(let bits):
      "a zlib window of \(bits) bits is not possible; use 9 to 15"
    case .zlibNeedsBootable:
      "an image that is not bootable cannot be compressed with zlib, for the same flag marks the"
        + " compression; use LZMA2"
    case .compression: "the payload cannot be compressed: the library failed"
    case .invalidLeafSize(let size):
      "leaves of \(size) bytes are not possible; use 4K, 8K, 16K, 32K or 64K"
    case .compressedDigestTree:
      "an image is compressed or has a digest tree, not both: what is unpacked would have the tree of"
        + " other bytes"
    case .payloadUnreadable(let reason): "the payload cannot be read: \(reason)"
    case .outputFailed(let reason): reason
    default: sizeDescription
    }
  }

  private var sizeDescription: String {
    switch self {
    case .imageTooLarge(let size):
      "the image would have \(size) bytes; the format ends at \(UInt32.max)"
    case .tlvTooLong(let type, let size):
      "the TLV \(Self.hexadecimal(type.rawValue)) has \(size) bytes; an entry has at most 65535"
    case .tlvAreaTooLarge(let area, let size):
      "the \(area) TLV area would have \(size) bytes; it has at most 65535,"
        + " so leave out or shorten entries"
    case .tooManyEntries(let count):
      "the image would have \(count) TLVs; devices look at \(TLVCursor.maximumEntryCount),"
        + " so leave out dependencies or vendor entries"
    case .imageExceedsSlot(let imageSize, let trailerSize, let slotSize):
      "the image of \(imageSize) bytes and a trailer of \(trailerSize) bytes do not fit"
        + " into the slot of \(slotSize) bytes; \(imageSize + trailerSize - Int(slotSize))"
        + " bytes are missing"
    case .invalidWriteAlignment(let alignment):
      "a write alignment of \(alignment) is not possible; use 1, 2, 4, 8, 16 or 32"
    case .invalidMaximumAlignment(let alignment):
      "a maximum alignment of \(alignment) is not possible; use 8, 16 or 32"
    case .writeAlignmentExceedsMaximum(let writeAlignment, let maximumAlignment):
      "writes of \(writeAlignment) bytes would touch two trailer fields, which are"
        + " \(maximumAlignment) bytes apart; use a maximum alignment of at least \(writeAlignment)"
    case .slotSizeNotAligned(let size, let alignment):
      "a slot of \(size) bytes is no multiple of the maximum alignment of \(alignment);"
        + " the loader would look for the trailer elsewhere"
    case .invalidSectorCount(let count):
      "a slot of \(count) sectors is not possible; use 1 to 65536"
    case .trailerNeedsSlot:
      "a trailer lies at the end of the slot; give the slot size too"
    case .leafListNeedsFile:
      "an image with a trailer fills its slot, and no leaf list can lie behind it;"
        + " put the leaf list into a file of its own"
    case .tlvAreasTooLargeForTree(let size):
      "the TLV areas would have \(size) bytes; with a digest tree they have at most"
        + " \(ImagePrologue.capacity), so leave out or shorten entries"
    case .confirmationNeedsSwap:
      "a loader that only overwrites does not know confirmed images;"
        + " pad the image without confirming it"
    default: keyDescription
    }
  }

  private var keyDescription: String {
    switch self {
    case .keyCannotSign(let kind):
      "a key of type \(kind.rawValue) does not sign images; it is for encryption only"
    case .digestDoesNotFit(let digest, let kind):
      "a key of type \(kind.rawValue) does not sign images with \(digest); use "
        + kind.digestAlgorithms.map { "\($0)" }.joined(separator: " or ")
    case .pureNeedsEd25519(let kind):
      "only an ed25519 key signs the image itself (pure), "
        + (kind.map { "not one of type \($0.rawValue)" } ?? "and there is no key")
    case .pureNeedsSHA512(let digest):
      "a pure signature goes with sha512, not with \(digest); leave the hash out"
    case .publicKeyNeedsSignature:
      "the public key is embedded for a signature, and there is no key to sign with"
    case .paddingNeedsECDSA(let kind):
      "only ECDSA signatures are padded, and "
        + (kind.map { "the key is of type \($0.rawValue)" } ?? "there is no key")
    case .signing(let error): error.description
    case .encryption(let error): error.description
    case .engine(let error): error.description
    case .crypto(let error): "libcrypto failed: \(error)"
    case .leaves(let error): error.description
    default: "the image cannot be made"
    }
  }

  private static func hexadecimal(_ number: UInt16) -> String {
    let digits = String(number, radix: 16)
    return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
