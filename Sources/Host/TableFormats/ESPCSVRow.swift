import FlashPartitions
import NORFlash

/// The meaning of one line of a CSV table; the place may still be open.
struct ESPCSVRow {
  private(set) var label = PartitionLabel()
  private(set) var kind = PartitionKind.undefinedData
  private(set) var flags: PartitionFlags = []
  private let fields: [TableField]
  private var offset: Int64?
  private var size: Int64 = 0

  /// Whether the row takes part in automatic placement.
  var isPlaced: Bool { kind != .primaryBootloader && kind != .primaryTable }

  /// Reads the fields of a line that has at least one.
  init(_ fields: [TableField], options: ESPCSV.Options) throws(TableSyntaxError) {
    self.fields = fields
    label = try Self.label(fields[0])
    kind = try Self.kind(type: field(1), subtype: field(2))
    try readPlace(options)
    flags = try Self.flags(field(5))
    if fields.count > 6, !fields[6].text.isEmpty, !fields[6].text.hasPrefix("#") {
      throw fields[6].error(
        "\"\(fields[6].text)\" is a seventh field",
        "separate flags by a colon, as in encrypted:readonly")
    }
  }

  /// The field at `index`; an absent one is empty and stands behind the last.
  private func field(_ index: Int) -> TableField {
    if index < fields.count { return fields[index] }
    let last = fields[fields.count - 1]
    let column = last.position.column + last.text.count
    return TableField(text: "", position: TextPosition(line: last.position.line, column: column))
  }

  /// Where the fields stand.
  var positions: RowPositions {
    var positions = RowPositions(row: fields[0].position)
    positions.kind = field(1).position
    if !field(3).text.isEmpty { positions.start = field(3).position }
    positions.size = field(4).position
    positions.flags = field(5).position
    return positions
  }

  /// The place of the partition when the row before it ends at `end`.
  func range(after end: Int64, name: TableField) throws(TableSyntaxError) -> FlashRange {
    let alignment: Int64 = kind.type == .app ? 0x10000 : 0x1000
    let start = offset ?? (end + alignment - 1) / alignment * alignment
    guard let address = UInt32(exactly: start) else {
      throw name.error(
        "the partition would start at \(TableNumber.hexadecimal(start)), above 32 bits",
        "shorten the partitions before it or give an offset")
    }
    let count = size < 0 ? -size - start : size
    guard size >= 0 || count > 0 else {
      throw field(4).error(
        "the size \"\(field(4).text)\" puts the end at \(TableNumber.hexadecimal(-size)), "
          + "not behind the start \(TableNumber.hexadecimal(start))",
        "give an end above the start, or the size as a positive number")
    }
    guard let count = UInt32(exactly: count) else {
      throw field(4).error("the size \"\(field(4).text)\" is above 32 bits", "write at most 4095M")
    }
    return FlashRange(start: address, count: count)
  }

  private static func label(_ field: TableField) throws(TableSyntaxError) -> PartitionLabel {
    do throws(PartitionTableError) {
      return try PartitionLabel(text: field.text)
    } catch {
      throw field.error(
        "the name \"\(field.text)\" has \(field.text.utf8.count) bytes",
        "use at most 16, or 15 for ESP-IDF")
    }
  }

