public import FlashPartitions
public import NORFlash

/// A finding about a table in words.
public struct TableFinding: Equatable, Sendable {
  /// How grave it is.
  public var severity: FindingSeverity
  /// The name of the rule, the same in every version.
  public var rule: String
  /// What is wrong and what would be right, in one line.
  public var message: String
  /// The indices of the partitions it is about.
  public var partitions: [Int]
  /// The part of the row it is about.
  public var aspect: RowAspect

  /// Makes a finding.
  public init(
    severity: FindingSeverity, rule: String, message: String, partitions: [Int] = [],
    aspect: RowAspect = .start
  ) {
    self.severity = severity
    self.rule = rule
    self.message = message
    self.partitions = partitions
    self.aspect = aspect
  }
}

extension PartitionTable {
  /// What the rules have to say about this table in words, the gravest first.
  ///
  /// - Parameters:
  ///   - geometry: The flash the table is for, or `nil` if it is not known.
  ///   - options: What else the rules need to know.
  ///   - espOptions: Options of ESP-IDF's own rules, or `nil` to leave those out.
  public func findings(
    on geometry: FlashGeometry?, options: PartitionCheckOptions = PartitionCheckOptions(),
    espOptions: ESPRuleOptions? = nil
  ) -> [TableFinding] {
    var findings: [TableFinding] = []
    forEachFinding(on: geometry, options: options) { findings.append($0.inWords(about: self)) }
    if let espOptions {
      forEachESPFinding(options: espOptions) { finding in
        switch finding {
        case .overlap, .duplicateName: break  // The general rules say it already.
        default: findings.append(finding.inWords(about: self))
        }
      }
    }
    return findings.enumerated()
      .sorted { ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset) }
      .map(\.element)
  }

  /// A partition's name in quotes, or its number if it has none.
  func title(_ index: Int) -> String {
    self[index].label.count > 0 ? "\"\(self[index].label)\"" : "partition \(index)"
  }
}

/// A range as messages show it, the end inclusive.
func place(_ range: FlashRange) -> String {
  "\(hex(range.start))–\(hex(max(range.end, 1) - 1))"
}

func hex(_ value: some BinaryInteger) -> String { TableNumber.hexadecimal(value) }

extension PartitionFinding {
  /// The finding in words.
  public func inWords(about table: PartitionTable) -> TableFinding {
    let (rule, message, partitions) = placeText(table) ?? roleText(table) ?? addressText(table)
    return TableFinding(
      severity: severity, rule: rule, message: message, partitions: partitions, aspect: aspect)
  }

  /// The part of a row that the finding is about.
  private var aspect: RowAspect {
    switch self {
    case .unnamed, .duplicateName, .unprintableName: .name
    case .duplicateRole, .missingRole: .kind
    case .readOnlyRole, .writableFactory, .readOnlyUnprotected: .flags
    case .empty, .outsideFlash, .endInsideBlock, .tooFewBlocks, .singleBlockStore, .shortLogLife,
      .slotSizesDiffer, .slotTooSmall, .scratchTooSmall, .noBlockToMove:
      .size
    default: .start
    }
  }

  private typealias Words = (rule: String, message: String, partitions: [Int])

  private func placeText(_ table: PartitionTable) -> Words? {
    switch self {
    case .empty(let index):
      ("empty", "\(table.title(index)) has no bytes; give it a size", [index])
    case .outsideFlash(let index, let size):
      (
        "outside-flash",
        "\(table.title(index)) at \(place(table[index].range)) ends behind the flash of "
          + "\(TableNumber.size(size)); shrink or move it", [index]
      )
    case .overlap(let one, let other):
      (
        "overlap",
        "\(table.title(other)) at \(place(table[other].range)) overlaps \(table.title(one)) at "
          + "\(place(table[one].range)); start it at \(hex(table[one].range.end)) or elsewhere",
        [one, other]
      )
    case .overlapsReserved(let index, let range):
      (
        "overlaps-reserved",
        "\(table.title(index)) overlaps the reserved range \(place(range)); "
          + "start it at \(hex(range.end)) or later", [index]
      )
    case .startInsideBlock(let index, let block):
      (
        "start-inside-block",
        "\(table.title(index)) starts at \(hex(table[index].range.start)), inside the erase block "
          + "\(place(block)); start it at \(hex(block.start)) or \(hex(block.end))", [index]
      )
    case .endInsideBlock(let index, let block):
      (
        "end-inside-block",
        "\(table.title(index)) ends at \(hex(table[index].range.end)), inside the erase block "
          + "\(place(block)); end it at \(hex(block.start)) or \(hex(block.end))", [index]
      )
    case .sharedBlock(let one, let other, let block):
      (
        "shared-block",
        "\(table.title(one)) and \(table.title(other)) share the erase block \(place(block)): "
          + "erasing one destroys the other; move one of them to another block", [one, other]
      )
    case .unnamed(let index):
      ("unnamed", "partition \(index) has no name; give it one", [index])
    case .duplicateName(let one, let other):
      (
        "duplicate-name", "the name \(table.title(other)) is used twice; rename one of them",
        [one, other]
      )
    case .unprintableName(let index, let byte):
      (
        "unprintable-name",
        "the name of partition \(index) holds the byte \(hex(byte)); use printable ASCII", [index]
      )
    default: nil
    }
  }

