#if !hasFeature(Embedded)
  extension ImageRefusal: CustomStringConvertible {
    /// The reason in one line: what, where, and what was expected.
    public var description: String {
      switch self {
      case .truncated, .erased, .notAnImage, .outdatedFormat, .bigEndian, .headerTooSmall,
        .positionIndependent, .contradictoryEncryption, .compressed, .unknownFlags, .headerChanged:
        headerDescription
      case .areaMagic, .areaSize, .areaTrailingBytes, .entryTooLong, .entryLength, .entryRepeated,
        .entryMisplaced, .entryContent, .tooManyEntries:
        areaDescription
      case .hashMissing, .hashMismatch, .unsigned, .unknownKey, .revokedKey, .signatureMismatch,
        .signatureKind, .hashUnfitForKey, .pureSignatureNeedsMemory, .contentKeyMissing,
        .notEncrypted:
        trustDescription
      case .tooLarge, .notBootable, .loadAddress, .securityCounter, .vendorID, .classID,
        .dependency:
        requirementDescription
      case .compression(let refusal): "\(refusal)"
      }
    }

    private var headerDescription: String {
      switch self {
      case .truncated(let needed, let available):
        "truncated: \(needed) bytes are needed, there are \(available)"
      case .erased: "no image: the start is erased"
      case .notAnImage(let magic):
        "no MCUboot image: magic is \(hex(magic)), must be \(hex(ImageHeader.magic))"
      case .outdatedFormat: "image of the outdated first format version; sign it again"
      case .bigEndian: "image for a big-endian device; not supported"
      case .headerTooSmall(let size): "header size is \(size), must be at least 32"
      case .positionIndependent: "flagged as position independent, which no loader supports"
      case .contradictoryEncryption: "flagged as encrypted with AES-128 and AES-256 at once"
      case .compressed(let flags):
        "payload is compressed with \(flags.contains(.compressedLZMA1) ? "LZMA1" : "LZMA2")"
          + " (flags \(hex(flags.rawValue))); it has to be unpacked by an installation to run"
      case .unknownFlags(let flags): "unknown header flags \(hex(flags.rawValue))"
      default: "the header changed between two reads; the storage is unstable"
      }
    }

    private var areaDescription: String {
      switch self {
      case .areaMagic(let offset, let expected, let found):
        "TLV area at \(hex(offset)): magic is \(hex(found)), must be \(hex(expected))"
      case .areaSize(let offset, let found, let expected):
        "TLV area at \(hex(offset)): size \(found) does not fit, \(expected) bytes are expected"
      case .areaTrailingBytes(let offset):
        "TLV area: bytes at \(hex(offset)) are too few for an entry"
      case .entryTooLong(let type, let offset, let length):
        "TLV \(type) at \(hex(offset)): its \(length) bytes end behind the area"
      case .entryLength(let type, let offset, let length, let expected):
        "TLV \(type) at \(hex(offset)): has \(length) bytes, must have \(expected)"
      case .entryRepeated(let type, let offset):
        "TLV \(type) at \(hex(offset)): is there twice"
      case .entryMisplaced(let type, let offset):
        "TLV \(type) at \(hex(offset)): stands in the wrong TLV area"
      case .entryContent(let type, let offset):
        "TLV \(type) at \(hex(offset)): content is not defined"
      default: "more than \(TLVCursor.maximumEntryCount) TLV entries"
      }
    }

    private var trustDescription: String {
      switch self {
      case .hashMissing: "no hash TLV"
      case .hashMismatch: "the content does not match the hash: damaged, or changed"
      case .unsigned: "not signed"
      case .unknownKey: "signed by no trusted key"
      case .revokedKey(let index): "signed by revoked key \(index)"
      case .signatureMismatch(let index, let offset):
        "signature at \(hex(offset)) is not that of trusted key \(index)"
      case .signatureKind(let type, let offset, let index):
        "TLV \(type) at \(hex(offset)): is not the kind of signature that key \(index) makes"
      case .hashUnfitForKey(let digest, let key):
        "a \(digest) hash cannot be signed with \(key)"
      case .pureSignatureNeedsMemory(let needed, let available):
        "a pure signature needs the image in one piece: \(needed) bytes, there are \(available)"
      case .contentKeyMissing:
        "flagged as encrypted, but it carries no content key; nobody can decrypt it"
      default: "the image is not encrypted"
      }
    }

    private var requirementDescription: String {
      switch self {
      case .tooLarge(let size, let maximum): "has \(size) bytes, room is for \(maximum)"
      case .notBootable: "flagged as not bootable: it holds data, or a compressed update"
      case .loadAddress(let found, let expected):
        "linked for address \(hex(found)), the slot is at \(hex(expected))"
      case .securityCounter(let found, let minimum):
        "security counter \(found) is below the floor of \(minimum)"
      case .vendorID: "made for hardware of another vendor, or without a vendor id"
      case .classID: "made for another class of hardware, or without a class id"
      case .dependency(let id, let minimum):
        "needs image \(id) in version \(minimum) or later, which is not there"
      default: ""
      }
    }

    private func hex(_ value: some BinaryInteger) -> String {
      "0x" + String(value, radix: 16)
    }
  }

  extension TLVType: CustomStringConvertible {
    /// The name in MCUboot's header file, or the number of a type without one.
    public var description: String {
      switch self {
      case .keyHash: "KEYHASH"
      case .publicKey: "PUBKEY"
      case .sha256: "SHA256"
      case .sha384: "SHA384"
      case .sha512: "SHA512"
      case .rsa2048PSS: "RSA2048_PSS"
      case .ecdsaSignature: "ECDSA_SIG"
      case .rsa3072PSS: "RSA3072_PSS"
      case .ed25519: "ED25519"
      case .signaturePure: "SIG_PURE"
      case .encryptionRSA2048: "ENC_RSA2048"
      case .encryptionKeyWrap: "ENC_KW"
      case .encryptionECIESP256: "ENC_EC256"
      case .encryptionECIESX25519: "ENC_X25519"
      case .encryptionECIESX25519SHA512: "ENC_X25519_SHA512"
      case .dependency: "DEPENDENCY"
      case .securityCounter: "SEC_CNT"
      case .bootRecord: "BOOT_RECORD"
      case .decompressedSize: "DECOMP_SIZE"
      case .decompressedHash: "DECOMP_SHA"
      case .decompressedSignature: "DECOMP_SIGNATURE"
      case .compressedSize: "COMP_DEC_SIZE"
      case .compressionMethod: "COMPRESSION"
      case .vendorID: "UUID_VID"
      case .classID: "UUID_CID"
      case .digestTree: "DIGEST_TREE"
      case .digestTreeSignature: "DIGEST_TREE_SIG"
      default: "0x" + String(rawValue, radix: 16)
      }
    }
  }

  extension ImageVersion: CustomStringConvertible {
    /// The version as `major.minor.revision+build`, as image tools print it.
    public var description: String {
      "\(major).\(minor).\(revision)+\(build)"
    }
  }
#endif
