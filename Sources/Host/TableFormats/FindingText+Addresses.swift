import FlashPartitions
import NORFlash

extension PartitionFinding {
  /// What is wrong with addresses: protection, gaps, banks, execution in place.
  func addressText(_ table: PartitionTable) -> Words {
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
