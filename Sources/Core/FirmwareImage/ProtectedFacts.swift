import NORFlash

/// Judges the protected entries of an image from the very bytes that are being hashed.
///
/// `examine` reads the entries before the hash pass reads them again. Were only that first reading
/// believed, a bit that flips on the bus could raise a security counter, and with it the floor of
/// the device for good; or a bus that lies on purpose could lift an old image over the floor. What
/// was judged first must be what was hashed.
struct ProtectedFacts<Features: ImageFeatures> {
  private var facts = ImageFacts<Features>()
  /// The bytes of the area that were taken: not more than 16 bits can say.
  private var taken: UInt32 = 0
  /// The head of the current entry, then the first 16 bytes of its data.
  private var entryBytes: [20 of UInt8] = .init(repeating: 0)
  private var entryCount: UInt32 = 0

  /// Takes the next bytes of the protected area.
  ///
  /// - Throws: `ImageRefusal` if they do not meet the requirements that `examine` saw met.
  @inline(never)
  mutating func take(
    _ bytes: Span<UInt8>, of header: ImageHeader, requirements: inout ImageRequirements
  ) throws(ImageRefusal) {
    for index in bytes.indices {
      taken &+= 1
      guard taken > UInt32(TLVArea.informationSize) else { continue }
      if entryCount < UInt32(entryBytes.count) { entryBytes[Int(entryCount)] = bytes[index] }
      entryCount &+= 1
      if entryCount >= UInt32(TLVArea.entryHeadSize), entryCount == entrySize {
        try judge(header, requirements: &requirements)
        entryCount = 0
      }
    }
  }

  /// The size of the current entry with its head, which must have been taken.
  private var entrySize: UInt32 {
    UInt32(TLVArea.entryHeadSize) &+ UInt32(entryBytes.span.littleEndianUInt16(at: 2))
  }

  private mutating func judge(
    _ header: ImageHeader, requirements: inout ImageRequirements
  ) throws(ImageRefusal) {
    let entry = TLVEntry(
      type: TLVType(rawValue: entryBytes.span.littleEndianUInt16(at: 0)), area: .protected,
      offset: UInt32(truncatingIfNeeded: header.tlvOffset) &+ taken &- entryCount,
      length: entryBytes.span.littleEndianUInt16(at: 2))
    try facts.place(entry, of: header)
    try facts.check(entry, entryBytes.span.extracting(4...), requirements: &requirements)
  }

  /// Whether the area ended where an entry ends, and says of counter and hardware what was judged.
  func agrees(
    with counter: UInt32?, requirements: inout ImageRequirements
  ) -> Bool {
    guard entryCount == 0, facts.securityCounter == counter else { return false }
    guard Features.hardwareIDs else { return true }
    guard facts.hasVendorID || requirements.vendorID == nil else { return false }
    return facts.hasClassID || requirements.classID == nil
  }
}
