import FlashPartitions
import NORFlash

extension PartitionFinding {
  /// What is wrong with the blocks of a slot, or with what a swap of slots needs.
  func slotText(_ table: PartitionTable) -> Words? {
    switch self {
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
}
