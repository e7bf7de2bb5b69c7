import FlashPartitions
import NORFlash

extension PartitionFinding {
  /// What is wrong with the parts that partitions play for a boot loader.
  func roleText(_ table: PartitionTable) -> Words? {
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
    default: nil
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
