import FlashPartitions
import NORFlash

/// The partition table of ESP-IDF as text: comma-separated lines of name, type, subtype, offset,
/// size and flags.
///
/// The grammar is that of Espressif's `gen_esp32part.py`:
///
/// - Lines that are blank or start with `#` are skipped; fields are trimmed; trailing fields may be
///   absent. UTF-8, or UTF-16 or UTF-32 with a byte-order mark.
/// - Numbers are decimal, `0x`, `0o` or `0b`, with `K` or `M` behind them. Types and subtypes may be
///   words, in upper or lower case; an empty subtype is `undefined`, except for an app.
/// - A blank offset is the end of the previous row, rounded up to 64 KiB for an app and to 4 KiB for
///   others; the first one follows the table's sector. A negative size gives the end of the
///   partition.
/// - Rows of type `bootloader` and `partition_table` get their place from the options.
/// - `$NAME` and `${NAME}` are replaced by variables.
///
/// It differs where the tool would silently lose something: a name of more than 16 bytes, an unknown
/// variable and a filled seventh field are errors. Rows need not ascend, and may lie below the
/// table: overlaps and ESP-IDF's rules are for the checks to find. The word `bootstate` is known for
/// data subtype 0x40; it is written as a number, because Espressif's tool does not know the word.
public enum ESPCSV {
  /// What a text leaves to the chip and its settings.
  public struct Options: Sendable {
    /// The address of the table's sector.
    public var tableOffset: UInt32 = ESPTableFormat.defaultOffset
    /// The address of the boot loader, needed by rows of type `bootloader`.
    public var primaryBootloaderOffset: UInt32?
    /// The address of the recovery boot loader, needed by a row of that subtype.
    public var recoveryBootloaderOffset: UInt32?
    /// The values of `$NAME`.
    public var variables: [String: String] = [:]

    /// Makes the options of a chip with default settings.
    public init() {}
  }

  /// Reads a table.
  ///
  /// - Throws: `TableSyntaxError` at the first wrong field.
  public static func parse(
    _ bytes: [UInt8], options: Options = Options()
  ) throws(TableSyntaxError) -> ParsedTable {
    var parsed = ParsedTable(table: PartitionTable())
    var end = Int64(options.tableOffset) + Int64(ESPTableFormat.sectorSize)
    let lines = try TableText(bytes).lines
    for (index, line) in lines.enumerated() {
      let fields = try ESPCSVLine(line, number: index + 1, variables: options.variables).fields
      guard let name = fields.first else { continue }
      let row = try ESPCSVRow(fields, options: options)
      let range = try row.range(after: end, name: name)
      if row.isPlaced { end = Int64(range.end) }
      do throws(PartitionTableError) {
        try parsed.table.append(
          Partition(label: row.label, kind: row.kind, range: range, flags: row.flags))
      } catch {
        throw name.error(
          "more than \(PartitionTable.maximumPartitionCount) partitions",
          "join some of them: that is all a table can hold here")
      }
      parsed.positions.append(row.positions)
    }
    guard parsed.table.count > 0 else {
      throw TableSyntaxError(
        at: TextPosition(line: 1, column: 1), "there is no partition",
        "write lines such as \"factory, app, factory, 0x10000, 1M\"")
    }
    return parsed
  }
}

/// A line of the file, cut into trimmed fields that know their column.
private struct ESPCSVLine {
  /// The fields; none if the line is blank or a comment.
  private(set) var fields: [TableField] = []

  init(_ line: [Character], number: Int, variables: [String: String]) throws(TableSyntaxError) {
    let expanded = try Self.expand(line, number, variables)
    guard let first = expanded.first(where: { !$0.character.isWhitespace }),
      first.character != "#"
    else { return }
    let pieces = expanded.split(omittingEmptySubsequences: false) { $0.character == "," }
    for piece in pieces {
      let start = piece.firstIndex { !$0.character.isWhitespace }
      let last = piece.lastIndex { !$0.character.isWhitespace }
      let text = start.map { start in
        String(piece[start...(last ?? start)].map(\.character))
      }
      let column =
        start.map { piece[$0].column }
        ?? (piece.startIndex < expanded.count ? expanded[piece.startIndex].column : line.count + 1)
      fields.append(
        TableField(text: text ?? "", position: TextPosition(line: number, column: column)))
    }
  }

  private typealias Placed = (character: Character, column: Int)

  /// Replaces variables; what comes out of one has the column of its `$`.
  private static func expand(
    _ line: [Character], _ number: Int, _ variables: [String: String]
  ) throws(TableSyntaxError) -> [Placed] {
    var result: [Placed] = []
    var index = 0
    let isComment = line.first { !$0.isWhitespace } == "#"
    while index < line.count {
      guard line[index] == "$", !isComment, let (name, next) = variable(in: line, at: index) else {
        result.append((line[index], index + 1))
        index += 1
        continue
      }
      guard let value = variables[name] else {
        throw TableSyntaxError(
          at: TextPosition(line: number, column: index + 1),
          "the variable \(name) is not set", "set it in the environment, or write the value")
      }
      result += value.map { ($0, index + 1) }
      index = next
    }
    return result
  }

  /// The name of the variable whose `$` is at `index`, and where the text goes on.
  private static func variable(in line: [Character], at index: Int) -> (String, Int)? {
    var start = index + 1
    let isBraced = start < line.count && line[start] == "{"
    if isBraced { start += 1 }
    var end = start
    while end < line.count, line[end] == "_" || (line[end].isASCII && line[end].isAlphanumeric) {
      end += 1
    }
    guard end > start, !line[start].isNumber else { return nil }
    let name = String(line[start..<end])
    guard isBraced else { return (name, end) }
    return end < line.count && line[end] == "}" ? (name, end + 1) : nil
  }
}

extension Character {
  fileprivate var isAlphanumeric: Bool { isLetter || isNumber }
}