  private func roleText(_ table: PartitionTable) -> Words? {
    switch self {
    case .missingRole(let role, _):
      ("missing-role", "no partition is the \(role.phrase); add \(role.recipe)", [])
    case .duplicateRole(let role, let one, let other):
      (
        "duplicate-role",
        "\(table.title(one)) and \(table.title(other)) are both the \(role.phrase); "
          + "change the type of one", [one, other]
      )
    case .readOnlyRole(let role, let index):
      (
        "read-only-role",
        "\(table.title(index)) is the \(role.phrase), which is written, and is marked read-only; "
          + "remove that flag", [index]
      )
    case .writableFactory(let index):
      (
        "writable-factory",
        "\(table.title(index)) is the image of last resort and is not marked read-only", [index]
      )
    case .tooFewBlocks(let index, let count, let required):
      (
        "too-few-blocks",
        "\(table.title(index)) has \(count) whole erase blocks; give it \(required), because a "
          + "power cut can leave one undefined", [index]
      )
    case .singleBlockStore(let index):
      (
        "single-block-store",
        "\(table.title(index)) lies in one erase block: a power cut during its erase loses all of "
          + "it; give it two", [index]
      )
    case .shortLogLife(let index, let writes):
      (
        "short-log-life",
        "\(table.title(index)) bears only about \(writes) records; give it more erase blocks",
        [index]
      )
    case .slotSizesDiffer(let one, let other, _):
      (
        "slot-sizes-differ",
        "\(table.title(one)) has \(TableNumber.size(table[one].range.count)) and "
          + "\(table.title(other)) \(TableNumber.size(table[other].range.count)); "
          + "make the slots equal, so that every image fits both", [one, other]
      )
    case .slotBlocksDiffer(let one, let other, let offset, _):
      (
        "slot-blocks-differ",
        "the erase blocks of \(table.title(one)) and \(table.title(other)) differ from offset "
          + "\(hex(offset)) on; place both slots on blocks of the same sizes", [one, other]
      )
    case .slotTooSmall(let index, let trailer):
      (
        "slot-too-small",
        "\(table.title(index)) is too small for a header and a trailer of \(trailer) bytes in "
          + "blocks of its own; enlarge it", [index]
      )
    case .scratchTooSmall(let index, let required):
      (
        "scratch-too-small",
        "\(table.title(index)) is smaller than the largest erase block of a slot; "
          + "give it \(TableNumber.size(required))", [index]
      )
    case .scratchMissing:
      ("scratch-missing", "a swap needs a partition named scratch; add one", [])
    case .noBlockToMove(let index, let count):
      (
        "no-block-to-move",
        "\(table.title(index)) has \(count) erase block; a swap by moving needs one more than the "
          + "image", [index]
      )
    case .unitMismatch(let index, let size, let unit):
      (
        "unit-mismatch",
        "\(table.title(index)): a structure of \(size) bytes is no multiple of the \(unit) bytes "
          + "that are programmed at once; use a multiple of \(unit)", [index]
      )
    default: nil
    }
  }

  private func addressText(_ table: PartitionTable) -> Words {
    switch self {
    case .writableInProtected(let index, let range):
      (
        "writable-in-protected",
        "\(table.title(index)) is writable and lies in the protected range \(place(range)); "
          + "mark it read-only or move it", [index]
      )
    case .readOnlyUnprotected(let index):
      (
        "read-only-unprotected",
        "\(table.title(index)) is read-only and the hardware protection does not cover it", [index]
      )
    case .gap(let range):
      (
        "gap", "\(place(range)), \(TableNumber.size(range.count)), belongs to no partition", []
      )
    case .gapFitsSlot(let range):
      (
        "gap-fits-slot",
        "\(place(range)), \(TableNumber.size(range.count)), belongs to no partition and would hold "
          + "another slot", []
      )
    case .mixedBlockSizes(let index):
      (
        "mixed-block-sizes",
        "\(table.title(index)) has erase blocks of different sizes: the largest sets the time of "
          + "an erase", [index]
      )
    case .crossesBank(let index, let boundary):
      (
        "crosses-bank", "\(table.title(index)) crosses the bank boundary at \(hex(boundary))",
        [index]
      )
    case .misalignedForExecution(let index, let alignment):
      (
        "misaligned-for-execution",
        "\(table.title(index)) starts at \(hex(table[index].range.start)); code that runs in place "
          + "must start at a multiple of \(hex(alignment))", [index]
      )
    case .outsideWindow(let index, let window):
      (
        "outside-window",
        "\(table.title(index)) lies outside \(place(window)), where code can run", [index]
      )
    case .needsFourByteAddresses(let index):
      (
        "needs-four-byte-addresses",
        "\(table.title(index)) reaches above 16M, which needs four address bytes", [index]
      )
    case .dataBehindApp(let data, let app):
      (
        "data-behind-app",
        "\(table.title(data)) lies directly behind \(table.title(app)), which could not grow "
          + "without moving it", [data, app]
      )
    default:
      ("unknown", "unknown finding \(self)", [])
    }
  }
}

extension PartitionRole {
  fileprivate var phrase: String {
    switch self {
    case .factory: "factory image"
    case .slotA: "slot A"
    case .slotB: "slot B"
    case .metadata: "metadata log"
    }
  }

  fileprivate var recipe: String {
    switch self {
    case .factory: "one of type app, subtype factory"
    case .slotA: "one of type app, subtype ota_0"
    case .slotB: "one of type app, subtype ota_1"
    case .metadata: "one of type data, subtype 0x40 (bootstate)"
    }
  }
}
