public import NORFlash

/// A compressed image, as its prologue describes it, and the plain image that it stands for.
///
/// The plain image is an ordinary one, which every MCUboot loader verifies: the header as it would
/// be without compression (size of the plain payload, no compression flag, encryption flag kept,
/// size of the protected area without the entries about compression), the plain payload, the
/// protected entries without those about compression; then `DECOMP_SHA` as its hash, the key entry
/// of the compressed image, `DECOMP_SIGNATURE` as its signature, and the content key if the
/// encryption flag is set, because no loader accepts the flag without it. Every byte of it but the
/// payload is known from the prologue, and the signature covers them all: it is checked before a
/// byte is unpacked.
///
/// `DECOMP_SIGNATURE` belongs to the key of the first signature, and is of the same kind.
public struct CompressedImage {
  /// The payload.
  public let payload: CompressedPayload
  /// Header and TLV areas of the plain image.
  public let plainPrologue: ImagePrologue

  /// Reads what a prologue says about compression.
  ///
  /// Structure and signature of the compressed image are for `ImageVerifier.examine` to check, those
  /// of the plain image too.
  ///
  /// - Returns: `nil` if the image is not compressed.
  /// - Throws: `ImageRefusal`; `.compression` if the entries do not fit together.
  /// - Complexity: O(entries)
  public init?(_ prologue: inout ImagePrologue) throws(ImageRefusal) {
    let entries: CompressionEntries
    do throws(ImageCheckError<ImagePrologueError>) {
      entries = try CompressionEntries(prologue.header, in: &prologue)
    } catch { throw Self.refusal(error) }
    let header = prologue.header
    guard header.flags.intersects(.compressed) || entries.method != nil else { return nil }
    do throws(ImageCheckError<ImagePrologueError>) {
      payload = try entries.payload(of: header, in: &prologue)
      plainPrologue = try entries.plainPrologue(
        of: header, size: payload.decompressedSize, in: &prologue)
    } catch { throw Self.refusal(error) }
  }

  /// Whether an image is compressed, as its flags or an entry say.
  ///
  /// - Throws: `ImageCheckError.storage`, or `.refused` if there is no image.
  /// - Complexity: O(entries)
  public static func isCompressed<S: ReadableStorage & ~Copyable>(
    _ storage: inout S
  ) throws(ImageCheckError<S.Failure>) -> Bool {
    let header = try ImageVerifier.header(of: &storage)
    if header.flags.intersects(.compressed) { return true }
    var cursor: TLVCursor
    do throws(ImageRefusal) {
      cursor = try TLVCursor(header: header, storageSize: storage.size)
    } catch { throw .refused(error) }
    while let entry = try cursor.next(in: &storage) {
      if entry.area == .protected, entry.type == .compressionMethod { return true }
    }
    return false
  }

  private static func refusal(_ error: ImageCheckError<ImagePrologueError>) -> ImageRefusal {
    switch error {
    case .refused(let refusal), .storage(.refused(let refusal)): refusal
    case .storage, .crypto, .sink: .headerChanged
    }
  }
}

/// The entries of a compressed image that its plain form is made from.
private struct CompressionEntries {
  var method: TLVEntry?
  var decompressedSize: TLVEntry?
  var decompressedHash: TLVEntry?
  var decompressedSignature: TLVEntry?
  var compressedSize: TLVEntry?
  var hash: TLVEntry?
  var pure: TLVEntry?
  var key: TLVEntry?
  var signature: TLVEntry?
  var contentKey: TLVEntry?

  init(
    _ header: ImageHeader, in prologue: inout ImagePrologue
  ) throws(ImageCheckError<ImagePrologueError>) {
    var cursor = try Self.cursor(header, prologue)
    while let entry = try cursor.next(in: &prologue) {
      do throws(ImageRefusal) { try note(entry) } catch { throw .refused(error) }
    }
  }

  static func cursor(
    _ header: ImageHeader, _ prologue: borrowing ImagePrologue
  ) throws(ImageCheckError<ImagePrologueError>) -> TLVCursor {
    do throws(ImageRefusal) {
      return try TLVCursor(header: header, storageSize: prologue.size)
    } catch { throw .refused(error) }
  }

