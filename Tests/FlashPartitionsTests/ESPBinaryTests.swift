import FlashPartitions
import NORFlash
import TableFormats
import Testing

@Suite struct ESPBinaryTests {
  /// Six rows, the digest row and the end marker.
  static let bytes: [UInt8] = {
    var table = PartitionTable()
    for partition in ESPRuleCase.base { try! table.append(partition) }
    return try! table.espBinary()
  }()

  private func read(_ bytes: [UInt8]) throws(ESPTableError) -> ESPBinaryTable {
    try ESPBinaryTable(parsing: bytes.span, md5: TableMD5.digest(of:))
  }

  @Test func aTableComesBackAsItWasWritten() throws {
    let read = try read(Self.bytes)
    #expect((0..<6).map { read.table[$0] } == ESPRuleCase.base)
    #expect(read.table.count == 6)
    #expect(read.digest == .verified)
    #expect(read.uncoveredCount == 0)
    #expect(try ESPBinaryTable(parsing: Self.bytes.span).digest == .notChecked)
    #expect(try PartitionTable(espBinary: Self.bytes.span) == read.table)
  }

  @Test func unknownFlagsAndFullNamesSurvive() throws {
    var table = PartitionTable()
    try table.append(
      row(
        "0123456789abcdef", PartitionKind(type: PartitionType(rawValue: 0xFE), subtype: 0xFF),
        0xFFFF_F000, 0x1000, PartitionFlags(rawValue: 0xDEAD_BEEF)))
    #expect(try read(try table.espBinary()).table == table)
  }

  @Test func rowsBehindTheDigestAreReadAndReported() throws {
    var bytes = Self.bytes
    bytes.replaceSubrange(224..<256, with: bytes[0..<32])
    let read = try read(bytes)
    #expect(read.table.count == 7)
    #expect(read.uncoveredCount == 1)
    #expect(read.digest == .verified)
    bytes.replaceSubrange(224..<256, with: bytes[192..<224])
    #expect(throws: ESPTableError.secondDigestRow(row: 7, offset: 224)) { try self.read(bytes) }
  }

  @Test func aTableWithoutADigestIsAccepted() throws {
    var bytes = Self.bytes
    bytes.replaceSubrange(192..<224, with: repeatElement(0xFF, count: 32))
    #expect(try read(bytes).digest == .absent)
  }

  @Test func errorsNameTheRowAndItsOffset() {
    var bytes = Self.bytes
    bytes[64] = 0
    #expect(throws: ESPTableError.invalidMagic(row: 2, offset: 64, found: 0x5000)) {
      try self.read(bytes)
    }
    bytes = Self.bytes
    bytes[70] ^= 1
    #expect(throws: ESPTableError.digestMismatch(row: 6, offset: 192)) { try self.read(bytes) }
    #expect(throws: ESPTableError.noPartitions) {
      try self.read(Array(repeating: 0xFF, count: 0xC00))
    }
    #expect(throws: ESPTableError.missingEndMarker(offset: 0)) { try self.read([]) }
    let many = Array(repeatElement(Self.bytes[0..<32], count: 96).joined())
    #expect(throws: ESPTableError.tooManyPartitions(row: 32, offset: 1024, limit: 32)) {
      try self.read(many)
    }
    #expect(throws: ESPTableError.digestUnavailable) {
      try ESPBinaryTable(parsing: Self.bytes.span, md5: { _ in nil })
    }
  }

  @Test func onlyTheFirst0xC00BytesAreTheTable() throws {
    let sector = Self.bytes + Array(repeating: 0x5A, count: 0x400)
    #expect(try read(sector).table.count == 6)
    // 96 rows without an end: digest rows are refused, so use a table that a longer file would end.
    var rows = [UInt8]()
    for _ in 0..<31 { rows += Self.bytes[0..<32] }
    #expect(throws: ESPTableError.missingEndMarker(offset: 992)) { try self.read(rows) }
  }

  @Test func aTooSmallBufferIsRefused() throws {
    let table = try read(Self.bytes).table
    var buffer = [UInt8](repeating: 0, count: 0xBFF)
    var span = buffer.mutableSpan
    do throws(ESPTableError) {
      try table.storeESPBinary(in: &span, md5: TableMD5.digest(of:))
      Issue.record("the buffer is too small")
    } catch {
      #expect(error == .bufferTooSmall(count: 0xBFF, required: 0xC00))
    }
  }

  @Test func everyTruncationIsRefused() {
    for count in 0..<256 {
      #expect(throws: ESPTableError.self) { try self.read(Array(Self.bytes[0..<count])) }
    }
    #expect(throws: Never.self) { try self.read(Array(Self.bytes[0..<256])) }
  }

  /// Bytes 2 to 15 of the digest row are filler, which boot loaders ignore.
  static func isFiller(_ offset: Int) -> Bool { (194..<208).contains(offset) }

  @Test func aChangedByteIsRefusedWhereItCounts() {
    for offset in 0..<320 {
      for change in [0x01, 0x80, 0xFF] as [UInt8] {
        var bytes = Self.bytes
        bytes[offset] ^= change
        let result = Result { () throws(ESPTableError) in try self.read(bytes) }
        let accepted = (try? result.get().table.count) == 6
        #expect(accepted == (Self.isFiller(offset) || offset >= 256), "offset \(offset)")
      }
    }
  }

  @Test func noInputTraps() {
    var random = SeededGenerator(seed: 2)
    var accepted = 0
    for _ in 0..<400 {
      let bytes = Self.randomTable(using: &random)
      if let table = try? ESPBinaryTable(parsing: bytes.span).table {
        accepted += 1
        #expect(table.count > 0)
        _ = table.findings(on: RuleSetup.nonUniform.geometry, espOptions: ESPRuleOptions())
      }
    }
    #expect(accepted > 20)
  }

  /// Bytes in which rows, digest rows, end markers and noise follow each other at random.
  static func randomTable(using random: inout SeededGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      var row = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
      switch Int.random(in: 0..<12, using: &random) {
      case 0: row[0...1] = [0xEB, 0xEB]
      case 1, 2, 3: row = Array(repeating: 0xFF, count: 32)
      case 4: row.removeLast(Int.random(in: 0...31, using: &random))
      default: row[0...1] = [0xAA, 0x50]
      }
      bytes += row
    }
    return bytes
  }
}

@Suite struct ExhaustiveESPBinaryTests {
  @Test func everyValueOfEveryByte() {
    for offset in 0..<320 {
      for value in UInt8.min...UInt8.max where value != ESPBinaryTests.bytes[offset] {
        var bytes = ESPBinaryTests.bytes
        bytes[offset] = value
        let table = try? ESPBinaryTable(parsing: bytes.span, md5: TableMD5.digest(of:))
        #expect((table != nil) == (ESPBinaryTests.isFiller(offset) || offset >= 256))
      }
    }
  }

  @Test func aMillionRandomTables() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<1_000_000 {
      let bytes = ESPBinaryTests.randomTable(using: &random)
      guard let table = try? ESPBinaryTable(parsing: bytes.span).table else { continue }
      table.forEachFinding(on: RuleSetup.nonUniform.geometry) { _ in }
      table.forEachESPFinding { _ in }
    }
  }
}
