import NORFlash

/// What one walk over the TLV areas finds beside the hash, with every requirement that an entry
/// decides checked.
struct ImageFacts<Features: ImageFeatures> {
  var signatureForm: SignatureForm = .digest
  var securityCounter: UInt32?
  var wrap: KeyWrapAlgorithm?
  var wrappedKeyOffset: UInt32 = 0
  var wrappedKeyLength: UInt16 = 0
  private var seen: UInt8 = 0

  /// Whether there was a hash.
  var hasDigest: Bool { seen & Seen.digest != 0 }
  /// Whether there was the vendor id that is asked for.
  var hasVendorID: Bool { seen & Seen.vendor != 0 }
  /// Whether there was the class id that is asked for.
  var hasClassID: Bool { seen & Seen.productClass != 0 }

  /// Checks area, number and length of an entry, as far as its type prescribes them.
  mutating func place(_ entry: TLVEntry, of header: ImageHeader) throws(ImageRefusal) {
    guard var rule = EntryRule(of: entry.type) else { return }
    if Features.loadedImages, rule.once == Seen.contentKey, header.isEncrypted {
      let algorithm = KeyWrapAlgorithm(of: entry.type)
      rule.length = UInt16(algorithm.wrappedSize(ofKeySize: header.contentKeySize))
      (wrap, wrappedKeyOffset, wrappedKeyLength) = (algorithm, entry.dataOffset, entry.length)
    }
    if entry.area != rule.area { throw .entryMisplaced(entry.type, offset: entry.offset) }
    if seen & rule.once != 0 { throw .entryRepeated(entry.type, offset: entry.offset) }
    seen |= rule.once
    if rule.length != 0, rule.length != entry.length {
      throw .entryLength(
        entry.type, offset: entry.offset, length: entry.length, expected: rule.length)
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
      guard !Features.hardwareIDs || requirements.vendorID.isMet(by: data) else { throw .vendorID }
    case .classID:
      guard !Features.hardwareIDs || requirements.classID.isMet(by: data) else { throw .classID }
    case .dependency:
      guard requirements.dependencies == .checked else { return }
      let minimum = ImageVersion(
        major: data[4], minor: data[5], revision: data.littleEndianUInt16(at: 6),
        build: data.littleEndianUInt32(at: 8))
      let found =
        Features.dependencies ? requirements.availableImages.version(of: data[0]) : nil
      guard let found, !(found < minimum) else {
        throw .dependency(imageID: data[0], minimum: minimum)
      }
    default: break
    }
  }
}

extension DigestAlgorithm {
  /// The algorithm of the hash in an entry of this type, which is one of the three for hashes.
  init(of type: TLVType) {
    self = type == .sha256 ? .sha256 : type == .sha384 ? .sha384 : .sha512
  }
}

extension KeyWrapAlgorithm {
  /// How the content key in an entry of this type is wrapped; the type is one of the five for that.
  fileprivate init(of type: TLVType) {
    switch type {
    case .encryptionRSA2048: self = .rsaOAEP
    case .encryptionKeyWrap: self = .aesKeyWrap
    case .encryptionECIESP256: self = .eciesP256
    case .encryptionECIESX25519: self = .eciesX25519
    default: self = .eciesX25519SHA512
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

/// The entries that may stand in an image only once, as bits of `ImageFacts.seen`.
private enum Seen {
  static var digest: UInt8 { 1 }
  static var pure: UInt8 { 2 }
  static var contentKey: UInt8 { 4 }
  static var counter: UInt8 { 8 }
  static var vendor: UInt8 { 16 }
  static var productClass: UInt8 { 32 }
}

/// What the type of an entry prescribes.
private struct EntryRule {
  /// The area it must stand in.
  var area: TLVAreaKind
  /// The length of its data in bytes; 0 if its type alone does not give it.
  var length: UInt16
  /// Its bit among the entries that may stand in an image only once, or 0.
  var once: UInt8

  /// The rule for a type; `nil` if there is none.
  init?(of type: TLVType) {
    (area, length, once) = (.unprotected, 0, 0)
    switch type {
    case .keyHash, .publicKey, .rsa2048PSS, .rsa3072PSS, .ecdsaSignature, .ed25519: break
    case .sha256, .sha384, .sha512:
      length = UInt16(DigestAlgorithm(of: type).size)
      once = Seen.digest
    case .signaturePure: (length, once) = (1, Seen.pure)
    case .encryptionRSA2048, .encryptionKeyWrap, .encryptionECIESP256, .encryptionECIESX25519,
      .encryptionECIESX25519SHA512:
      once = Seen.contentKey
    case .dependency: (area, length) = (.protected, 12)
    case .securityCounter: (area, length, once) = (.protected, 4, Seen.counter)
    case .vendorID: (area, length, once) = (.protected, 16, Seen.vendor)
    case .classID: (area, length, once) = (.protected, 16, Seen.productClass)
    case .bootRecord, .decompressedSize, .decompressedHash, .decompressedSignature,
      .compressedSize:
      area = .protected
    default: return nil
    }
  }
}

extension [16 of UInt8]? {
  /// Whether this id is the one in the image, or none is asked for.
  @inline(never)
  fileprivate mutating func isMet(by data: Span<UInt8>) -> Bool {
    switch self {
    case .some(let id): id.span.isEqual(to: data)
    case .none: true
    }
  }
}