  /// Whether the plain image does without the entry.
  static func isAboutCompression(_ type: TLVType) -> Bool {
    switch type {
    case .decompressedSize, .decompressedHash, .decompressedSignature, .compressedSize,
      .compressionMethod:
      true
    default: false
    }
  }

  private mutating func note(_ entry: TLVEntry) throws(ImageRefusal) {
    switch (entry.area, entry.type) {
    case (.protected, .decompressedSize): try Self.set(&decompressedSize, entry, length: 4)
    case (.protected, .compressedSize): try Self.set(&compressedSize, entry, length: 4)
    case (.protected, .decompressedHash): try Self.set(&decompressedHash, entry)
    case (.protected, .decompressedSignature): try Self.set(&decompressedSignature, entry)
    case (.protected, .compressionMethod):
      try Self.set(&method, entry, length: UInt16(CompressionEntry.encodedSize))
    case (.unprotected, .sha256), (.unprotected, .sha384), (.unprotected, .sha512):
      try Self.set(&hash, entry)
    case (.unprotected, .signaturePure): try Self.set(&pure, entry)
    case (.unprotected, .keyHash), (.unprotected, .publicKey): if signature == nil { key = entry }
    case (.unprotected, .rsa2048PSS), (.unprotected, .rsa3072PSS), (.unprotected, .ecdsaSignature),
      (.unprotected, .ed25519):
      if key != nil, signature == nil { signature = entry }
    case (.unprotected, .encryptionRSA2048), (.unprotected, .encryptionKeyWrap),
      (.unprotected, .encryptionECIESP256), (.unprotected, .encryptionECIESX25519),
      (.unprotected, .encryptionECIESX25519SHA512):
      try Self.set(&contentKey, entry)
    default: break
    }
  }

  private static func set(
    _ place: inout TLVEntry?, _ entry: TLVEntry, length: UInt16? = nil
  ) throws(ImageRefusal) {
    guard place == nil else { throw .entryRepeated(entry.type, offset: entry.offset) }
    if let length, length != entry.length {
      throw .entryLength(entry.type, offset: entry.offset, length: entry.length, expected: length)
    }
    place = entry
  }

  /// How the payload is compressed, and its sizes.
  func payload(
    of header: ImageHeader, in prologue: inout ImagePrologue
  ) throws(ImageCheckError<ImagePrologueError>) -> CompressedPayload {
    let algorithm = try algorithm(of: header, in: &prologue)
    guard let decompressedSize else {
      throw .refused(.compression(.entryMissing(.decompressedSize)))
    }
    var compressed = header.payloadSize
    if let compressedSize { compressed = try Self.number(compressedSize, in: &prologue) }
    let padding = header.payloadSize.subtractingReportingOverflow(compressed)
    guard !padding.overflow, padding.partialValue < (header.isEncrypted ? 16 : 1) else {
      throw .refused(.compression(.compressedSize(compressed, payloadSize: header.payloadSize)))
    }
    return CompressedPayload(
      algorithm: algorithm, compressedSize: compressed, paddingSize: padding.partialValue,
      decompressedSize: try Self.number(decompressedSize, in: &prologue))
  }

  private func algorithm(
    of header: ImageHeader, in prologue: inout ImagePrologue
  ) throws(ImageCheckError<ImagePrologueError>) -> CompressionAlgorithm {
    let flags = header.flags
    do throws(CompressionRefusal) {
      guard let method else {
        if flags.contains(.compressedLZMA1), !flags.contains(.compressedLZMA2) {
          throw .lzma1
        }
        guard flags.contains(.compressedLZMA2), !flags.contains(.compressedLZMA1) else {
          throw .contradictory(flags)
        }
        return .lzma2(flags.contains(.armThumbFilter) ? .armThumb : .none)
      }
      guard !flags.intersects(.compressed) else { throw .contradictory(flags) }
      guard flags.contains(.nonBootable) else { throw .bootable }
      var bytes: [4 of UInt8] = .init(repeating: 0)
      var buffer = bytes.mutableSpan
      do throws(ImagePrologueError) {
        try prologue.read(at: method.dataOffset, into: &buffer)
      } catch { throw .entryMissing(.compressionMethod) }
      return try CompressionEntry(decoding: bytes.span).algorithm
    } catch { throw .refused(.compression(error)) }
  }

