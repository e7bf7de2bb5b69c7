import FlashPartitions
import NORFlash
import Testing

/// A rule of ESP-IDF, a change of a good table that breaks it, and a twin that does not.
struct ESPRuleCase: Sendable, CustomTestStringConvertible {
  var finding: ESPFinding
  var severity: FindingSeverity
  var broken: @Sendable (inout [Partition]) -> Void
  var twin: @Sendable (inout [Partition]) -> Void

  var testDescription: String { "\(finding)" }

  /// The table of ESP-IDF with two slots.
  static let base: [Partition] = [
    row("nvs", .nvs, 0x9000, 0x4000),
    row("otadata", .otaData, 0xD000, 0x2000),
    row("phy_init", PartitionKind(type: .data, subtype: 1), 0xF000, 0x1000),
    row("factory", .factory, 0x10000, 0x100000),
    row("ota_0", .ota(0), 0x110000, 0x100000),
    row("ota_1", .ota(1), 0x210000, 0x100000),
  ]

  static let all: [ESPRuleCase] = [
    ESPRuleCase(
      finding: .misalignedOffset(3, alignment: 0x10000), severity: .error,
      broken: { $0[3].range.start = 0x11000 }, twin: { $0[3].range.start = 0x20000 }),
    ESPRuleCase(
      finding: .misalignedOffset(2, alignment: 0x1000), severity: .error,
      broken: { $0[2].range.start = 0xF800 }, twin: { $0[2].range.start = 0xE000 }),
    ESPRuleCase(
      finding: .misalignedSize(5, alignment: 0x1000), severity: .error,
      broken: { $0[5].range.count = 0x100100 }, twin: { $0[5].range.count = 0x101000 }),
    ESPRuleCase(
      finding: .belowTable(0, end: 0x9000), severity: .error,
      broken: { $0[0].range.start = 0x8000 },
      twin: { $0[0] = row("boot", .primaryBootloader, 0x1000, 0x7000) }),
    ESPRuleCase(
      finding: .overlap(0, 1), severity: .error,
      broken: { $0[0].range.count = 0x4001 }, twin: { $0[0].range.count = 0x4000 }),
    ESPRuleCase(
      finding: .duplicateName(0, 1), severity: .error,
      broken: { $0[1].label = "nvs" }, twin: { $0[1].label = "nvs2" }),
    ESPRuleCase(
      finding: .duplicateKind(1, 2), severity: .error,
      broken: { $0[2].kind = .otaData }, twin: { $0[2].kind = .teeOTAData }),
    ESPRuleCase(
      finding: .bootSelectionSize(1, required: 0x2000), severity: .error,
      broken: { $0[1].range.count = 0x1000 }, twin: { $0[1].range.count = 0x2000 }),
    ESPRuleCase(
      finding: .bootSelectionSize(2, required: 0x2000), severity: .error,
      broken: { $0[2].kind = .teeOTAData }, twin: { $0[2].kind = .nvsKeys }),
    ESPRuleCase(
      finding: .mustBeWritable(1), severity: .error,
      broken: { $0[1].flags = .readOnly }, twin: { $0[1].flags = .encrypted }),
    ESPRuleCase(
      finding: .mustBeWritable(2), severity: .error,
      broken: { $0[2] = row("core", .coreDump, 0xF000, 0x1000, .readOnly) },
      twin: { $0[2] = row("core", .coreDump, 0xF000, 0x1000) }),
    ESPRuleCase(
      finding: .storeTooSmall(0, required: 0x3000), severity: .error,
      broken: { $0[0].range.count = 0x2000 },
      twin: {
        $0[0].range.count = 0x2000
        $0[0].flags = .readOnly
      }),
    ESPRuleCase(
      finding: .reservedType(2), severity: .error,
      broken: { $0[2].kind.type = PartitionType(rawValue: 0x3F) },
      twin: { $0[2].kind.type = PartitionType(rawValue: 0x40) }),
    ESPRuleCase(
      finding: .unknownSubtype(2), severity: .warning,
      broken: { $0[2].kind.subtype = 0x41 }, twin: { $0[2].kind.subtype = 0x40 }),
    ESPRuleCase(
      finding: .misleadingName(2), severity: .warning,
      broken: { $0[2].label = "app" }, twin: { $0[2].label = "data" }),
    ESPRuleCase(
      finding: .misleadingName(2), severity: .warning,
      broken: { $0[2].label = "coredump" }, twin: { $0[2].label = "phy" }),
    ESPRuleCase(
      finding: .unterminatedName(2), severity: .warning,
      broken: { $0[2].label = "0123456789abcdef" }, twin: { $0[2].label = "0123456789abcde" }),
    ESPRuleCase(
      finding: .unknownFlags(2, bits: 0x8000_0004), severity: .warning,
      broken: { $0[2].flags = PartitionFlags(rawValue: 0x8000_0007) },
      twin: { $0[2].flags = PartitionFlags(rawValue: 3) }),
    ESPRuleCase(
      finding: .repeatedSubtype(4, 5), severity: .warning,
      broken: { $0[5].kind = .ota(0) }, twin: { $0[5].kind = .ota(15) }),
    ESPRuleCase(
      finding: .slotWithoutSelection(4), severity: .warning,
      broken: { $0[1].kind = .undefinedData }, twin: { $0[1].kind = .bootState }),
  ]
}

@Suite struct ESPRuleTests {
  private func findings(
    _ partitions: [Partition], _ options: ESPRuleOptions = ESPRuleOptions()
  ) -> [ESPFinding] {
    var table = PartitionTable()
    for partition in partitions { try! table.append(partition) }
    var findings: [ESPFinding] = []
    table.forEachESPFinding(options: options) { findings.append($0) }
    return findings
  }

  @Test func espressifsOwnTableHasNoFindings() {
    #expect(findings(ESPRuleCase.base) == [])
  }

  @Test(arguments: ESPRuleCase.all)
  func aBrokenTableIsFoundAndItsTwinIsNot(_ rule: ESPRuleCase) {
    var broken = ESPRuleCase.base
    rule.broken(&broken)
    #expect(findings(broken).contains(rule.finding), "\(findings(broken))")
    #expect(rule.finding.severity == rule.severity)
    var twin = ESPRuleCase.base
    rule.twin(&twin)
    #expect(!findings(twin).contains(rule.finding), "\(findings(twin))")
  }

  @Test func secureBootVersion1AsksFor64KiBSizes() {
    var options = ESPRuleOptions()
    options.secureBoot = .version1
    var partitions = ESPRuleCase.base
    partitions[5].range.count = 0x101000
    #expect(findings(partitions) == [])
    #expect(findings(partitions, options) == [.misalignedSize(5, alignment: 0x10000)])
  }

  @Test func theTablesAddressMovesTheFirstFreeAddress() {
    var options = ESPRuleOptions()
    options.tableOffset = 0x9000
    #expect(findings(ESPRuleCase.base, options) == [.belowTable(0, end: 0xA000)])
  }
}
