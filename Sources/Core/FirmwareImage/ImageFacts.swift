import NORFlash

/// What one walk over the TLV areas finds beside the hash, with every requirement that an entry decides
/// checked.
struct ImageFacts {
  var signatureForm: SignatureForm = .digest
  var securityCounter: UInt32?
  var wrap: KeyWrapAlgorithm?
  var wrappedKeyOffset: UInt32 = 0
  var wrappedKeyLength: UInt16 = 0
  private var seen: UInt8 = 0

  /// The entries that may stand in an image only once, as bits of `seen`.
  private enum Seen {
    static var digest: UInt8 { 1 }
    static var pure: UInt8 { 2 }
    static var contentKey: UInt8 { 4 }
    static var counter: UInt8 { 8 }
    static var vendor: UInt8 { 16 }
    static var productClass: UInt8 { 32 }
  }

  /// Whether there was a hash.
  var hasDigest: Bool { seen & Seen.digest != 0 }
  /// Whether there was the vendor id that is asked for.
  var hasVendorID: Bool { seen & Seen.vendor != 0 }
  /// Whether there was the class id that is asked for.
  var hasClassID: Bool { seen & Seen.productClass != 0 }

  /// Checks area, number and length of an entry, as far as its type prescribes them.
  mutating func place(_ entry: TLVEntry, of header: ImageHeader) throws(ImageRefusal) {
    let length: UInt16?
    let area: TLVAreaKind
    var once: UInt8 = 0
    switch entry.type {
    case .keyHash, .publicKey, .rsa2048PSS, .rsa3072PSS, .ecdsaSignature, .ed25519:
      (area, length) = (.unprotected, nil)
    case .sha256, .sha384, .sha512:
      (area, length) = (.unprotected, UInt16(Self.digestAlgorithm(of: entry.type).size))
      once = Seen.digest
    case .signaturePure:
      (area, length, once) = (.unprotected, 1, Seen.pure)
    case .encryptionRSA2048, .encryptionKeyWrap, .encryptionECIESP256, .encryptionECIESX25519,
      .encryptionECIESX25519SHA512:
      let algorithm = Self.wrapAlgorithm(of: entry.type)
      (area, once) = (.unprotected, Seen.contentKey)
      length =
        header.isEncrypted
        ? UInt16(algorithm.wrappedSize(ofKeySize: header.contentKeySize)) : nil
      if header.isEncrypted {
        (wrap, wrappedKeyOffset, wrappedKeyLength) = (algorithm, entry.dataOffset, entry.length)
      }
    case .dependency: (area, length) = (.protected, 12)
    case .securityCounter: (area, length, once) = (.protected, 4, Seen.counter)
    case .vendorID: (area, length, once) = (.protected, 16, Seen.vendor)
    case .classID: (area, length, once) = (.protected, 16, Seen.productClass)
    case .bootRecord, .decompressedSize, .decompressedHash, .decompressedSignature,
      .compressedSize:
      (area, length) = (.protected, nil)
    default: return
    }
    if entry.area != area { throw .entryMisplaced(entry.type, offset: entry.offset) }
    if seen & once != 0 { throw .entryRepeated(entry.type, offset: entry.offset) }
    seen |= once
    if let length, length != entry.length {
      throw .entryLength(entry.type, offset: entry.offset, length: entry.length, expected: length)
    }
  }

  /// Takes the content of an entry of up to 16 bytes, and holds it against the requirements; other
  /// entries say nothing here.
  ///
  /// The requirements are not changed; the compiler would copy a value that is only borrowed.
  mutating func check(
    _ entry: TLVEntry, _ data: Span<UInt8>, requirements: inout ImageRequirements
  ) throws(ImageRefusal) {
    switch entry.type {
    case .signaturePure:
      guard data[0] == 1 else { throw .entryContent(entry.type, offset: entry.offset) }
      signatureForm = .pure
    case .securityCounter:
      securityCounter = data.littleEndianUInt32(at: 0)
    case .vendorID:
      if let id = requirements.vendorID, !id.span.isEqual(to: data) { throw .vendorID }
    case .classID:
      if let id = requirements.classID, !id.span.isEqual(to: data) { throw .classID }
    case .dependency:
      guard requirements.dependencies == .checked else { return }
      let minimum = ImageVersion(
        major: data[4], minor: data[5], revision: data.littleEndianUInt16(at: 6),
        build: data.littleEndianUInt32(at: 8))
      let found = requirements.availableImages.version(of: data[0])
      guard let found, !(found < minimum) else {
        throw .dependency(imageID: data[0], minimum: minimum)
      }
    default: break
    }
  }

  static func digestAlgorithm(of type: TLVType) -> DigestAlgorithm {
    type == .sha256 ? .sha256 : type == .sha384 ? .sha384 : .sha512
  }

  private static func wrapAlgorithm(of type: TLVType) -> KeyWrapAlgorithm {
    switch type {
    case .encryptionRSA2048: .rsaOAEP
    case .encryptionKeyWrap: .aesKeyWrap
    case .encryptionECIESP256: .eciesP256
    case .encryptionECIESX25519: .eciesX25519
    default: .eciesX25519SHA512
    }
  }
}

extension KeyWrapAlgorithm {
  /// The length in bytes of a wrapped content key of `size` bytes, as it stands in an image.
  public func wrappedSize(ofKeySize size: Int) -> Int {
    switch self {
    case .rsaOAEP: 256
    case .aesKeyWrap: size + 8
    case .eciesP256: 65 + 32 + size
    case .eciesX25519: 32 + 32 + size
    case .eciesX25519SHA512: 32 + 64 + size
    }
  }
}