  private static func kind(
    type: TableField, subtype: TableField
  ) throws(TableSyntaxError) -> PartitionKind {
    guard !type.text.isEmpty else {
      throw type.error("the type is missing", "write app, data or a number such as 0x40")
    }
    let word = type.text.lowercased()
    let known = (UInt8(0)...3).map(PartitionType.init(rawValue:))
    let named = known.first { $0.keyword?.description == word }
    guard let partitionType = named ?? TableNumber.byte(word).map(PartitionType.init(rawValue:))
    else {
      throw type.error(
        "\"\(type.text)\" is no type",
        "write app, data, bootloader, partition_table or a number from 0 to 0xFF")
    }
    let kinds = (UInt8.min...UInt8.max).map { PartitionKind(type: partitionType, subtype: $0) }
    guard !subtype.text.isEmpty else {
      guard partitionType != .app else {
        throw subtype.error(
          "an app needs a subtype", "write factory, ota_0 to ota_15, test or a number")
      }
      return PartitionKind(type: partitionType, subtype: PartitionKind.undefinedData.subtype)
    }
    let subword = subtype.text.lowercased()
    if let kind = kinds.first(where: { $0.keyword?.description == subword }) { return kind }
    guard let number = TableNumber.byte(subword) else {
      let words = kinds.compactMap { $0.keyword?.description }
      let choice = words.isEmpty ? "" : words.joined(separator: ", ") + " or "
      throw subtype.error(
        "\"\(subtype.text)\" is no subtype of \(type.text)",
        "write \(choice)a number from 0 to 0xFF")
    }
    return PartitionKind(type: partitionType, subtype: number)
  }

  private mutating func readPlace(_ options: ESPCSV.Options) throws(TableSyntaxError) {
    switch kind.type {
    case .bootloader:
      size = try bootloaderSize(options)
    case .partitionTable:
      size = Int64(ESPTableFormat.sectorSize)
    default:
      guard !field(4).text.isEmpty else {
        throw field(4).error("the size is missing", "write bytes, such as 0x1000, 4K or 1M")
      }
      size = try Self.number(field(4), "size")
    }
    switch kind {
    case .primaryBootloader: offset = options.primaryBootloaderOffset.map(Int64.init)
    case .primaryTable: offset = Int64(options.tableOffset)
    case .recoveryBootloader:
      guard let place = options.recoveryBootloaderOffset else {
        throw field(2).error(
          "the address of the recovery boot loader is not known",
          "give it as an option (--recovery-bootloader-offset)")
      }
      offset = Int64(place)
    default:
      let text = field(3).text.uppercased()
      let isPlaceholder =
        text == "N/A" && (kind.type == .bootloader || kind.type == .partitionTable)
      if !text.isEmpty, !isPlaceholder {
        let value = try Self.number(field(3), "offset")
        guard value >= 0, value <= Int64(UInt32.max) else {
          throw field(3).error(
            "the offset \"\(field(3).text)\" is no address",
            "write a number from 0 to 0xFFFFFFFF, or leave it blank")
        }
        offset = value
      }
    }
  }

  private func bootloaderSize(_ options: ESPCSV.Options) throws(TableSyntaxError) -> Int64 {
    guard let place = options.primaryBootloaderOffset else {
      throw field(1).error(
        "the address of the boot loader is not known, which this row needs",
        "give it as an option (--bootloader-offset)")
    }
    guard place < options.tableOffset else {
      throw field(1).error(
        "the boot loader at \(TableNumber.hexadecimal(place)) is not below the table at "
          + TableNumber.hexadecimal(options.tableOffset),
        "give a lower address of the boot loader or a higher one of the table")
    }
    return Int64(options.tableOffset) - Int64(place)
  }

  private static func number(
    _ field: TableField, _ what: String
  ) throws(TableSyntaxError) -> Int64 {
    guard let value = TableNumber.esp(field.text) else {
      throw field.error(
        "the \(what) \"\(field.text)\" is not a number",
        "write bytes, such as 4096, 0x1000, 4K or 1M")
    }
    return value
  }

  private static func flags(_ field: TableField) throws(TableSyntaxError) -> PartitionFlags {
    var flags: PartitionFlags = []
    if field.text.hasPrefix("#") { return flags }
    for word in field.text.split(separator: ":") {
      switch word {
      case "encrypted": flags.insert(.encrypted)
      case "readonly": flags.insert(.readOnly)
      default:
        throw field.error(
          "the flag \"\(word)\" is not known", "write encrypted, readonly or encrypted:readonly")
      }
    }
    return flags
  }
}

extension TableNumber {
  /// A number that fits into a byte.
  static func byte(_ text: String) -> UInt8? { esp(text).flatMap { UInt8(exactly: $0) } }
}
