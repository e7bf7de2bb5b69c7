public import FlashPartitions
import NORFlash

extension ESPFinding {
  /// The finding in words.
  public func inWords(about table: PartitionTable) -> TableFinding {
    let (rule, message, partitions) = errorText(table) ?? warningText(table)
    return TableFinding(
      severity: severity, rule: rule, message: "ESP-IDF: " + message, partitions: partitions,
      aspect: aspect)
  }

  /// The part of a row that the finding is about.
  private var aspect: RowAspect {
    switch self {
    case .misalignedOffset, .belowTable, .overlap: .start
    case .misalignedSize, .bootSelectionSize, .storeTooSmall: .size
    case .duplicateName, .misleadingName, .unterminatedName: .name
    case .mustBeWritable, .unknownFlags: .flags
    case .duplicateKind, .reservedType, .unknownSubtype, .repeatedSubtype, .slotWithoutSelection:
      .kind
    }
  }

  private typealias Words = (rule: String, message: String, partitions: [Int])

  private func errorText(_ table: PartitionTable) -> Words? {
    switch self {
    case .misalignedOffset(let index, let alignment):
      (
        "esp-misaligned-offset",
        "\(table.title(index)) starts at \(hex(table[index].range.start)); "
          + "start it at a multiple of \(hex(alignment))", [index]
      )
    case .misalignedSize(let index, let alignment):
      (
        "esp-misaligned-size",
        "\(table.title(index)) has \(hex(table[index].range.count)) bytes; "
          + "use a multiple of \(hex(alignment))", [index]
      )
    case .belowTable(let index, let end):
      (
        "esp-below-table",
        "\(table.title(index)) starts at \(hex(table[index].range.start)); the boot loader and the "
          + "table lie below \(hex(end)), start it there or later", [index]
      )
    case .overlap(let one, let other):
      ("esp-overlap", "\(table.title(one)) and \(table.title(other)) overlap", [one, other])
    case .duplicateName(let one, let other):
      ("esp-duplicate-name", "the name \(table.title(other)) is used twice", [one, other])
    case .duplicateKind(let one, let other):
      (
        "esp-duplicate-kind",
        "\(table.title(one)) and \(table.title(other)) are both boot selections; keep one",
        [one, other]
      )
    case .bootSelectionSize(let index, let required):
      (
        "esp-boot-selection-size",
        "\(table.title(index)) is a boot selection; give it exactly \(hex(required)) bytes", [index]
      )
    case .mustBeWritable(let index):
      (
        "esp-must-be-writable",
        "\(table.title(index)) is always written; remove the readonly flag", [index]
      )
    case .storeTooSmall(let index, let required):
      (
        "esp-store-too-small",
        "\(table.title(index)) is a writable nvs; give it at least \(hex(required)) bytes or mark "
          + "it readonly", [index]
      )
    case .reservedType(let index):
      (
        "esp-reserved-type",
        "\(table.title(index)) has the reserved type \(hex(table[index].type.rawValue)); "
          + "use app, data or 0x40 to 0xfe", [index]
      )
    default: nil
    }
  }

  private func warningText(_ table: PartitionTable) -> Words {
    switch self {
    case .unknownSubtype(let index):
      (
        "esp-unknown-subtype",
        "\(table.title(index)) has the subtype \(hex(table[index].subtype)), which has no name",
        [index]
      )
    case .misleadingName(let index):
      (
        "esp-misleading-name",
        "\(table.title(index)) is the word for a type or subtype that the partition does not have",
        [index]
      )
    case .unterminatedName(let index):
      (
        "esp-unterminated-name",
        "\(table.title(index)) has 16 bytes; use at most 15", [index]
      )
    case .unknownFlags(let index, let bits):
      (
        "esp-unknown-flags", "\(table.title(index)) has the unknown flag bits \(hex(bits))", [index]
      )
    case .repeatedSubtype(let one, let other):
      (
        "esp-repeated-subtype",
        "\(table.title(one)) and \(table.title(other)) have the same subtype; only the first is "
          + "found", [one, other]
      )
    case .slotWithoutSelection(let index):
      (
        "esp-slot-without-selection",
        "\(table.title(index)) is a slot, and there is neither data,ota nor data,0x40 to select it",
        [index]
      )
    default: ("unknown", "unknown finding \(self)", [])
    }
  }
}
