public import FlashPartitions

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The forms in which a table can be read.
public enum TableFormat: String, Sendable, CaseIterable {
  /// ESP-IDF's CSV text.
  case csv
  /// ESP-IDF's binary table.
  case bin
  /// An `mtdparts=` argument.
  case mtdparts
}

/// Why a file holds no table.
public enum TableFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(path: String, reason: String)
  /// The text is wrong.
  case syntax(TableSyntaxError)
  /// The binary table is wrong.
  case binary(ESPTableError)
  /// The file has no bytes.
  case empty

  /// What is wrong, where, and what to do, in one line.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .syntax(let error): error.description
    case .binary(let error): error.message
    case .empty:
      "the file is empty; a table is CSV text, an ESP-IDF binary or an mtdparts= argument"
    }
  }
}

/// What the formats need to know beside the file.
public struct TableFileOptions: Sendable {
  /// For CSV.
  public var csv = ESPCSV.Options()
  /// For `mtdparts=`.
  public var mtdparts = MTDPartsOptions()

  /// Makes options with the variables of the process's environment.
  public init() { csv.variables = ProcessInfo.processInfo.environment }
}

/// A partition table in a file of any known form.
public struct TableFile: Equatable, Sendable {
  /// The form of the file.
  public var format: TableFormat
  /// The partitions, with their positions in a text and notes.
  public var parsed: ParsedTable
  /// The partitions.
  public var table: PartitionTable { parsed.table }

  /// Reads the file at `path`, whose form its content tells.
  ///
  /// - Throws: `TableFileError`.
  public static func load(
    _ path: String, options: TableFileOptions = TableFileOptions()
  ) throws(TableFileError) -> TableFile {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw .unreadable(
        path: path, reason: exists ? "it is no readable file" : "there is no such file")
    }
    return try TableFile([UInt8](data), options: options)
  }

  /// Reads a table whose form its first bytes tell: `AA 50` begins a binary table, a word
  /// `mtdparts=` an argument, all else is CSV.
  ///
  /// - Throws: `TableFileError`.
  public init(
    _ bytes: [UInt8], options: TableFileOptions = TableFileOptions()
  ) throws(TableFileError) {
    guard !bytes.isEmpty else { throw .empty }
    if bytes.starts(with: [0xAA, 0x50]) {
      self.init(format: .bin, parsed: try Self.binary(bytes))
      return
    }
    do throws(TableSyntaxError) {
      if try Self.hasArgument(bytes) {
        self.init(
          format: .mtdparts,
          parsed: try MTDParts(parsing: bytes).parsedTable(options.mtdparts))
      } else {
        self.init(format: .csv, parsed: try ESPCSV.parse(bytes, options: options.csv))
      }
    } catch {
      throw .syntax(error)
    }
  }

  private init(format: TableFormat, parsed: ParsedTable) {
    self.format = format
    self.parsed = parsed
  }

  private static func hasArgument(_ bytes: [UInt8]) throws(TableSyntaxError) -> Bool {
    let lines = try TableText(bytes).lines
    guard let line = lines.first(where: { $0.contains { !$0.isWhitespace } && $0.first != "#" })
    else { return false }
    return MTDParts.start(in: line) != nil
  }

  private static func binary(_ bytes: [UInt8]) throws(TableFileError) -> ParsedTable {
    let read: ESPBinaryTable
    do throws(ESPTableError) {
      read = try ESPBinaryTable(parsing: bytes.span, md5: TableMD5.digest(of:))
    } catch {
      throw .binary(error)
    }
    var parsed = ParsedTable(table: read.table)
    if read.digest == .absent { parsed.notes.append("the table has no digest row") }
    if read.uncoveredCount > 0 {
      parsed.notes.append(
        "\(read.uncoveredCount) partitions lie behind the digest row, which does not cover them")
    }
    return parsed
  }
}

extension PartitionTable {
  /// The table in ESP-IDF's binary form: 0xC00 bytes with a digest row.
  ///
  /// - Throws: `ESPTableError.noPartitions`, or `.digestUnavailable` if libcrypto has no MD5.
  public func espBinary() throws(ESPTableError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xFF, count: ESPTableFormat.size)
    var span = bytes.mutableSpan
    try storeESPBinary(in: &span, md5: TableMD5.digest(of:))
    return bytes
  }
}

extension ESPTableError {
  /// What is wrong, where, and what to do, in one line.
  public var message: String {
    switch self {
    case .truncatedRow(let row, let offset, let count):
      "row \(row) at offset \(hex(offset)): only \(count) of 32 bytes; the file is cut off"
    case .missingEndMarker(let offset):
      "offset \(hex(offset)): the end marker, a row of FF, is missing; the file is cut off "
        + "or is no partition table"
    case .invalidMagic(let row, let offset, let found):
      "row \(row) at offset \(hex(offset)): the magic number is \(hex(Int(found))), not 0x50aa "
        + "for a partition or 0xebeb for the digest; the table is damaged"
    case .digestMismatch(let row, let offset):
      "row \(row) at offset \(hex(offset)): the MD5 is not that of the rows before it; "
        + "the table is damaged"
    case .secondDigestRow(let row, let offset):
      "row \(row) at offset \(hex(offset)): a second digest row; only one may follow the partitions"
    case .noPartitions: "the table has no partition; add one"
    case .tooManyPartitions(let row, let offset, let limit):
      "row \(row) at offset \(hex(offset)): more than \(limit) partitions; "
        + "that is all a table can hold here"
    case .digestUnavailable:
      "libcrypto offers no MD5, which ESP-IDF's table needs; allow it in the OpenSSL configuration"
    case .bufferTooSmall(let count, let required):
      "a buffer of \(count) bytes is too small for a table; \(required) are needed"
    }
  }

  private func hex(_ value: Int) -> String { TableNumber.hexadecimal(value) }
}
