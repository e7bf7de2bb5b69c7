import FlashPartitions
import NORFlash
import Testing

@Suite struct PartitionTableTests {
  @Test func aTableTakes32PartitionsAndRefusesOneMore() throws {
    var table = PartitionTable()
    for index in 0..<32 {
      try table.append(row("p", .undefinedData, UInt32(index) << 12, 0x1000))
    }
    #expect(throws: PartitionTableError.tooManyPartitions(limit: 32)) {
      try table.append(row("p", .undefinedData, 0, 0))
    }
    #expect(table.count == 32)
    #expect(table[31].range.start == 0x1F000)
  }

  @Test func rolesAreFoundByKind() {
    let table = RuleSetup.clean.table
    #expect(table.partition(for: .factory)?.label == "factory")
    #expect(table.index(for: .slotA) == 1)
    #expect(table.index(for: .slotB) == 2)
    #expect(table.partition(for: .metadata)?.range == FlashRange(start: 0xE0000, count: 0x2000))
    #expect(PartitionTable().partition(for: .slotA) == nil)
    #expect(table.index(named: "files") == 4)
    #expect(table.index(named: "file") == nil)
    #expect(table.index(containing: 0x8FFFF) == 1)
    #expect(table.index(containing: 0x100000) == nil)
    for role in PartitionRole.allCases { #expect(PartitionRole(role.kind) == role) }
  }

  @Test func labelsHold16BytesAndEndAtAZero() throws {
    #expect(try PartitionLabel(text: "0123456789abcdef").count == 16)
    #expect(throws: PartitionTableError.labelTooLong(count: 17, limit: 16)) {
      try PartitionLabel(text: "0123456789abcdefg")
    }
    let bytes: [UInt8] = [0x61, 0x62, 0, 0x63]
    #expect(try PartitionLabel(bytes.span) == "ab")
    #expect(PartitionLabel("ab") != PartitionLabel("abc"))
    #expect(PartitionLabel("ab").description == "ab")
  }

  /// The CRC-32 of the six rows, computed with Python's `zlib`.
  @Test func theDigestIsTheCRCOfTheBinaryRows() {
    var table = PartitionTable()
    for partition in ESPRuleCase.base { try! table.append(partition) }
    #expect(table.digest == 0xF613_50C6)
  }

  @Test func theDigestSeesEveryField() {
    let base = RuleSetup.clean
    var changed: [RuleSetup] = Array(repeating: base, count: 7)
    changed[0].partitions[1].label = "ota_x"
    changed[1].partitions[1].kind.subtype += 1
    changed[2].partitions[1].kind.type = .data
    changed[3].partitions[1].range.start += 1
    changed[4].partitions[1].range.count += 1
    changed[5].partitions[1].flags = PartitionFlags(rawValue: 1 << 31)
    changed[6].partitions.swapAt(0, 1)
    let digests = Set(changed.map(\.table.digest) + [base.table.digest])
    #expect(digests.count == 8)
    for setup in changed { #expect(setup.table != base.table) }
  }

  @Test func layoutChangesAreTold() {
    let old = RuleSetup.clean
    var new = old
    #expect(old.table.isLayoutCompatible(with: new.table))
    new.partitions[4].range = FlashRange(start: 0xE3000, count: 0x1D000)
    new.partitions[0].flags = []
    new.partitions.append(row("extra", .undefinedData, 0xE2000, 0x1000))
    #expect(
      changes(old, new) == [
        .flagsChanged(old: 0, new: 0), .moved(old: 4, new: 4), .resized(old: 4, new: 4),
        .addedOver(old: 4, new: 5),
      ])
    #expect(!old.table.isLayoutCompatible(with: new.table))
  }

  @Test func aRoleIsKnownWhateverItsName() {
    let old = RuleSetup.clean
    var new = old
    new.partitions[1].label = "slot-a"
    #expect(changes(old, new) == [])
    new.partitions[1].range.count -= 0x1000
    #expect(changes(old, new) == [.resized(old: 1, new: 1)])
    #expect(!old.table.isLayoutCompatible(with: new.table))
    new = old
    new.partitions.remove(at: 4)
    #expect(changes(old, new) == [.removed(old: 4)])
    #expect(old.table.isLayoutCompatible(with: new.table))
    #expect(changes(new, old) == [.added(new: 4)])
    #expect(new.table.isLayoutCompatible(with: old.table))
  }

  private func changes(_ old: RuleSetup, _ new: RuleSetup) -> [LayoutChange] {
    var changes: [LayoutChange] = []
    old.table.forEachChange(to: new.table) { changes.append($0) }
    return changes
  }

  @Test func copyUnitsOfTwoFlashes() throws {
    let small = FlashGeometry(blockCount: 16, eraseBlock: 4096, programUnit: 1)
    let large = FlashGeometry(blockCount: 4, eraseBlock: 65536, programUnit: 1)
    let odd = FlashGeometry(blockCount: 4, eraseBlock: 6144, programUnit: 1)
    let range = FlashRange(start: 0, count: 0x10000)
    #expect(small.copyUnit(of: range, with: large, range) == 65536)
    #expect(small.copyUnit(of: range, with: odd, FlashRange(start: 0, count: 6144)) == nil)
  }
}
