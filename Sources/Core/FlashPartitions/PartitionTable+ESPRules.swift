import NORFlash

/// How ESP-IDF's boot loader checks apps, which decides the alignment of their sizes.
public enum ESPSecureBoot: Equatable, Sendable {
  /// No signature, or one in blocks of 4 KiB (version 2): app sizes are multiples of 4 KiB.
  case disabledOrVersion2
  /// A signature at the end of a 64 KiB block: app sizes are multiples of 64 KiB.
  case version1
}

/// What ESP-IDF's rules depend on.
public struct ESPRuleOptions: Equatable, Sendable {
  /// The address of the table's sector; nothing but the boot loader may lie below its end.
  public var tableOffset: UInt32 = ESPTableFormat.defaultOffset
  /// How the boot loader checks apps.
  public var secureBoot = ESPSecureBoot.disabledOrVersion2

  /// Makes the options of a chip with default settings.
  public init() {}
}

/// One thing that ESP-IDF's own rules have to say about a table.
///
/// Numbers without a label are indices of partitions in the table. Source: `verify` of
/// `gen_esp32part.py`, the boot loader's `flash_partitions.c`, and the partition table guide.
public enum ESPFinding: Equatable, Sendable {
  /// The partition must start at a multiple of `alignment` bytes.
  case misalignedOffset(Int, alignment: UInt32)
  /// The size of the app must be a multiple of `alignment` bytes.
  case misalignedSize(Int, alignment: UInt32)
  /// The partition starts below `end`, where the table's sector ends.
  case belowTable(Int, end: UInt64)
  /// Two partitions share bytes.
  case overlap(Int, Int)
  /// Two partitions have the same name.
  case duplicateName(Int, Int)
  /// Only one partition may be of this kind.
  case duplicateKind(Int, Int)
  /// The boot selection has exactly `required` bytes.
  case bootSelectionSize(Int, required: UInt32)
  /// The partition is always written and may not be read-only.
  case mustBeWritable(Int)
  /// A writable key-value store has at least `required` bytes.
  case storeTooSmall(Int, required: UInt32)
  /// The type is one of those that ESP-IDF reserves, 0x04 to 0x3F and 0xFF.
  case reservedType(Int)
  /// The type is ESP-IDF's own and does not have this subtype.
  case unknownSubtype(Int)
  /// The name is the word for a type or subtype that the partition does not have.
  case misleadingName(Int)
  /// A name of 16 bytes leaves no room for the zero that ESP-IDF's documents ask for.
  case unterminatedName(Int)
  /// The flags hold bits that ESP-IDF does not know.
  case unknownFlags(Int, bits: UInt32)
  /// Two apps, or two key partitions, have the same subtype: only the first one is found.
  case repeatedSubtype(Int, Int)
  /// There is a slot and neither a boot selection nor a metadata log that could select it.
  case slotWithoutSelection(Int)

  /// How grave it is: an error if Espressif's tool or boot loader refuses the table.
  public var severity: FindingSeverity {
    switch self {
    case .misalignedOffset, .misalignedSize, .belowTable, .overlap, .duplicateName, .duplicateKind,
      .bootSelectionSize, .mustBeWritable, .storeTooSmall, .reservedType:
      .error
    case .unknownSubtype, .misleadingName, .unterminatedName, .unknownFlags, .repeatedSubtype,
      .slotWithoutSelection:
      .warning
    }
  }
}

extension PartitionTable {
  /// Calls `body` with everything ESP-IDF's rules have to say about this table.
  ///
  /// They apply to tables for ESP-IDF only; the flash of another chip need not obey them.
  ///
  /// - Complexity: O(`count`²)
  public func forEachESPFinding(
    options: ESPRuleOptions = ESPRuleOptions(), _ body: (ESPFinding) -> Void
  ) {
    for index in indices {
      checkESPPlace(index, options, body)
      checkESPContent(index, body)
      checkESPNaming(index, body)
      for other in 0..<index { checkESPPair(other, index, body) }
    }
  }

