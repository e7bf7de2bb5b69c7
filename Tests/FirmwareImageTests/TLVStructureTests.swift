import FirmwareImage
import NORFlash
import OpenSSLCrypto
import Testing

@Suite("Structure of header and TLV areas")
struct TLVStructureTests {
  static func refusalOf(_ image: SyntheticImage) throws -> ImageRefusal? {
    var crypto = try Fixture.provider(trusting: [])
    return try refusal(of: image.bytes(), &crypto, .integrityOnly)
  }

  @Test("The synthetic image is good as it is")
  func baseline() throws {
    #expect(try Self.refusalOf(SyntheticImage()) == nil)
    for digest in [DigestAlgorithm.sha384, .sha512] {
      var image = SyntheticImage()
      image.digest = digest
      #expect(try Self.refusalOf(image) == nil)
    }
  }

  @Test("Magic numbers tell what is there instead of an image")
  func magic() throws {
    var crypto = try Fixture.provider(trusting: [])
    var image = try SyntheticImage().bytes()
    for (start, expected) in [
      ([0xFF, 0xFF, 0xFF, 0xFF], .erased), ([0, 0, 0, 0], .erased),
      ([0x3C, 0xB8, 0xF3, 0x96], .outdatedFormat), ([0x96, 0xF3, 0xB8, 0x3D], .bigEndian),
      ([0x7F, 0x45, 0x4C, 0x46], .notAnImage(magic: 0x464C_457F)),
    ] as [([UInt8], ImageRefusal)] {
      image.replaceSubrange(0..<4, with: start)
      #expect(try refusal(of: image, &crypto, .integrityOnly) == expected)
    }
    #expect(
      try refusal(of: Array(image.prefix(31)), &crypto)
        == .truncated(needed: 32, available: 31))
    #expect(try refusal(of: [], &crypto) == .truncated(needed: 32, available: 0))
  }

  @Test(
    "Flags that cannot be honoured are refused",
    arguments: [
      (0x001, .positionIndependent), (0x00C, .contradictoryEncryption),
      (0x200, .compressed([.compressedLZMA1])), (0x400, .compressed([.compressedLZMA2])),
      (0x600, .compressed([.compressedLZMA1, .compressedLZMA2])),
      (0x800, .compressed([.armThumbFilter])),
      (0x002, .unknownFlags(ImageFlags(rawValue: 2))),
      (0x8000_0000, .unknownFlags(ImageFlags(rawValue: 0x8000_0000))),
      (0x004, .contentKeyMissing), (0x008, .contentKeyMissing),
      (0x010, nil), (0x020, nil), (0x100, nil),
    ] as [(UInt32, ImageRefusal?)])
  func flags(_ flags: UInt32, _ expected: ImageRefusal?) throws {
    var image = SyntheticImage()
    image.header.flags = ImageFlags(rawValue: flags)
    #expect(try Self.refusalOf(image) == expected)
  }

  @Test("Sizes that overflow 32 bits are truncation, not a trap")
  func hugeSizes() throws {
    var crypto = try Fixture.provider(trusting: [])
    for (header, protected, payload) in [
      (0xFFFF, 0xFFFF, UInt32.max), (32, 0, UInt32.max), (32, 0, UInt32.max - 31),
      (32, 0xFFFF, UInt32.max - 40), (32, 0, 137), (0xFFFF, 0, 0),
    ] as [(UInt16, UInt16, UInt32)] {
      var bytes = try SyntheticImage().bytes()
      var target = bytes.mutableSpan
      ImageHeader(
        headerSize: header, protectedSize: protected, payloadSize: payload,
        version: ImageVersion(major: 0, minor: 0, revision: 0)
      ).encode(into: &target)
      let needed = UInt64(header) + UInt64(protected) + UInt64(payload) + 4
      #expect(
        try refusal(of: bytes, &crypto, .integrityOnly)
          == .truncated(needed: needed, available: UInt32(bytes.count)))
    }
    for size in [0, 1, 31] as [UInt16] {
      var image = SyntheticImage()
      image.header.headerSize = size
      #expect(try Self.refusalOf(image) == .headerTooSmall(size: size))
    }
  }

  @Test("Areas must carry their magic and their size")
  func areas() throws {
    let at: UInt32 = 132
    var image = SyntheticImage()
    image.unprotectedMagic = 0x6908
    #expect(
      try Self.refusalOf(image) == .areaMagic(offset: at, expected: 0x6907, found: 0x6908))
    image = SyntheticImage()
    image.protected = [(.securityCounter, [1, 0, 0, 0])]
    image.protectedMagic = 0x6907
    #expect(
      try Self.refusalOf(image) == .areaMagic(offset: at, expected: 0x6908, found: 0x6907))
    // The header does not know about the protected area.
    image.protectedMagic = 0x6908
    var bytes = try image.bytes()
    bytes[10] = 0
    var crypto = try Fixture.provider(trusting: [])
    #expect(
      try refusal(of: bytes, &crypto, .integrityOnly)
        == .areaMagic(offset: at, expected: 0x6907, found: 0x6908))
    // Header and area do not agree.
    bytes[10] = 16
    #expect(
      try refusal(of: bytes, &crypto, .integrityOnly)
        == .areaSize(offset: at, found: 12, expected: 16))
    for size in [0, 3, 41, 0xFFFF] as [UInt16] {
      var bytes = try SyntheticImage().bytes()
      bytes[134] = UInt8(truncatingIfNeeded: size)
      bytes[135] = UInt8(size >> 8)
      #expect(
        try refusal(of: bytes, &crypto, .integrityOnly)
          == .areaSize(offset: at, found: size, expected: 40))
    }
  }

  @Test("Bytes that are no entry are refused in both areas")
  func rest() throws {
    for count in 1...3 {
      var image = SyntheticImage()
      image.unprotectedRest = [UInt8](repeating: 0, count: count)
      #expect(try Self.refusalOf(image) == .areaTrailingBytes(offset: 132 + 4 + 36))
      image = SyntheticImage()
      image.protectedRest = [UInt8](repeating: 0, count: count)
      #expect(try Self.refusalOf(image) == .areaTrailingBytes(offset: 136))
    }
    var image = SyntheticImage()
    image.unprotectedRest = [0xA0, 0, 1, 0]
    #expect(
      try Self.refusalOf(image)
        == .entryTooLong(TLVType(rawValue: 0xA0), offset: 172, length: 1))
    image.unprotectedRest = [0xA0, 0, 0xFF, 0xFF, 1, 2]
    #expect(
      try Self.refusalOf(image)
        == .entryTooLong(TLVType(rawValue: 0xA0), offset: 172, length: 0xFFFF))
    image.unprotectedRest = [0xA0, 0, 0, 0]
    #expect(try Self.refusalOf(image) == nil)
  }

  @Test(
    "Entries of fixed length must have it",
    arguments: [
      (.signaturePure, 1, .unprotected), (.dependency, 12, .protected),
      (.securityCounter, 4, .protected), (.vendorID, 16, .protected),
      (.classID, 16, .protected),
    ] as [(TLVType, Int, TLVAreaKind)])
  func lengths(_ type: TLVType, _ length: Int, _ area: TLVAreaKind) throws {
    for count in [0, length - 1, length + 1, 300] where count != length {
      var image = SyntheticImage()
      let entry = (type, [UInt8](repeating: 1, count: count))
      if area == .protected { image.protected = [entry] } else { image.unprotected = [entry] }
      #expect(
        try Self.refusalOf(image)
          == .entryLength(
            type, offset: area == .protected ? 136 : 172, length: UInt16(count),
            expected: UInt16(length)))
    }
  }

  @Test("A hash has the length of its algorithm, and there is exactly one")
  func hashes() throws {
    var image = SyntheticImage()
    image.digest = nil
    #expect(try Self.refusalOf(image) == .hashMissing)
    for (type, size) in [(TLVType.sha256, 32), (.sha384, 48), (.sha512, 64)] {
      image.unprotected = [(type, [UInt8](repeating: 0, count: size))]
      #expect(try Self.refusalOf(image) == .hashMismatch)
      image.unprotected = [(type, [UInt8](repeating: 0, count: size - 1))]
      #expect(
        try Self.refusalOf(image)
          == .entryLength(
            type, offset: 136, length: UInt16(size - 1), expected: UInt16(size)))
      var twice = SyntheticImage()
      twice.unprotected = [(type, [UInt8](repeating: 0, count: size))]
      #expect(try Self.refusalOf(twice) == .entryRepeated(type, offset: 172))
    }
  }

  @Test("What may stand there once may not stand there twice")
  func repetitions() throws {
    for (type, count) in [(TLVType.securityCounter, 4), (.vendorID, 16), (.classID, 16)] {
      var image = SyntheticImage()
      let entry = (type, [UInt8](repeating: 1, count: count))
      image.protected = [entry, entry]
      #expect(
        try Self.refusalOf(image) == .entryRepeated(type, offset: 136 + 4 + UInt32(count)))
    }
    var image = SyntheticImage()
    image.unprotected = [(.signaturePure, [1]), (.signaturePure, [1])]
    #expect(try Self.refusalOf(image) == .entryRepeated(.signaturePure, offset: 177))
    image = SyntheticImage()
    image.header.flags = .encryptedAES128
    image.unprotected = [
      (.encryptionKeyWrap, [UInt8](repeating: 1, count: 24)),
      (.encryptionECIESX25519, [UInt8](repeating: 1, count: 80)),
    ]
    #expect(try Self.refusalOf(image) == .entryRepeated(.encryptionECIESX25519, offset: 200))
  }

  @Test("Entries stand in the area that their type belongs to")
  func placement() throws {
    let unprotectedOnly: [TLVType] = [
      .keyHash, .publicKey, .sha256, .sha384, .sha512, .rsa2048PSS, .ecdsaSignature, .rsa3072PSS,
      .ed25519, .signaturePure, .encryptionRSA2048, .encryptionKeyWrap, .encryptionECIESP256,
      .encryptionECIESX25519, .encryptionECIESX25519SHA512,
    ]
    let protectedOnly: [TLVType] = [
      .dependency, .securityCounter, .bootRecord, .decompressedSize, .decompressedHash,
      .decompressedSignature, .compressedSize, .vendorID, .classID,
    ]
    for type in unprotectedOnly {
      var image = SyntheticImage()
      image.protected = [(type, [1, 2, 3])]
      #expect(try Self.refusalOf(image) == .entryMisplaced(type, offset: 136))
    }
    for type in protectedOnly {
      var image = SyntheticImage()
      image.unprotected = [(type, [1, 2, 3])]
      #expect(try Self.refusalOf(image) == .entryMisplaced(type, offset: 172))
    }
  }

  @Test("Unknown types are passed over in both areas, up to the stated number of entries")
  func unknown() throws {
    var image = SyntheticImage()
    let unknown: SyntheticImage.Entry = (TLVType(rawValue: 0xBEEF), [1, 2, 3])
    image.protected = Array(repeating: unknown, count: 20)
    image.unprotected = Array(
      repeating: unknown, count: TLVCursor.maximumEntryCount - 20 - 1)
    #expect(try Self.refusalOf(image) == nil)
    image.unprotected.append(unknown)
    #expect(
      try Self.refusalOf(image) == .tooManyEntries(limit: TLVCursor.maximumEntryCount))
  }

  @Test(
    "A wrapped content key has exactly the length of its form",
    arguments: [
      (.encryptionRSA2048, 256, 256), (.encryptionKeyWrap, 24, 40),
      (.encryptionECIESP256, 113, 129), (.encryptionECIESX25519, 80, 96),
      (.encryptionECIESX25519SHA512, 112, 128),
    ] as [(TLVType, Int, Int)])
  func contentKeys(_ type: TLVType, _ small: Int, _ large: Int) throws {
    for (flag, length) in [(ImageFlags.encryptedAES128, small), (.encryptedAES256, large)] {
      var image = SyntheticImage()
      image.header.flags = flag
      image.unprotected = [(type, [UInt8](repeating: 1, count: length))]
      #expect(try Self.refusalOf(image) == nil)
      for wrong in [0, length - 1, length + 1, small + large] {
        image.unprotected = [(type, [UInt8](repeating: 1, count: wrong))]
        #expect(
          try Self.refusalOf(image)
            == .entryLength(type, offset: 172, length: UInt16(wrong), expected: UInt16(length)))
      }
    }
  }

  @Test("The cursor yields what was put in")
  func cursor() throws {
    var image = SyntheticImage()
    image.protected = [(.securityCounter, [1, 0, 0, 0]), (TLVType(rawValue: 0xA0), [])]
    image.unprotected = [(.keyHash, [9])]
    let bytes = try image.bytes()
    var storage = MemoryStorage(bytes)
    let header = try ImageVerifier.header(of: &storage)
    var cursor = try TLVCursor(header: header, storageSize: storage.size)
    var found: [TLVEntry] = []
    while let entry = try cursor.next(in: &storage) { found.append(entry) }
    #expect(
      found.map(\.type) == [.securityCounter, TLVType(rawValue: 0xA0), .sha256, .keyHash])
    #expect(found.map(\.offset) == [136, 144, 152, 188])
    #expect(found.map(\.length) == [4, 0, 32, 1])
    #expect(found.map(\.area) == [.protected, .protected, .unprotected, .unprotected])
    #expect(cursor.imageSize == UInt32(bytes.count))
    #expect(try cursor.next(in: &storage) == nil)
  }
}
