internal import FirmwareImage
internal import NORFlash

/// What a body says it is; the raw value is its magic number, little-endian ASCII.
enum LogBodyKind: UInt32 {
  /// `BPLS`: the header of a sector.
  case sector = 0x534C_5042
  /// `BPLR`: a snapshot of the boot state.
  case record = 0x524C_5042
  /// `BPLM`: the log goes on in another sector.
  case move = 0x4D4C_5042
}

/// The 64 bytes that carry a record, head a sector, or announce a move; numbers are little-endian.
///
/// ```
///  0  magic u32           "BPLR" record, "BPLS" sector header, "BPLM" move
///  4  format version u8   1
///  5  flags u8            bit 0: reconstructed; the others 0
///  6  last confirmed u8   0 slot A, 1 slot B
///  7  one-shot u8         0 none, 1 slot A, 2 slot B, 3 factory
///  8  generation u32      of the sector; newer sectors have higher ones
/// 12  sequence u32        counts what is written to the log
/// 16  table digest u32    of the partition table the state belongs to
/// 20  revoked keys u32    in a move: the generation of the new sector
/// 24  image tag u64       of slot A
/// 32  image tag u64       of slot B
/// 40  slot A, 9 bytes     state, cause, started, excused, faulted, fault limit, start limit,
///                         stored form, progress
/// 49  slot B, 9 bytes     the same
/// 58  pending run u8
/// 59  reserved u8         0
/// 60  CRC-32 u32          of bytes 0 ..< 60
/// ```
///
/// In headers and moves the fields of the state are 0. A body of another version, or with a value
/// that no case has, is not valid.
enum LogBody {
  static var formatVersion: UInt8 { 1 }

  /// The kind of a valid body, or `nil` if the 64 bytes are not one.
  static func kind<P: MetadataLogProtections>(
    of bytes: Span<UInt8>, under protections: P.Type
  ) -> LogBodyKind? {
    guard let kind = LogBodyKind(rawValue: bytes.littleEndianUInt32(at: 0)),
      bytes[4] == formatVersion,
      !P.checksum
        || bytes.littleEndianUInt32(at: 60) == CRC32.checksum(of: bytes.extracting(0..<60)),
      kind != .record || BootRecord(logBody: bytes) != nil
    else { return nil }
    return kind
  }

  static func generation(of bytes: Span<UInt8>) -> UInt32 { bytes.littleEndianUInt32(at: 8) }
  static func sequence(of bytes: Span<UInt8>) -> UInt32 { bytes.littleEndianUInt32(at: 12) }
  static func tableDigest(of bytes: Span<UInt8>) -> UInt32 { bytes.littleEndianUInt32(at: 16) }

  /// Fills in what all kinds have in common, the checksum last.
  static func seal(
    _ bytes: inout MutableSpan<UInt8>, as kind: LogBodyKind, generation: UInt32, sequence: UInt32,
    tableDigest: UInt32
  ) {
    bytes.store(littleEndian: kind.rawValue, at: 0)
    bytes[4] = formatVersion
    bytes.store(littleEndian: generation, at: 8)
    bytes.store(littleEndian: sequence, at: 12)
    bytes.store(littleEndian: tableDigest, at: 16)
    bytes.store(littleEndian: CRC32.checksum(of: bytes.span.extracting(0..<60)), at: 60)
  }
}

extension BootRecord {
  /// Reads the state out of a body, or fails if a field has a value that no case has.
  init?(logBody bytes: Span<UInt8>) {
    guard bytes[5] <= 1, bytes[59] == 0, bytes[7] <= 3,
      let lastConfirmed = UpdateSlot(rawValue: bytes[6]),
      let pendingRun = PendingRun(rawValue: bytes[58]),
      let slotA = SlotRecord(logBody: bytes, at: 40, tagAt: 24),
      let slotB = SlotRecord(logBody: bytes, at: 49, tagAt: 32)
    else { return nil }
    self.init()
    self.slotA = slotA
    self.slotB = slotB
    self.lastConfirmed = lastConfirmed
    self.pendingRun = pendingRun
    oneShot = bytes[7] == 0 ? nil : BootSlot(rawValue: bytes[7] - 1)
    revokedKeys = bytes.littleEndianUInt32(at: 20)
    isReconstructed = bytes[5] == 1
  }

  /// Writes the fields of the state into a body.
  func encode(intoLogBody bytes: inout MutableSpan<UInt8>) {
    bytes[5] = isReconstructed ? 1 : 0
    bytes[6] = lastConfirmed.rawValue
    bytes[7] = oneShot.map { $0.rawValue + 1 } ?? 0
    bytes.store(littleEndian: revokedKeys, at: 20)
    slotA.encode(intoLogBody: &bytes, at: 40, tagAt: 24)
    slotB.encode(intoLogBody: &bytes, at: 49, tagAt: 32)
    bytes[58] = pendingRun.rawValue
    bytes[59] = 0
  }
}

extension SlotRecord {
  fileprivate init?(logBody bytes: Span<UInt8>, at offset: Int, tagAt: Int) {
    guard let state = SlotState(rawValue: bytes[offset]),
      let cause = RejectionCause(rawValue: bytes[offset + 1]),
      let storedForm = StoredForm(rawValue: bytes[offset + 7])
    else { return nil }
    self.init()
    self.state = state
    self.cause = cause
    self.storedForm = storedForm
    started = bytes[offset + 2]
    excused = bytes[offset + 3]
    faulted = bytes[offset + 4]
    faultLimit = bytes[offset + 5]
    startLimit = bytes[offset + 6]
    progress = bytes[offset + 8]
    imageTag = bytes.littleEndianUInt64(at: tagAt)
  }

  fileprivate func encode(
    intoLogBody bytes: inout MutableSpan<UInt8>, at offset: Int, tagAt: Int
  ) {
    bytes[offset] = state.rawValue
    bytes[offset + 1] = cause.rawValue
    bytes[offset + 2] = started
    bytes[offset + 3] = excused
    bytes[offset + 4] = faulted
    bytes[offset + 5] = faultLimit
    bytes[offset + 6] = startLimit
    bytes[offset + 7] = storedForm.rawValue
    bytes[offset + 8] = progress
    bytes.store(littleEndian: imageTag, at: tagAt)
  }
}