  /// The first of ESP-IDF's findings that is an error, or `nil`.
  ///
  /// - Complexity: O(`count`²)
  public func firstESPError(options: ESPRuleOptions = ESPRuleOptions()) -> ESPFinding? {
    var first: ESPFinding?
    forEachESPFinding(options: options) { finding in
      if first == nil, finding.severity == .error { first = finding }
    }
    return first
  }

  private func checkESPPlace(
    _ index: Int, _ options: ESPRuleOptions, _ body: (ESPFinding) -> Void
  ) {
    let partition = self[index]
    let alignment: UInt32 = partition.type == .app ? 0x10000 : 0x1000
    if partition.range.start % alignment != 0 {
      body(.misalignedOffset(index, alignment: alignment))
    }
    let sizeAlignment: UInt32 = options.secureBoot == .version1 ? 0x10000 : 0x1000
    if partition.type == .app, partition.range.count % sizeAlignment != 0 {
      body(.misalignedSize(index, alignment: sizeAlignment))
    }
    let end = UInt64(options.tableOffset) + UInt64(ESPTableFormat.sectorSize)
    switch partition.kind {
    case .primaryBootloader, .primaryTable: break
    default: if UInt64(partition.range.start) < end { body(.belowTable(index, end: end)) }
    }
  }

  private func checkESPContent(_ index: Int, _ body: (ESPFinding) -> Void) {
    let partition = self[index]
    switch partition.kind {
    case .otaData, .teeOTAData:
      if partition.range.count != 0x2000 { body(.bootSelectionSize(index, required: 0x2000)) }
    case .nvs:
      if partition.range.count < 0x3000, partition.access == .readWrite {
        body(.storeTooSmall(index, required: 0x3000))
      }
    case .ota(0), .ota(1):
      if !hasSelection { body(.slotWithoutSelection(index)) }
    default: break
    }
    if partition.access == .readOnly,
      partition.kind == .otaData || partition.kind == .coreDump
    {
      body(.mustBeWritable(index))
    }
    if partition.flags.unknown != 0 {
      body(.unknownFlags(index, bits: partition.flags.unknown))
    }
    switch partition.type.rawValue {
    case 0x04...0x3F, 0xFF: body(.reservedType(index))
    case 0x00...0x03: if partition.kind.keyword == nil { body(.unknownSubtype(index)) }
    default: break
    }
  }

  private var hasSelection: Bool {
    for index in indices where self[index].kind == .otaData || self[index].kind == .bootState {
      return true
    }
    return false
  }

  private func checkESPPair(_ first: Int, _ second: Int, _ body: (ESPFinding) -> Void) {
    let (one, other) = (self[first], self[second])
    if one.label == other.label { body(.duplicateName(first, second)) }
    if one.range.overlaps(other.range) { body(.overlap(first, second)) }
    guard one.kind == other.kind else { return }
    switch one.kind {
    case .otaData, .teeOTAData: body(.duplicateKind(first, second))
    case .nvsKeys: body(.repeatedSubtype(first, second))
    default: if one.type == .app { body(.repeatedSubtype(first, second)) }
    }
  }

  private func checkESPNaming(_ index: Int, _ body: (ESPFinding) -> Void) {
    let partition = self[index]
    let label = partition.label
    if label.count == PartitionLabel.maximumCount { body(.unterminatedName(index)) }
    if let own = partition.type.keyword, label.isEqual(to: own) { return }
    if let own = partition.kind.keyword, label.isEqual(to: own) { return }
    for type: UInt8 in 0...3 {
      let type = PartitionType(rawValue: type)
      if let word = type.keyword, label.isEqual(to: word) { return body(.misleadingName(index)) }
      for subtype: UInt8 in 0...0xFF {
        guard let word = PartitionKind(type: type, subtype: subtype).keyword else { continue }
        if label.isEqual(to: word) { return body(.misleadingName(index)) }
      }
    }
  }
}
