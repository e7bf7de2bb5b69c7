public import FlashPartitions
import NORFlash

extension ESPCSV {
  /// The table as CSV text, byte for byte as Espressif's tool writes it.
  ///
  /// Rows are sorted by offset, because Espressif's tool reads them in no other order. Flag bits
  /// that have no word are left out: see `losses(in:)`.
  ///
  /// - Throws: `TableExportError` if a name cannot stand in a CSV line.
  public static func text(of table: PartitionTable) throws(TableExportError) -> String {
    var lines = ["# ESP-IDF Partition Table", "# Name, Type, SubType, Offset, Size, Flags"]
    let rows = table.indices.sorted { table[$0].range.start < table[$1].range.start }
    for index in rows { lines.append(try line(of: table[index], index)) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What the text cannot say about `table`, one line each.
  public static func losses(in table: PartitionTable) -> [String] {
    table.indices.compactMap { index in
      let unknown = table[index].flags.unknown
      guard unknown != 0 else { return nil }
      return "\(table[index].label): the flag bits \(TableNumber.hexadecimal(unknown)) have no word"
    }
  }

  private static func line(
    of partition: Partition, _ index: Int
  ) throws(TableExportError) -> String {
    let name = try partition.label.text(index: index, format: "CSV")
    try check(name)
    var flags: [String] = []
    if partition.flags.contains(.encrypted) { flags.append("encrypted") }
    if partition.flags.contains(.readOnly) { flags.append("readonly") }
    let isOurs = partition.kind == .bootState
    return [
      name,
      partition.type.keyword?.description ?? "\(partition.type.rawValue)",
      (isOurs ? nil : partition.kind.keyword?.description) ?? "\(partition.subtype)",
      TableNumber.hexadecimal(partition.range.start),
      TableNumber.size(partition.range.count),
      flags.joined(separator: ":"),
    ].joined(separator: ",")
  }

  private static func check(_ name: String) throws(TableExportError) {
    let problem: String? =
      if name.contains(",") {
        "a comma"
      } else if name.contains(where: \.isNewline) {
        "a line end"
      } else if name.hasPrefix("#") {
        "a # at its start"
      } else if name.first?.isWhitespace == true || name.last?.isWhitespace == true {
        "a blank at an end"
      } else if name.contains("$") {
        "a $"
      } else {
        nil
      }
    if let problem {
      throw .unsupportedName(name, character: problem, format: "CSV")
    }
  }
}

extension PartitionLabel {
  /// The name, if it is UTF-8.
  func text(index: Int, format: String) throws(TableExportError) -> String {
    let bytes = (0..<count).map { self[$0] }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .nameNotText(index: index, format: format)
    }
    return text
  }
}
