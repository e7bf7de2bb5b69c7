import FlashPartitions
import NORFlash

extension PartitionFinding {
  /// What is wrong with where a partition lies, or with its name.
  func placeText(_ table: PartitionTable) -> Words? {
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
}
