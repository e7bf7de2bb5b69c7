import FirmwareImage
import OpenSSLCrypto

extension ImageRecipe {
  /// Checks what can be wrong with a recipe before anything is made.
  func validate(payloadSize: Int, signingKey: PrivateKey?) throws(ImageBuilderError) {
    guard payloadSize > 0 else { throw .emptyPayload }
    guard (ImageHeader.encodedSize...Int(UInt16.max)).contains(headerSize) else {
      throw .headerSizeOutOfRange(headerSize)
    }
    guard headerRoom == .added || payloadSize > headerSize else {
      throw .payloadWithoutRoom(payloadSize: payloadSize, headerSize: headerSize)
    }
    try validateSignature(by: signingKey?.kind)
    if let encryption {
      do {
        try encryption.key.validate(
          contentKeySize: encryption.effectiveCipher.keySize, hash: encryption.wrapHash)
      } catch {
        throw .encryption(error)
      }
    }
    try slot?.validate()
    guard trailer == .none || slot != nil else { throw .trailerNeedsSlot }
    if trailer != .none, digestTree?.leafListPlace == .behindImage { throw .leafListNeedsFile }
    if trailer == .confirmed, slot?.upgradeMode == .overwriteOnly { throw .confirmationNeedsSwap }
    try validateCompression()
    guard compression == nil || digestTree == nil else { throw .compressedDigestTree }
    try validateEntries()
  }

  private func validateSignature(by kind: PrivateKey.Kind?) throws(ImageBuilderError) {
    if let kind, kind.signatureAlgorithm == nil { throw .keyCannotSign(kind) }
    guard signatureForm == .digest || kind == .ed25519 else { throw .pureNeedsEd25519(kind) }
    guard publicKeyForm == .hash || kind != nil else { throw .publicKeyNeedsSignature }
    guard signaturePadding == .none || kind == .ecdsaP256 || kind == .ecdsaP384 else {
      throw .paddingNeedsECDSA(kind)
    }
  }

  private func validateEntries() throws(ImageBuilderError) {
    if let type = bootRecordType, type.unicodeScalars.count > BootRecord.maximumTypeLength {
      throw .bootRecordTypeTooLong(type)
    }
    // Counter, boot record, both ids, hash, form, key, signature and wrapped key; those about
    // compression, or the tree and its signature.
    let others = compression != nil ? 14 : digestTree != nil ? 11 : 9
    let count = vendorTLVs.count + dependencies.count + others
    guard count <= TLVCursor.maximumEntryCount else { throw .tooManyEntries(count) }
    var seen: Set<TLVType> = []
    for entry in vendorTLVs {
      guard (0xA0...0xFE).contains(entry.type.rawValue & 0xFF) else {
        throw .vendorTypeOutOfRange(entry.type)
      }
      guard
        entry.type != .compressionMethod, entry.type != .digestTree,
        entry.type != .digestTreeSignature
      else { throw .vendorTypeReserved(entry.type) }
      guard seen.insert(entry.type).inserted else { throw .duplicateVendorType(entry.type) }
    }
  }

  /// The number that stands in the image; from a version it is major, minor and revision.
  var securityCounterValue: UInt32? {
    switch securityCounter {
    case .value(let number): number
    case .fromVersion:
      UInt32(version.major) << 24 | UInt32(version.minor) << 16 | UInt32(version.revision)
    case nil: nil
    }
  }

  /// The entries of the protected area that are known before the payload is read, in the order of
  /// imgtool.
  func protectedEntries(
    digest: DigestAlgorithm, signer: [UInt8], compression: CompressedEntries?
  ) throws(ImageBuilderError) -> TLVAreaBuilder {
    var area = TLVAreaBuilder(.protected)
    if let number = securityCounterValue { try area.append(.securityCounter, number) }
    if let type = bootRecordType {
      let record = BootRecord(type: type, version: version, signer: signer, digest: digest)
      try area.append(.bootRecord, record.encoded())
    }
    for dependency in dependencies {
      let version = dependency.minimumVersion
      try area.append(
        .dependency,
        [dependency.imageID, 0, 0, 0, version.major, version.minor]
          + TLVAreaBuilder.littleEndian(version.revision)
          + TLVAreaBuilder.littleEndian(version.build))
    }
    try compression?.append(to: &area)
    if let vendorID { try area.append(.vendorID, vendorID.vendorUUID()) }
    if let classID { try area.append(.classID, classID.classUUID(of: vendorID)) }
    for entry in vendorTLVs { try area.append(entry.type, entry.value) }
    return area
  }
}