  private static func number(
    _ entry: TLVEntry, in prologue: inout ImagePrologue
  ) throws(ImageCheckError<ImagePrologueError>) -> UInt32 {
    var bytes: [4 of UInt8] = .init(repeating: 0)
    var buffer = bytes.mutableSpan
    try prologue.readImage(at: entry.dataOffset, into: &buffer)
    return bytes.span.littleEndianUInt32(at: 0)
  }

  /// Header and TLV areas of the plain image.
  ///
  /// They fit: each entry is made of another entry of the compressed image, or of its data.
  func plainPrologue(
    of header: ImageHeader, size: UInt32, in prologue: inout ImagePrologue
  ) throws(ImageCheckError<ImagePrologueError>) -> ImagePrologue {
    guard let hash else { throw .refused(.hashMissing) }
    guard let decompressedHash else {
      throw .refused(.compression(.entryMissing(.decompressedHash)))
    }
    guard decompressedHash.length == hash.length else {
      throw .refused(
        .entryLength(
          .decompressedHash, offset: decompressedHash.offset, length: decompressedHash.length,
          expected: hash.length))
    }
    var areas = AreaWriter()
    var cursor = try Self.cursor(header, prologue)
    while let entry = try cursor.next(in: &prologue), entry.area == .protected {
      guard !Self.isAboutCompression(entry.type) else { continue }
      try areas.append(entry.type, entry, from: &prologue)
    }
    let protectedSize = areas.count
    areas.open(.unprotected)
    try areas.append(hash.type, decompressedHash, from: &prologue)
    if let pure { try areas.append(pure.type, pure, from: &prologue) }
    if let key { try areas.append(key.type, key, from: &prologue) }
    if let signature, let decompressedSignature {
      try areas.append(signature.type, decompressedSignature, from: &prologue)
    }
    if header.isEncrypted, let contentKey {
      try areas.append(contentKey.type, contentKey, from: &prologue)
    }
    var plain = header
    plain.payloadSize = size
    plain.protectedSize = UInt16(truncatingIfNeeded: protectedSize)
    plain.flags.subtract(.compressed)
    if method != nil { plain.flags.subtract(.nonBootable) }
    let whole = plain.tlvOffset + UInt64(areas.count)
    guard UInt32(exactly: whole) != nil else {
      throw .refused(.tooLarge(size: .max, maximum: .max - UInt32(areas.count)))
    }
    return ImagePrologue(header: plain, areas: areas.bytes, count: areas.count)
  }
}

/// Puts TLV areas together, out of entries of other ones.
private struct AreaWriter {
  private(set) var bytes: [2048 of UInt8] = .init(repeating: 0)
  private(set) var count = 0
  private var areaStart = 0

  mutating func open(_ area: TLVAreaKind) {
    areaStart = count
    store(area == .protected ? TLVArea.protectedMagic : TLVArea.unprotectedMagic, at: count)
    count += TLVArea.informationSize
    store(UInt16(truncatingIfNeeded: count - areaStart), at: areaStart + 2)
  }

  /// Appends an entry with the data of `source`; the first one opens the protected area.
  mutating func append(
    _ type: TLVType, _ source: TLVEntry, from prologue: inout ImagePrologue
  ) throws(ImageCheckError<ImagePrologueError>) {
    if count == 0 { open(.protected) }
    let start = count + TLVArea.entryHeadSize
    let end = start + Int(source.length)
    guard end <= bytes.count else {
      throw .refused(.entryTooLong(type, offset: source.offset, length: source.length))
    }
    store(type.rawValue, at: count)
    store(source.length, at: count + 2)
    var buffer = bytes.mutableSpan
    var data = buffer._mutatingExtracting(start..<end)
    try prologue.readImage(at: source.dataOffset, into: &data)
    count = end
    store(UInt16(truncatingIfNeeded: count - areaStart), at: areaStart + 2)
  }

  private mutating func store(_ number: UInt16, at offset: Int) {
    var buffer = bytes.mutableSpan
    buffer.store(littleEndian: number, at: offset)
  }
}
