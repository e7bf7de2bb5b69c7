public import FlashEmulator
internal import NORFlash

/// How much of what a device does to one part of its flash a search has cut.
public struct OperationCoverage: Equatable, Sendable {
  /// The name of the partition, or an empty text for what is in none.
  public var partition: String
  /// Whether something is programmed or erased.
  public var kind: FlashOperation.Kind
  /// The different operations: an address and a length, each counted once.
  public var operations: Int
  /// The different pairs of an operation and the image it meets.
  public var situations: Int
  /// The crash points: the outcomes of all these.
  public var crashPoints: Int
}

extension PowerLossSearch {
  /// The crash points by partition and kind, in the order of the partitions.
  func coverage(in graph: SearchGraph) -> [OperationCoverage] {
    struct Row: Hashable {
      var partition: Int
      var isErase: Bool
    }
    var operations: [Row: Int] = [:]
    var counts: [Row: (situations: Int, crashPoints: Int)] = [:]
    for (operation, count) in graph.memo.counts {
      let partition = scenario.partitions.firstIndex { $0.range.contains(operation.address) }
      let row = Row(partition: partition ?? .max, isErase: operation.kind == .erase)
      operations[row, default: 0] += 1
      counts[row, default: (0, 0)].situations += count.situations
      counts[row, default: (0, 0)].crashPoints += count.crashPoints
    }
    let rows = counts.keys.sorted {
      ($0.partition, $0.isErase ? 1 : 0) < ($1.partition, $1.isErase ? 1 : 0)
    }
    return rows.map { row in
      OperationCoverage(
        partition: row.partition == .max ? "" : scenario.partitions[row.partition].name,
        kind: row.isErase ? .erase : .program, operations: operations[row] ?? 0,
        situations: counts[row]?.situations ?? 0, crashPoints: counts[row]?.crashPoints ?? 0)
    }
  }
}
