import FlashPartitions
import NORFlash
import TableFormats
import Testing

@Suite struct RoundTripTests {
  /// A table of partitions in ascending order, with names every format can carry.
  private static func randomTable(_ seed: UInt64) -> PartitionTable {
    var random = SeededGenerator(seed: seed)
    var table = PartitionTable()
    var roles = PartitionRole.allCases.shuffled(using: &random)
    var end: UInt64 = 0
    for index in 0..<Int.random(in: 1...32, using: &random) {
      end += UInt64.random(in: 0...2, using: &random) << UInt64.random(in: 0...16, using: &random)
      let role = Bool.random(using: &random) ? roles.popLast() : nil
      let count =
        UInt32.random(in: 1...255, using: &random) << UInt32.random(in: 0...18, using: &random)
      let kind =
        role?.kind
        ?? PartitionKind(
          type: PartitionType(rawValue: UInt8.random(in: 0x40...0xFE, using: &random)),
          subtype: UInt8.random(in: 0...255, using: &random))
      table.appendUnchecked(
        Partition(
          label: try! PartitionLabel(text: role?.name ?? "part.\(index)"), kind: kind,
          range: FlashRange(start: UInt32(end), count: count),
          flags: PartitionFlags(rawValue: UInt32.random(in: 0...7, using: &random))))
      end += UInt64(count)
    }
    return table
  }

  @Test(arguments: UInt64(0)..<40)
  func everyTableComesBackFromEveryForm(_ seed: UInt64) throws {
    let table = Self.randomTable(seed)
    let binary = try TableFile(try table.espBinary())
    #expect(binary.format == .bin)
    #expect(binary.table == table)

    let csv = try TableFile(Array(try ESPCSV.text(of: binary.table).utf8))
    #expect(csv.format == .csv)
    #expect(csv.table == table.mapped { $0.flags.formIntersection([.encrypted, .readOnly]) })

    let argument = try MTDParts(csv.table, device: "spi0.0").description
    let mtdparts = try TableFile(Array(argument.utf8))
    #expect(mtdparts.format == .mtdparts)
    #expect(
      mtdparts.table
        == table.mapped {
          $0.flags.formIntersection(.readOnly)
          if $0.role == nil { $0.kind = .undefinedData }
        })
    #expect(try MTDParts(mtdparts.table, device: "spi0.0").description == argument)
  }
}

extension PartitionTable {
  fileprivate mutating func appendUnchecked(_ partition: Partition) { try! append(partition) }

  fileprivate func mapped(_ change: (inout Partition) -> Void) -> PartitionTable {
    var copy = self
    for index in copy.indices { change(&copy[index]) }
    return copy
  }
}
