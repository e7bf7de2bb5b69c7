public import FlashPartitions

/// The parts of a row that a finding can be about.
public enum RowAspect: Equatable, Sendable {
  /// The name.
  case name
  /// The type and subtype.
  case kind
  /// The first address.
  case start
  /// The number of bytes.
  case size
  /// The flags.
  case flags
}

/// Where the parts of a row stand in a text.
public struct RowPositions: Equatable, Sendable {
  /// Where the row starts, with the name.
  public var name: TextPosition
  /// Where the type stands.
  public var kind: TextPosition
  /// Where the first address stands, or the row starts if the text leaves the address open.
  public var start: TextPosition
  /// Where the size stands.
  public var size: TextPosition
  /// Where the flags stand.
  public var flags: TextPosition

  /// Makes the positions of a row whose parts are not told apart.
  public init(row: TextPosition) {
    name = row
    kind = row
    start = row
    size = row
    flags = row
  }

  /// Where one part of the row stands.
  public subscript(aspect: RowAspect) -> TextPosition {
    switch aspect {
    case .name: name
    case .kind: kind
    case .start: start
    case .size: size
    case .flags: flags
    }
  }
}

/// A table read from a file, with where its rows came from.
public struct ParsedTable: Equatable, Sendable {
  /// The partitions.
  public var table: PartitionTable
  /// Where each partition stands in the text; empty if the file is not a text.
  public var positions: [RowPositions]
  /// What was left out or is remarkable, one line each.
  public var notes: [String]

  /// Makes a parsed table.
  public init(table: PartitionTable, positions: [RowPositions] = [], notes: [String] = []) {
    self.table = table
    self.positions = positions
    self.notes = notes
  }

  /// Where the text says what `finding` is about, or `nil` if there is no such place.
  ///
  /// A finding about two partitions is placed at the later row.
  public func position(of finding: TableFinding) -> TextPosition? {
    guard let row = finding.partitions.max(), positions.indices.contains(row) else { return nil }
    return positions[row][finding.aspect]
  }
}
