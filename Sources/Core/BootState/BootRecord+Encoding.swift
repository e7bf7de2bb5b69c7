internal import FirmwareImage
internal import NORFlash

/// What a body says it is.
enum LogBodyKind {
  /// The header of a sector.
  case sector
  /// A snapshot of the boot state.
  case record

  /// `BPLS` or `BPLR`, little-endian.
  var magic: UInt32 { self == .sector ? 0x534C_5042 : 0x524C_5042 }
}

/// The 64 bytes that carry a record, or head a sector; all numbers little-endian.
///
/// ```
///  0  magic u32           "BPLR" a record, "BPLS" a sector header
///  4  format version u8   1
///  5  flags u8            bit 0: reconstructed; the others 0
///  6  last confirmed u8   0 slot A, 1 slot B
///  7  one-shot u8         0 none, 1 slot A, 2 slot B, 3 factory
///  8  generation u32      of the sector; newer sectors have higher ones
/// 12  sequence u32        counts the records of the log
/// 16  table digest u32    of the partition table the state belongs to
/// 20  revoked keys u32
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
/// In a sector header the fields of the state are 0. A body of another version, or with a value
/// that no case has, is not valid.
struct LogBody {
  static var formatVersion: UInt8 { 1 }

  var generation: UInt32
  var sequence: UInt32
  var tableDigest: UInt32
  var record: BootRecord

  init(generation: UInt32, sequence: UInt32, tableDigest: UInt32, record: BootRecord) {
    self.generation = generation
    self.sequence = sequence
    self.tableDigest = tableDigest
    self.record = record
  }

  /// Reads a body, or fails if the 64 bytes are not a valid one.
  init?(_ bytes: Span<UInt8>, as kind: LogBodyKind) {
    guard bytes.littleEndianUInt32(at: 0) == kind.magic, bytes[4] == Self.formatVersion,
      bytes.littleEndianUInt32(at: 60) == CRC32.checksum(of: bytes.extracting(0..<60)),
      bytes[5] <= 1, bytes[59] == 0, bytes[7] <= 3,
      let lastConfirmed = UpdateSlot(rawValue: bytes[6]),
      let pendingRun = PendingRun(rawValue: bytes[58]),
      let slotA = SlotRecord(bytes, at: 40, tag: bytes.littleEndianUInt64(at: 24)),
      let slotB = SlotRecord(bytes, at: 49, tag: bytes.littleEndianUInt64(at: 32))
    else { return nil }
    generation = bytes.littleEndianUInt32(at: 8)
    sequence = bytes.littleEndianUInt32(at: 12)
    tableDigest = bytes.littleEndianUInt32(at: 16)
    record = BootRecord()
    record.isReconstructed = bytes[5] == 1
    record.lastConfirmed = lastConfirmed
    record.oneShot = bytes[7] == 0 ? nil : BootSlot(rawValue: bytes[7] - 1)
    record.revokedKeys = bytes.littleEndianUInt32(at: 20)
    record.pendingRun = pendingRun
    record.slotA = slotA
    record.slotB = slotB
  }

  /// Writes all 64 bytes.
  func encode(into bytes: inout MutableSpan<UInt8>, as kind: LogBodyKind) {
    bytes.store(littleEndian: kind.magic, at: 0)
    bytes[4] = Self.formatVersion
    bytes[5] = record.isReconstructed ? 1 : 0
    bytes[6] = record.lastConfirmed.rawValue
    bytes[7] = record.oneShot.map { $0.rawValue + 1 } ?? 0
    bytes.store(littleEndian: generation, at: 8)
    bytes.store(littleEndian: sequence, at: 12)
    bytes.store(littleEndian: tableDigest, at: 16)
    bytes.store(littleEndian: record.revokedKeys, at: 20)
    record.slotA.encode(into: &bytes, at: 40, tagAt: 24)
    record.slotB.encode(into: &bytes, at: 49, tagAt: 32)
    bytes[58] = record.pendingRun.rawValue
    bytes[59] = 0
    bytes.store(littleEndian: CRC32.checksum(of: bytes.span.extracting(0..<60)), at: 60)
  }
}

extension SlotRecord {
  fileprivate init?(_ bytes: Span<UInt8>, at offset: Int, tag: UInt64) {
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
    imageTag = tag
  }

  fileprivate func encode(into bytes: inout MutableSpan<UInt8>, at offset: Int, tagAt: Int) {
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
