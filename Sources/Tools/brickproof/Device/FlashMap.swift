import BootState
import FlashEmulator
import FlashPartitions
import NORFlash
import TableFormats

/// A picture of a flash, partition by partition; every cell is the same number of bytes.
struct FlashMap {
  /// What a cell shows.
  enum Cell: Character {
    case erased = "."
    case partlyWritten = "+"
    case written = "#"
    case bad = "!"

    fileprivate var style: TextStyle {
      switch self {
      case .erased: .dim
      case .partlyWritten: .yellow
      case .written: .green
      case .bad: .red
      }
    }
  }

  /// A partition, or the bytes between two.
  struct Row {
    /// The name of the partition; `nil` between partitions.
    var name: String?
    var range: FlashRange
    var cells: [Cell]
    /// The states of its erase blocks, in address order.
    var blocks: [FlashBlockState]
    /// How often each of them was erased.
    var wear: [UInt32]
  }

  let part: FlashPart
  /// The bytes of a cell.
  let cellSize: UInt32
  /// The rows in address order.
  let rows: [Row]

  /// Draws a flash with at most `width` cells a partition.
  init(_ flash: borrowing EmulatedFlash, table: PartitionTable, width: Int) {
    let geometry = flash.geometry
    let states = flash.blockStates()
    let wear = flash.wear
    let partitions = table.indices.map { table[$0] }.sorted { $0.range.start < $1.range.start }
    let largest = partitions.map(\.range.count).max() ?? geometry.size
    var size = geometry.region(at: 0).eraseBlock
    for index in 0..<geometry.regionCount {
      size = min(size, geometry.region(at: index).eraseBlock)
    }
    while UInt64(size) * UInt64(width) < UInt64(largest) { size *= 2 }
    var found: [Row] = []
    var position: UInt64 = 0
    func append(_ name: String?, _ range: FlashRange) {
      guard range.count > 0 else { return }
      found.append(Row(name, range, geometry, states: states, wear: wear, cellSize: size))
    }
    for partition in partitions {
      if partition.range.start > position {
        append(nil, FlashRange(from: position, to: UInt64(partition.range.start)))
      }
      append(partition.title, partition.range)
      position = max(position, partition.range.end)
    }
    append(nil, FlashRange(from: position, to: UInt64(geometry.size)))
    part = flash.part
    cellSize = size
    rows = found
  }

  /// The map with its legend, one line an element.
  func lines(color: Bool) -> [String] {
    let nameWidth = rows.map { $0.title.count }.max() ?? 0
    var lines = [
      TextStyle.bold.apply(
        to: "\(part.name), \(ByteSize.text(UInt64(part.size))); a cell is "
          + ByteSize.text(UInt64(cellSize)), color: color)
    ]
    for row in rows {
      let start = "0x" + String(row.range.start, radix: 16).leftPadded(to: 8, with: "0")
      let size = ByteSize.text(UInt64(row.range.count)).leftPadded(to: 9)
      lines.append(
        "  \(start) \(size)  \(row.title.padded(to: nameWidth))  \(row.wearText)")
      if row.name != nil { lines.append("    " + row.picture(color: color)) }
    }
    let legend: [(Cell, String)] = [
      (.written, "written"), (.partlyWritten, "in part"), (.erased, "erased"),
      (.bad, "bad: unreadable or weak"),
    ]
    lines.append(
      "  "
        + legend.map { cell, meaning in
          cell.style.apply(to: String(cell.rawValue), color: color) + " " + meaning
        }.joined(separator: "   "))
    return lines
  }
}

extension FlashMap.Row {
  fileprivate init(
    _ name: String?, _ range: FlashRange, _ geometry: FlashGeometry, states: [FlashBlockState],
    wear: [UInt32], cellSize: UInt32
  ) {
    self.name = name
    self.range = range
    let first = Int(geometry.blockIndex(containing: range.start) ?? 0)
    let last = Int(geometry.blockIndex(containing: UInt32(range.end - 1)) ?? 0)
    blocks = Array(states[first...last])
    self.wear = Array(wear[first...last])
    cells = []
    var position = UInt64(range.start)
    while position < range.end {
      let end = min(position + UInt64(cellSize), range.end)
      let from = Int(geometry.blockIndex(containing: UInt32(position)) ?? 0)
      let to = Int(geometry.blockIndex(containing: UInt32(end - 1)) ?? 0)
      cells.append(FlashMap.Cell(states[from...to]))
      position = end
    }
  }

  fileprivate func picture(color: Bool) -> String {
    var picture = ""
    var index = 0
    while index < cells.count {
      var end = index
      while end < cells.count, cells[end] == cells[index] { end += 1 }
      let run = String(repeating: cells[index].rawValue, count: end - index)
      picture += cells[index].style.apply(to: run, color: color)
      index = end
    }
    return picture
  }

  /// The average number of erases of its blocks.
  var averageWear: Double {
    wear.isEmpty ? 0 : Double(wear.reduce(0) { $0 + UInt64($1) }) / Double(wear.count)
  }

  /// The name, or that there is none.
  fileprivate var title: String { name ?? "no partition" }

  fileprivate var wearText: String {
    if name == nil, blocks.allSatisfy({ $0 == .erased }) { return "erased" }
    let tenths = Int((averageWear * 10).rounded())
    return "\(blocks.count) \(blocks.count == 1 ? "block" : "blocks"), erases: "
      + "\(tenths / 10).\(tenths % 10) on average, \(wear.max() ?? 0) at most"
  }
}

extension FlashMap.Cell {
  fileprivate init(_ blocks: ArraySlice<FlashBlockState>) {
    if blocks.contains(.bad) {
      self = .bad
    } else if blocks.allSatisfy({ $0 == .erased }) {
      self = .erased
    } else {
      self = blocks.contains(.erased) ? .partlyWritten : .written
    }
  }
}

extension FlashRange {
  fileprivate init(from start: UInt64, to end: UInt64) {
    self.init(start: UInt32(start), count: UInt32(max(end, start) - start))
  }
}

extension Partition {
  /// The name, with the role in the boot path if that is another word.
  var title: String {
    guard let role = role?.name, role != "\(label)" else { return "\(label)" }
    return "\(label) (\(role))"
  }
}

extension String {
  /// The text with spaces behind it.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// The text with something in front of it.
  func leftPadded(to width: Int, with filler: Character = " ") -> String {
    String(repeating: filler, count: max(0, width - count)) + self
  }
}
