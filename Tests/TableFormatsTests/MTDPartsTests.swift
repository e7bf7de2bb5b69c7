import FlashPartitions
import NORFlash
import TableFormats
import Testing

@Suite struct MTDPartsTests {
  private func table(
    _ text: String, _ options: MTDPartsOptions = MTDPartsOptions()
  ) throws(TableSyntaxError) -> ParsedTable {
    try MTDParts(parsing: Array(text.utf8)).parsedTable(options)
  }

  @Test func partitionsFollowEachOtherOrTheirOffsets() throws {
    let parsed = try table(
      "mtdparts=spi0.0:64k(boot)ro,1m@0x100000(slot-a),0x100000(slot-b),0200(metadata),-(rest)",
      MTDPartsOptions(flashSize: 0x400000))
    let rows = parsed.table.indices.map { parsed.table[$0] }
    #expect(
      rows == [
        row("boot", 1, 6, 0, 0x10000, 2), row("slot-a", 0, 0x10, 0x100000, 0x100000),
        row("slot-b", 0, 0x11, 0x200000, 0x100000), row("metadata", 1, 0x40, 0x300000, 128),
        row("rest", 1, 6, 0x300080, 0xFFF80),
      ])
    #expect(parsed.notes == [])
    #expect(parsed.positions[1].start == TextPosition(line: 1, column: 29))
  }

  @Test func theNamesOfTheRoles() throws {
    for (names, role) in [
      (["factory", "FACTORY"], .factory),
      (["slot-a", "slot_a", "ota_0", "image-0", "slot0"], .slotA),
      (["slot-b", "slot_b", "ota_1", "image-1", "slot1"], .slotB),
      (["metadata", "bootstate"], .metadata),
    ] as [([String], PartitionRole)] {
      for name in names {
        #expect(try table("mtdparts=x:1m(\(name))").table[0].role == role)
      }
    }
    #expect(try table("mtdparts=x:1m(slot)").table[0].role == nil)
  }

  @Test func anArgumentInsideACommandLine() throws {
    let parsed = try table(
      "# comment mtdparts=no:1m(x)\nconsole=ttyS0 mtdparts=nand:0:1m(a) root=/dev/mtd0\n")
    #expect(parsed.table.count == 1)
    #expect(try MTDParts(parsing: Array("mtdparts=nand:0:1m(a:b)".utf8)).devices[0].id == "nand:0")
  }

  @Test func severalFlashes() throws {
    let text = "mtdparts=x:1m(a);y:2m(b)"
    #expect(try table(text, MTDPartsOptions(device: "y")).table[0].label == "b")
    #expect(throws: TableSyntaxError.self) {
      try self.table(text, MTDPartsOptions(device: "z"))
    }
    #expect(try MTDParts(parsing: Array(text.utf8)).description == text)
  }

  @Test func whatHasNoPlaceIsNoted() throws {
    let parsed = try table("mtdparts=x:0(none),1m(a)lkslc,1m")
    #expect(
      parsed.notes == [
        "line 1, column 12: a partition of no bytes is skipped",
        "line 1, column 20: lk and slc have no place in a table and are dropped",
      ])
    #expect(parsed.table[1].label == "Partition_001")
  }

  @Test func rolesGetANameThatStandsForThem() throws {
    var table = PartitionTable()
    try table.append(row("golden", 0, 0, 0, 0x1000, 2))
    try table.append(row("ota_0", 0, 0x10, 0x2000, 0x100000))
    try table.append(row("log", 1, 0x40, 0x102000, 0x2000))
    #expect(
      try MTDParts(table, device: "spi0.0").description
        == "mtdparts=spi0.0:4k(factory)ro,1m@0x2000(ota_0),8k(metadata)")
    try table.append(row("metadata", 1, 6, 0x104000, 0x1000))
    #expect(throws: TableExportError.nameTaken("metadata")) { try MTDParts(table, device: "x") }
  }

  @Test(arguments: ["slot0", "a b", "a)", "a(", "a;", "a\""])
  func namesThatWouldBeReadOtherwiseAreRefused(_ name: String) throws {
    var table = PartitionTable()
    try table.append(row(name, 1, 6, 0, 0x1000))
    #expect(throws: TableExportError.self) { try MTDParts(table, device: "x") }
  }

  @Test func lossesAreTold() throws {
    var table = PartitionTable()
    try table.append(row("a", 1, 2, 0, 0x1000, 0x81))
    try table.append(row("b", 1, 6, 0x1000, 0x1000, 2))
    #expect(MTDParts.losses(in: table) == ["a: its type, encrypted, the flag bits 0x80"])
  }
}
