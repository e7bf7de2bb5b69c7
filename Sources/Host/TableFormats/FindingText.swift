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
    let (rule, message, partitions) =
      placeText(table) ?? roleText(table) ?? slotText(table) ?? addressText(table)
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

  typealias Words = (rule: String, message: String, partitions: [Int])
}
