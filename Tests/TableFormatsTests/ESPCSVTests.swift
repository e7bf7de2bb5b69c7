import FlashPartitions
import NORFlash
import TableFormats
import Testing

@Suite struct ESPCSVTests {
  private func parse(
    _ text: String, _ options: ESPCSV.Options = ESPCSV.Options()
  ) throws(TableSyntaxError) -> [Partition] {
    let table = try ESPCSV.parse(Array(text.utf8), options: options).table
    return table.indices.map { table[$0] }
  }

  @Test(
    arguments: [
      ("4096", 4096), ("0x1000", 4096), ("0X1000", 4096), ("0o10000", 4096),
      ("0b1000000000000", 4096), ("4K", 4096), ("4k", 4096), ("0x4k", 4096), ("1M", 1 << 20),
      ("1_000", 1000), ("0x10_00", 4096), ("+4K", 4096), ("00", 0),
    ] as [(String, UInt32)])
  func numbers(_ text: String, _ value: UInt32) throws {
    #expect(try parse("a,data,nvs,0x9000,\(text)")[0].range.count == value)
  }

  @Test(arguments: [
    "010", "0x", "1__0", "_1", "1_", "4KB", "K", "0xg", "1.5M", "--4", "0x-4", "9999999999", "4 K",
  ])
  func notNumbers(_ text: String) {
    #expect(throws: TableSyntaxError.self) { try self.parse("a,data,nvs,0x9000,\(text)") }
  }

  @Test func blankOffsetsFollowTheRowBefore() throws {
    let rows = try parse("a,data,nvs,,0x800\nb,data,nvs,,4K\nc,app,factory,,64K\nd,app,test,,1")
    #expect(rows.map(\.range.start) == [0x9000, 0xA000, 0x10000, 0x20000])
    var options = ESPCSV.Options()
    options.tableOffset = 0x10000
    #expect(try parse("a,data,nvs,,4K", options)[0].range.start == 0x11000)
  }

  @Test func aNegativeSizeGivesTheEnd() throws {
    let rows = try parse("a,data,nvs,,-0xF000\nb,app,factory,,-1M\nc,data,nvs,,4K")
    #expect(rows.map(\.range.count) == [0x6000, 0xF0000, 0x1000])
    #expect(rows[2].range.start == 0x100000)
  }

  @Test func wordsAreKnownInAnyCase() throws {
    let rows = try parse("a,APP,Ota_15,0x10000,64K\nb,Data,NVS_Keys,,4K\nc,data,bootstate,,8K")
    #expect(rows.map(\.kind) == [.ota(15), .nvsKeys, .bootState])
    #expect(try parse("a,0x40,,,4K\nb,data,,,4K,").map(\.subtype) == [6, 6])
    #expect(try parse("a,1,0x90,,4K")[0].kind == .teeOTAData)
  }

  @Test func flagsCommentsAndBlankLines() throws {
    let rows = try parse(
      """
      # a comment, with commas
         # another

      a, data, nvs, , 4K, encrypted:readonly
      b, data, nvs, , 4K, , # behind the flags
      c, data, nvs, , 4K, # in their place\r
      d, data, nvs, , 4K, readonly,
      """)
    #expect(rows.map(\.flags) == [[.encrypted, .readOnly], [], [], .readOnly])
  }

  @Test func bootloaderAndTableRowsTakeTheirPlaceFromTheOptions() throws {
    var options = ESPCSV.Options()
    options.primaryBootloaderOffset = 0x1000
    options.recoveryBootloaderOffset = 0x3F0000
    let rows = try parse(
      """
      boot, bootloader, primary, N/A, N/A
      table, partition_table, primary, , 
      boot_b, bootloader, ota, , N/A
      table_b, partition_table, ota, , N/A
      nvs, data, nvs, , 4K
      rescue, bootloader, recovery, N/A, N/A
      """, options)
    #expect(
      rows.map(\.range) == [
        FlashRange(start: 0x1000, count: 0x7000), FlashRange(start: 0x8000, count: 0x1000),
        FlashRange(start: 0x9000, count: 0x7000), FlashRange(start: 0x10000, count: 0x1000),
        FlashRange(start: 0x11000, count: 0x1000), FlashRange(start: 0x3F0000, count: 0x7000),
      ])
  }

  @Test func variablesAreReplaced() throws {
    var options = ESPCSV.Options()
    options.variables = ["SIZE": "64K", "ROW": "x,data,nvs,0x9000,4K", "E": ""]
    #expect(try parse("a,app,factory,0x10000,$SIZE", options)[0].range.count == 0x10000)
    #expect(try parse("a,app,factory,0x1${E}0000,${SIZE}", options)[0].range.start == 0x10000)
    #expect(try parse("$ROW", options)[0].label == "x")
    #expect(try parse("# $NONE\na$1,data,nvs,,4K", options)[0].label == "a$1")
  }

  @Test(arguments: 0..<6)
  func byteOrderMarks(_ encoding: Int) throws {
    let text = "né,data,nvs,0x9000,4K\n"
    let bytes: [UInt8] =
      switch encoding {
      case 0: [0xEF, 0xBB, 0xBF] + Array(text.utf8)
      case 1: [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
      case 2: [0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
      case 3:
        [0xFF, 0xFE, 0, 0] + text.unicodeScalars.flatMap { [UInt8($0.value), 0, 0, 0] }
      case 4:
        [0, 0, 0xFE, 0xFF] + text.unicodeScalars.flatMap { [0, 0, 0, UInt8($0.value)] }
      default: Array(text.utf8)
      }
    #expect(try ESPCSV.parse(bytes).table[0] == row("né", 1, 2, 0x9000, 0x1000))
  }

  @Test func rowsRememberWhereTheyStand() throws {
    let parsed = try ESPCSV.parse(
      Array("\n  a , data, nvs, 0x9000, 4K, readonly\nb,data,nvs,,4K".utf8))
    #expect(parsed.positions[0].name == TextPosition(line: 2, column: 3))
    #expect(parsed.positions[0].kind == TextPosition(line: 2, column: 7))
    #expect(parsed.positions[0].start == TextPosition(line: 2, column: 18))
    #expect(parsed.positions[0].size == TextPosition(line: 2, column: 26))
    #expect(parsed.positions[0].flags == TextPosition(line: 2, column: 30))
    #expect(parsed.positions[1].start == TextPosition(line: 3, column: 1))
  }

  @Test func theTextIsTheOneOfEspressifsTool() throws {
    var table = PartitionTable()
    try table.append(row("late", 0, 0x10, 0x20000, 0x10000, 3))
    try table.append(row("log", 1, 0x40, 0x9000, 0x2000))
    try table.append(row("own", 0x40, 9, 0xB000, 0x1001, 0x80))
    #expect(
      try ESPCSV.text(of: table) == """
        # ESP-IDF Partition Table
        # Name, Type, SubType, Offset, Size, Flags
        log,data,64,0x9000,8K,
        own,64,9,0xb000,0x1001,
        late,app,ota_0,0x20000,64K,encrypted:readonly

        """)
    #expect(ESPCSV.losses(in: table) == ["own: the flag bits 0x80 have no word"])
  }

  @Test(arguments: ["a,b", "#a", " a", "a ", "a$b", "a\nb"])
  func namesThatALineCannotCarryAreRefused(_ name: String) throws {
    var table = PartitionTable()
    try table.append(row(name, 1, 2, 0x9000, 0x1000))
    #expect(throws: TableExportError.self) { try ESPCSV.text(of: table) }
  }
}
