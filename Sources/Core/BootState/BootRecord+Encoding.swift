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
struct LogBody: Sendable {
  static var formatVersion: UInt8 { 1 }

  var bytes: [64 of UInt8] = .init(repeating: 0)

  /// The kind of a valid body, or `nil` if the 64 bytes are not one.
  ///
  /// - Parameter record: Takes the state that a record holds; only with that kind it means something.
  mutating func kind<P: MetadataLogProtections>(
    recordInto record: inout BootRecord, under protections: P.Type
  ) -> LogBodyKind? {
    guard let kind = LogBodyKind(rawValue: number(at: 0)), bytes[4] == Self.formatVersion,
      !P.checksum || number(at: 60) == checksum, kind != .record || decode(into: &record)
    else { return nil }
    return kind
  }

  var generation: UInt32 { mutating get { number(at: 8) } }
  var sequence: UInt32 { mutating get { number(at: 12) } }
  var tableDigest: UInt32 { mutating get { number(at: 16) } }

  /// In a move: names the sector where the log goes on by its generation, for the reader.
  mutating func setSuccessor(_ generation: UInt32) { store(generation, at: 20) }

  /// Fills in what all kinds have in common, the checksum last.
  mutating func seal(
    as kind: LogBodyKind, generation: UInt32, sequence: UInt32, tableDigest: UInt32
  ) {
    store(kind.rawValue, at: 0)
    bytes[4] = Self.formatVersion
    store(generation, at: 8)
    store(sequence, at: 12)
    store(tableDigest, at: 16)
    store(checksum, at: 60)
  }

  private var checksum: UInt32 {
    mutating get { CRC32.checksum(of: bytes.span.extracting(0..<60)) }
  }

  private mutating func number(at offset: Int) -> UInt32 {
    bytes.span.littleEndianUInt32(at: offset)
  }

  private mutating func store(_ number: UInt32, at offset: Int) {
    var span = bytes.mutableSpan
    span.store(littleEndian: number, at: offset)
  }
}

extension LogBody {
  /// Reads the state, or fails if a field has a value that no case has.
  ///
  /// - Returns: Whether the state is valid; if not, `record` is of no use.
  mutating func decode(into record: inout BootRecord) -> Bool {
    guard bytes[5] <= 1, bytes[59] == 0, bytes[7] <= 3,
      let lastConfirmed = UpdateSlot(rawValue: bytes[6]),
      let pendingRun = PendingRun(rawValue: bytes[58]),
      decode(into: &record.slotA, at: 40, tagAt: 24), decode(into: &record.slotB, at: 49, tagAt: 32)
    else { return false }
    record.lastConfirmed = lastConfirmed
    record.pendingRun = pendingRun
    record.oneShot = BootSlot(rawValue: bytes[7] &- 1)
    record.revokedKeys = number(at: 20)
    record.isReconstructed = bytes[5] == 1
    return true
  }

  /// Makes the body of a record that is not sealed.
  // Exists once: a boot loader's size matters more than this call.
  @inline(never)
  init(of record: BootRecord) {
    self.init()
    var record = record
    encode(&record)
  }

  /// Writes the fields of the state.
  @inline(never)
  mutating func encode(_ record: inout BootRecord) {
    bytes[5] = record.isReconstructed ? 1 : 0
    bytes[6] = record.lastConfirmed.rawValue
    bytes[7] = record.oneShot.map { $0.rawValue + 1 } ?? 0
    store(record.revokedKeys, at: 20)
    encode(&record.slotA, at: 40, tagAt: 24)
    encode(&record.slotB, at: 49, tagAt: 32)
    bytes[58] = record.pendingRun.rawValue
  }

  @inline(never)
  private mutating func decode(into slot: inout SlotRecord, at offset: Int, tagAt: Int) -> Bool {
    guard let state = SlotState(rawValue: bytes[offset]),
      let cause = RejectionCause(rawValue: bytes[offset + 1]),
      let storedForm = StoredForm(rawValue: bytes[offset + 7])
    else { return false }
    slot.state = state
    slot.cause = cause
    slot.storedForm = storedForm
    slot.started = bytes[offset + 2]
    slot.excused = bytes[offset + 3]
    slot.faulted = bytes[offset + 4]
    slot.faultLimit = bytes[offset + 5]
    slot.startLimit = bytes[offset + 6]
    slot.progress = bytes[offset + 8]
    slot.imageTag = bytes.span.littleEndianUInt64(at: tagAt)
    return true
  }

  @inline(never)
  private mutating func encode(_ slot: inout SlotRecord, at offset: Int, tagAt: Int) {
    bytes[offset] = slot.state.rawValue
    bytes[offset + 1] = slot.cause.rawValue
    bytes[offset + 2] = slot.started
    bytes[offset + 3] = slot.excused
    bytes[offset + 4] = slot.faulted
    bytes[offset + 5] = slot.faultLimit
    bytes[offset + 6] = slot.startLimit
    bytes[offset + 7] = slot.storedForm.rawValue
    bytes[offset + 8] = slot.progress
    var span = bytes.mutableSpan
    span.store(littleEndian: slot.imageTag, at: tagAt)
  }
}
