public import FlashPartitions
import NORFlash

extension PartitionRole {
  /// The roles that names stand for in formats that have no types, in lower case.
  ///
  /// The first name of a role is the one that is written.
  static let names: [(role: PartitionRole, names: [String])] = [
    (.factory, ["factory"]),
    (.slotA, ["slot-a", "slot_a", "ota_0", "image-0", "slot0"]),
    (.slotB, ["slot-b", "slot_b", "ota_1", "image-1", "slot1"]),
    (.metadata, ["metadata", "bootstate"]),
  ]

  /// The name of the role in text, JSON and messages: `factory`, `slot-a`, `slot-b`, `metadata`.
  public var name: String {
    switch self {
    case .factory: "factory"
    case .slotA: "slot-a"
    case .slotB: "slot-b"
    case .metadata: "metadata"
    }
  }

  /// The role that a partition's name stands for, or `nil`.
  public init?(impliedBy name: String) {
    let word = name.lowercased()
    guard let entry = Self.names.first(where: { $0.names.contains(word) }) else { return nil }
    self = entry.role
  }
}

/// What turns an `mtdparts=` argument into the table of one flash.
public struct MTDPartsOptions: Sendable {
  /// The flash to take if the argument describes several.
  public var device: String?
  /// The size of the flash in bytes, needed by a partition that takes the rest.
  public var flashSize: UInt32?

  /// Makes options.
  public init(device: String? = nil, flashSize: UInt32? = nil) {
    self.device = device
    self.flashSize = flashSize
  }
}

extension MTDParts {
  /// The table of one flash.
  ///
  /// The argument has no types: a name gives the role. `factory` is the factory image; `slot-a`,
  /// `slot_a`, `ota_0`, `image-0` and `slot0` are slot A, the like with `b` and `1` slot B;
  /// `metadata` and `bootstate` are the metadata log. All others are data. A partition of no bytes is
  /// skipped, as by the kernel; one that ends behind the flash is kept for the checks to report, where
  /// the kernel would cut it.
  ///
  /// - Throws: `TableSyntaxError` at the partition that cannot be expressed.
  public func parsedTable(
    _ options: MTDPartsOptions = MTDPartsOptions()
  ) throws(TableSyntaxError) -> ParsedTable {
    var parsed = ParsedTable(table: PartitionTable())
    var end: UInt64 = 0
    for part in try device(options).parts {
      let start = part.offset.map(UInt64.init) ?? end
      let count = try part.count(from: start, options)
      guard count > 0 else {
        parsed.notes.append("\(part.position): a partition of no bytes is skipped")
        continue
      }
      end = start + UInt64(count)
      guard let address = UInt32(exactly: start) else {
        throw TableSyntaxError(
          at: part.position, "the partition starts above 32 bits", "give an offset")
      }
      if part.flags.contains(.keepLocked) || part.flags.contains(.singleLevelCells) {
        parsed.notes.append("\(part.position): lk and slc have no place in a table and are dropped")
      }
      let name = part.name ?? "Partition_" + Self.threeDigits(parsed.table.count)
      try parsed.append(part, name: name, FlashRange(start: address, count: count))
    }
    return parsed
  }

  private func device(_ options: MTDPartsOptions) throws(TableSyntaxError) -> Device {
    let ids = devices.map(\.id).joined(separator: ", ")
    let position = devices.first?.parts.first?.position ?? TextPosition(line: 1, column: 1)
    guard let wanted = options.device else {
      if devices.count == 1 { return devices[0] }
      throw TableSyntaxError(
        at: position, "the argument describes \(devices.count) flashes",
        "choose one (--mtd-id): \(ids)")
    }
    guard let device = devices.first(where: { $0.id == wanted }) else {
      throw TableSyntaxError(
        at: position, "there is no flash \"\(wanted)\"", "choose one of: \(ids)")
    }
    return device
  }

