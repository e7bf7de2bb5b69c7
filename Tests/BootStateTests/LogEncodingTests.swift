import FirmwareImage
import NORFlash
import Testing

@testable import BootState

@Suite("Metadata log encoding")
struct LogEncodingTests {
  static func encoded(_ record: BootRecord) -> [UInt8] {
    var record = record
    var body = LogBody()
    body.encode(&record)
    body.seal(
      as: .record, generation: 0x0403_0201, sequence: 0x0807_0605, tableDigest: 0xDDCC_BBAA)
    return Self.bytes(of: body)
  }

  static func bytes(of body: LogBody) -> [UInt8] { body.bytes.indices.map { body.bytes[$0] } }

  /// What the log makes of 64 bytes.
  static func decoded(_ bytes: [UInt8]) -> (kind: LogBodyKind?, record: BootRecord) {
    var body = LogBody()
    for index in body.bytes.indices { body.bytes[index] = bytes[index] }
    var record = BootRecord()
    let kind = body.kind(recordInto: &record, under: EveryProtection.self)
    return (kind, record)
  }

  static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = Array("0123456789abcdef")
      return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }.joined()
  }

  static var fullRecord: BootRecord {
    var record = BootRecord()
    record.slotA.state = .trial
    record.slotA.started = 3
    record.slotA.excused = 1
    record.slotA.faulted = 1
    record.slotA.faultLimit = 2
    record.slotA.startLimit = 8
    record.slotA.storedForm = .ciphertext
    record.slotA.imageTag = 0x1122_3344_5566_7788
    record.slotB.state = .rejected
    record.slotB.cause = .signature
    record.slotB.progress = 9
    record.slotB.imageTag = 0x99AA_BBCC_DDEE_FF00
    record.lastConfirmed = .slotB
    record.oneShot = .factory
    record.pendingRun = .trialOfSlotA
    record.revokedKeys = 0x8000_0001
    record.isReconstructed = true
    return record
  }

  // The checksums were computed with zlib (Python 3).
  @Test("golden vectors")
  func goldenVectors() {
    #expect(
      Self.hex(Self.encoded(BootRecord()))
        == "42504c52010000000102030405060708aabbccdd000000000000000000000000"
        + "0000000000000000000000000000000000000000000000000000000095a30755")
    #expect(
      Self.hex(Self.encoded(Self.fullRecord))
        == "42504c52010101030102030405060708aabbccdd010000808877665544332211"
        + "00ffeeddccbbaa99030003010102080100060300000000000009010003b0db3f")
    var header = LogBody()
    header.seal(as: .sector, generation: 5, sequence: 0, tableDigest: 7)
    #expect(
      Self.hex(Self.bytes(of: header))
        == "42504c5301000000050000000000000007000000000000000000000000000000"
        + "000000000000000000000000000000000000000000000000000000001c09e67a")
    var move = LogBody()
    move.setSuccessor(6)
    move.seal(as: .move, generation: 5, sequence: 12, tableDigest: 7)
    #expect(
      Self.hex(Self.bytes(of: move))
        == "42504c4d01000000050000000c00000007000000060000000000000000000000"
        + "00000000000000000000000000000000000000000000000000000000a4e5d228")
  }

  @Test("what is written is read")
  func roundTrip() {
    for record in [BootRecord(), Self.fullRecord, numberedRecord(77)] {
      let bytes = Self.encoded(record)
      #expect(Self.decoded(bytes).kind == .record)
      #expect(Self.decoded(bytes).record == record)
    }
  }

  @Test("every single-bit corruption is rejected")
  func corruption() {
    let bytes = Self.encoded(Self.fullRecord)
    for bit in 0..<512 {
      var corrupt = bytes
      corrupt[bit / 8] ^= 1 << (bit % 8)
      #expect(Self.decoded(corrupt).kind == nil, "bit \(bit)")
    }
  }

  @Test(
    "a value that no case has is rejected even with a good checksum",
    arguments: [
      (4, 2), (5, 2), (6, 2), (7, 4), (40, 7), (41, 14), (47, 2), (49, 7), (50, 14), (56, 2),
      (58, 4), (59, 1),
    ] as [(Int, UInt8)])
  func unknownValues(_ offset: Int, _ value: UInt8) {
    var bytes = Self.encoded(Self.fullRecord)
    bytes[offset] = value
    let checksum = CRC32.checksum(of: bytes.span.extracting(0..<60))
    var span = bytes.mutableSpan
    span.store(littleEndian: checksum, at: 60)
    #expect(Self.decoded(bytes).kind == nil)
  }

  @Test("blank and programmed flash is not a body", arguments: [0x00, 0xFF] as [UInt8])
  func uniformBytes(_ value: UInt8) {
    let bytes = [UInt8](repeating: value, count: 64)
    #expect(Self.decoded(bytes).kind == nil)
  }
}
