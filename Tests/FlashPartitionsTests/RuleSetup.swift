import FlashPartitions
import NORFlash
import Testing

/// A table, its flash and the options, for a rule to look at.
struct RuleSetup {
  var partitions: [Partition]
  var geometry: FlashGeometry
  var options = PartitionCheckOptions()

  /// A table on a flash of 1 MiB in blocks of 4 KiB that no rule has anything to say about.
  static var clean: RuleSetup {
    RuleSetup(
      partitions: [
        row("factory", .factory, 0, 0x40000, .readOnly),
        row("ota_0", .ota(0), 0x40000, 0x50000),
        row("ota_1", .ota(1), 0x90000, 0x50000),
        row("metadata", .bootState, 0xE0000, 0x2000),
        row("files", PartitionKind(type: .data, subtype: 0x83), 0xE2000, 0x1E000),
      ],
      geometry: FlashGeometry(blockCount: 256, eraseBlock: 4096, programUnit: 1))
  }

  /// The first 1 MiB of an STM32F4: four blocks of 16 KiB, one of 64, seven of 128.
  static var nonUniform: RuleSetup {
    var geometry = FlashGeometry()
    for (count, size) in [(4, 16), (1, 64), (7, 128)] as [(UInt32, UInt32)] {
      try! geometry.append(blockCount: count, eraseBlock: size << 10, programUnit: 4)
    }
    return RuleSetup(
      partitions: [
        row("boot", PartitionKind(type: .bootloader, subtype: 0), 0, 0x8000, .readOnly),
        row("metadata", .bootState, 0x8000, 0x8000),
        row("settings", .undefinedData, 0x10000, 0x10000),
        row("factory", .factory, 0x20000, 0x20000, .readOnly),
        row("ota_0", .ota(0), 0x40000, 0x60000),
        row("ota_1", .ota(1), 0xA0000, 0x60000),
      ],
      geometry: geometry)
  }

  var table: PartitionTable {
    var table = PartitionTable()
    for partition in partitions { try! table.append(partition) }
    return table
  }

  var findings: [PartitionFinding] {
    var findings: [PartitionFinding] = []
    table.forEachFinding(on: geometry, options: options) { findings.append($0) }
    return findings
  }

  var espFindings: [ESPFinding] {
    var findings: [ESPFinding] = []
    table.forEachESPFinding { findings.append($0) }
    return findings
  }
}

func row(
  _ label: PartitionLabel, _ kind: PartitionKind, _ start: UInt32, _ count: UInt32,
  _ flags: PartitionFlags = []
) -> Partition {
  Partition(
    label: label, kind: kind, range: FlashRange(start: start, count: count), flags: flags)
}

/// A rule, a setup that breaks it and a near twin that does not.
struct RuleCase: Sendable, CustomTestStringConvertible {
  var finding: PartitionFinding
  var severity: FindingSeverity
  var base: @Sendable () -> RuleSetup = { .clean }
  var broken: @Sendable (inout RuleSetup) -> Void
  var twin: @Sendable (inout RuleSetup) -> Void

  var testDescription: String { "\(finding)" }
}