  /// The number the kernel gives to a partition without a name.
  private static func threeDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }
}

extension MTDParts.Part {
  fileprivate func count(
    from start: UInt64, _ options: MTDPartsOptions
  ) throws(TableSyntaxError) -> UInt32 {
    switch size {
    case .bytes(let count): return count
    case .rest:
      guard let flash = options.flashSize else {
        throw TableSyntaxError(
          at: position, "- takes the rest of a flash whose size is not known",
          "name the flash (--part), or write the size")
      }
      return UInt64(flash) > start ? flash - UInt32(start) : 0
    }
  }
}

extension ParsedTable {
  fileprivate mutating func append(
    _ part: MTDParts.Part, name: String, _ range: FlashRange
  ) throws(TableSyntaxError) {
    do throws(PartitionTableError) {
      try table.append(
        Partition(
          label: try PartitionLabel(text: name),
          kind: PartitionRole(impliedBy: name)?.kind ?? .undefinedData, range: range,
          flags: part.flags.contains(.readOnly) ? .readOnly : []))
    } catch {
      switch error {
      case .labelTooLong(let count, let limit):
        throw TableSyntaxError(
          at: part.position, "the name \"\(name)\" has \(count) bytes", "use at most \(limit)")
      case .tooManyPartitions(let limit), .tooManyRanges(let limit):
        throw TableSyntaxError(
          at: part.position, "more than \(limit) partitions",
          "join some of them: that is all a table can hold here")
      }
    }
    positions.append(RowPositions(row: part.position))
  }
}

extension MTDParts {
  /// Describes `table` as the flash with the name `device`.
  ///
  /// A partition with a role keeps its name if that stands for the role, and gets the first name of
  /// the role if not. Types, the encrypted flag and unknown flags have no place: see `losses(in:)`.
  ///
  /// - Throws: `TableExportError` if a name cannot stand here or would be read as another role.
  public init(_ table: PartitionTable, device: String) throws(TableExportError) {
    var parts: [Part] = []
    var end: UInt64 = 0
    for index in table.indices {
      let partition = table[index]
      let offset = UInt64(partition.range.start) == end ? nil : partition.range.start
      parts.append(
        Part(
          size: .bytes(partition.range.count), offset: offset,
          name: try Self.name(of: index, in: table),
          flags: partition.access == .readOnly ? .readOnly : []))
      end = partition.range.end
    }
    devices = [Device(id: device, parts: parts)]
  }

  /// What the argument cannot say about `table`, one line each.
  public static func losses(in table: PartitionTable) -> [String] {
    table.indices.compactMap { index in
      let partition = table[index]
      var lost: [String] = []
      if partition.role == nil, partition.kind != .undefinedData { lost.append("its type") }
      if partition.flags.contains(.encrypted) { lost.append("encrypted") }
      if partition.flags.unknown != 0 {
        lost.append("the flag bits \(TableNumber.hexadecimal(partition.flags.unknown))")
      }
      return lost.isEmpty ? nil : "\(partition.label): \(lost.joined(separator: ", "))"
    }
  }

  private static func name(
    of index: Int, in table: PartitionTable
  ) throws(TableExportError) -> String {
    let partition = table[index]
    let name = try partition.label.text(index: index, format: "mtdparts")
    let implied = PartitionRole(impliedBy: name)
    if let role = partition.role, implied != role {
      let taken = table.indices.contains { $0 != index && table[$0].label.description == role.name }
      if taken { throw .nameTaken(role.name) }
      return PartitionRole.names.first { $0.role == role }?.names.first ?? role.name
    }
    if partition.role == nil, let implied {
      throw .nameImpliesRole(name, role: implied.name)
    }
    if let wrong = name.first(where: { "();\"".contains($0) || $0.isWhitespace }) {
      throw .unsupportedName(
        name, character: wrong.isWhitespace ? "a blank" : "a \(wrong)", format: "mtdparts")
    }
    return name
  }
}
