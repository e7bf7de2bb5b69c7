import ArgumentParser
import FlashPartitions
import NORFlash
import TableFormats

/// `brickproof table show`: the rows of a table.
struct TableShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show the partitions of a table.",
    discussion: """
      The digest is the CRC-32 of the binary rows: the metadata log keeps it to know its layout.

      Example: brickproof table show partitions.csv --part W25Q128JV
      """)

  @OptionGroup var input: TableInput

  @Option(help: "Show the table in this form instead: csv, mtdparts or dts.")
  var to: TableOutputFormat?

  @Flag(help: "Print the partitions as JSON.")
  var json = false

  func validate() throws {
    if to == .bin { throw ValidationError("'show' prints text; use 'convert --to bin'") }
    if json, to != nil { throw ValidationError("--json and --to exclude each other") }
  }

  func run() throws {
    try reportingFailures {
      let part = try input.flashPart()
      let file = try input.load(flashSize: part?.geometry.size)
      if let to {
        let rendering: TableRendering
        do throws(TableExportError) {
          rendering = try TableRendering(file.table, as: to, mtdID: input.mtdId)
        } catch {
          throw CommandFailure.bad("\(input.table): \(error)")
        }
        print(String(decoding: rendering.bytes, as: UTF8.self), terminator: "")
      } else {
        let report = TableShowReport(input.table, file, part)
        if json { try JSONOutput.print(report) } else { report.printText() }
      }
    }
  }
}

/// The rows of a table, as JSON and as text.
private struct TableShowReport: Encodable {
  struct Row: Encodable {
    var name: String
    var type: Int
    var typeName: String?
    var subtype: Int
    var subtypeName: String?
    var role: String?
    var offset: UInt32
    var size: UInt32
    var flags: [String]
    var unknownFlags: UInt32
    var eraseBlocks: UInt32?
  }

  var formatVersion = 1
  var file: String
  var format: String
  var part: String?
  var digest: String
  var partitions: [Row]
  var notes: [String]

  init(_ path: String, _ file: TableFile, _ part: TablePart?) {
    self.file = path
    self.part = part?.name
    format = file.format.rawValue
    let digits = String(file.table.digest, radix: 16)
    digest = String(repeating: "0", count: 8 - digits.count) + digits
    notes = file.parsed.notes
    partitions = file.table.indices.map { Row(file.table[$0], part?.geometry) }
  }

  func printText() {
    let header = ["name", "type", "subtype", "start", "end", "size", "blocks", "role", "flags"]
    let cells = [header] + partitions.map(\.cells)
    let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    print("\(file): \(format), \(partitions.count) partitions, digest \(digest)")
    for row in cells {
      let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      let text = line.joined(separator: "  ")
      print(text[..<(text.lastIndex { $0 != " " }.map(text.index(after:)) ?? text.startIndex)])
    }
    for note in notes { print("note: \(note)") }
  }
}

extension TableShowReport.Row {
  init(_ partition: Partition, _ geometry: FlashGeometry?) {
    name = partition.label.description
    type = Int(partition.type.rawValue)
    typeName = partition.type.keyword?.description
    subtype = Int(partition.subtype)
    subtypeName = partition.kind.keyword?.description
    role = partition.role?.name
    offset = partition.range.start
    size = partition.range.count
    flags = []
    if partition.flags.contains(.encrypted) { flags.append("encrypted") }
    if partition.flags.contains(.readOnly) { flags.append("readonly") }
    unknownFlags = partition.flags.unknown
    eraseBlocks = geometry?.wholeBlockCount(in: partition.range)
  }

  /// The columns of the text form.
  var cells: [String] {
    let end = UInt64(offset) + UInt64(size)
    let unknown = unknownFlags == 0 ? [] : [TableNumber.hexadecimal(unknownFlags)]
    return [
      name, typeName ?? TableNumber.hexadecimal(type),
      subtypeName ?? TableNumber.hexadecimal(subtype), TableNumber.hexadecimal(offset),
      TableNumber.hexadecimal(end), TableNumber.size(size), eraseBlocks.map { "\($0)" } ?? "",
      role ?? "", (flags + unknown).joined(separator: ":"),
    ]
  }
}
