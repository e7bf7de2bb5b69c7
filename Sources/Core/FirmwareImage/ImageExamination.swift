public import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// The examination of one image: what is asked of it, and what was found.
///
/// These are the steps of `ImageVerifier.verify`, for a boot loader that has something to decide
/// between them. Each needs the one before it:
///
/// 1. `readHeader` takes the header over, and nothing reads it from the image again;
/// 2. `examine` checks everything that needs no payload;
/// 3. `checkContent` checks that the content is what the header that was taken over and the
///    signed hash say. Only then may the image be trusted.
///
/// The value is filled where it stands and never copied: a boot loader would pay for each copy of
/// it with code.
public struct ImageExamination<Features: ImageFeatures>: ~Copyable {
  /// What the image must meet; to be complete before `examine`.
  public var requirements: ImageRequirements
  /// What was found: the header after `readHeader`, everything after `examine`.
  public internal(set) var summary = ImageSummary()

  /// The last step that went well.
  private(set) var progress = Progress.begun
  /// The header as it was read: what is hashed must be what was judged.
  var headerBytes: [32 of UInt8] = .init(repeating: 0)

  /// How far an examination has come.
  enum Progress: UInt8 {
    case begun
    case headerRead
    case examined
  }

  /// Begins with nothing known of the image.
  public init(requirements: consuming ImageRequirements) {
    self.requirements = requirements
  }

  /// Reads the header and judges its magic only.
  ///
  /// - Throws: `ImageCheckError.storage`, or `.refused` if there is no image of this format.
  @inline(never)
  public mutating func readHeader<S: ReadableStorage & ~Copyable>(
    of storage: inout S
  ) throws(ImageCheckError<S.Failure>) {
    progress = .begun
    guard storage.size >= UInt32(ImageHeader.encodedSize) else {
      throw .refused(
        .truncated(needed: UInt64(ImageHeader.encodedSize), available: storage.size))
    }
    var bytes = headerBytes.mutableSpan
    try storage.readImage(at: 0, into: &bytes)
    do throws(ImageRefusal) {
      summary.header = try ImageHeader(decoding: bytes.span)
    } catch { throw .refused(error) }
    progress = .headerRead
  }

  /// Checks everything that needs no payload, as `ImageVerifier.examine` does.
  ///
  /// - Precondition: `readHeader` has just returned.
  /// - Throws: `ImageCheckError.refused` with the reason, `.storage` if a read failed, `.crypto` if
  ///   the provider did.
  /// - Complexity: O(entries), and one signature check
  @inline(never)
  public mutating func examine<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable
  >(
    _ storage: inout S, crypto: inout C
  ) throws(ImageCheckError<S.Failure>) {
    precondition(progress == .headerRead, "the header was not read")
    progress = .begun
    var cursor: TLVCursor
    do throws(ImageRefusal) {
      try checkHeader()
      cursor = try TLVCursor(header: summary.header, storageSize: storage.size)
    } catch { throw .refused(error) }
    var facts = ImageFacts<Features>()
    while let entry = try cursor.next(in: &storage) {
      try note(entry, in: &facts, of: &storage)
    }
    summary.imageSize = cursor.imageSize
    summary.securityCounter = facts.securityCounter
    summary.signatureForm = facts.signatureForm
    if Features.loadedImages {
      summary.contentKeyWrap = facts.wrap
      summary.wrappedKeyOffset = facts.wrappedKeyOffset
      summary.wrappedKeyLength = facts.wrappedKeyLength
    }
    do throws(ImageRefusal) { try judge(facts) } catch { throw .refused(error) }
    summary.signingKey = nil
    if requirements.signature == .trustedKey {
      try checkSignatures(
        over: Features.pureSignatures && facts.signatureForm == .pure ? .nothing : .digest, Span(),
        in: &storage, crypto: &crypto)
    }
    progress = .examined
  }

  /// What the header alone decides.
  private func checkHeader() throws(ImageRefusal) {
    try summary.header.checkFlags(compression: requirements.compression)
    if requirements.bootability == .required, summary.header.flags.intersects(.nonBootable) {
      throw .notBootable
    }
    if summary.header.flags.intersects(.fixedAddress), let address = requirements.slotAddress,
      summary.header.loadAddress != address
    {
      throw .loadAddress(found: summary.header.loadAddress, expected: address)
    }
  }

  /// Checks one entry, and keeps what it says.
  private mutating func note<S: ReadableStorage & ~Copyable>(
    _ entry: TLVEntry, in facts: inout ImageFacts<Features>, of storage: inout S
  ) throws(ImageCheckError<S.Failure>) {
    do throws(ImageRefusal) {
      try facts.place(entry, of: summary.header)
    } catch { throw .refused(error) }
    switch entry.type {
    case .sha256, .sha384, .sha512:
      summary.digest = ImageDigest(algorithm: DigestAlgorithm(of: entry.type))
      var buffer = summary.digest.storage.mutableSpan
      var bytes = buffer._mutatingExtracting(first: Int(entry.length))
      try storage.readImage(at: entry.dataOffset, into: &bytes)
    case .signaturePure, .securityCounter, .vendorID, .classID, .dependency:
      var content: [16 of UInt8] = .init(repeating: 0)
      var buffer = content.mutableSpan
      var bytes = buffer._mutatingExtracting(first: Int(entry.length))
      try storage.readImage(at: entry.dataOffset, into: &bytes)
      do throws(ImageRefusal) {
        try facts.check(entry, content.span, requirements: &requirements)
      } catch { throw .refused(error) }
    default: break
    }
  }

  /// What only all entries together decide.
  private mutating func judge(_ facts: ImageFacts<Features>) throws(ImageRefusal) {
    if Features.hardwareIDs {
      guard facts.hasVendorID || requirements.vendorID == nil else { throw .vendorID }
      guard facts.hasClassID || requirements.classID == nil else { throw .classID }
    }
    if !Features.pureSignatures, facts.signatureForm == .pure {
      throw .pureSignatureNeedsMemory(
        needed: UInt32(truncatingIfNeeded: summary.header.hashedEnd), available: 0)
    }
    if Features.loadedImages, summary.header.isEncrypted, facts.wrap == nil {
      throw .contentKeyMissing
    }
    guard facts.hasDigest else { throw .hashMissing }
    guard summary.imageSize <= requirements.maximumSize else {
      throw .tooLarge(size: summary.imageSize, maximum: requirements.maximumSize)
    }
    let counter = facts.securityCounter ?? 0
    guard counter >= requirements.minimumSecurityCounter else {
      throw .securityCounter(found: counter, minimum: requirements.minimumSecurityCounter)
    }
  }
}
