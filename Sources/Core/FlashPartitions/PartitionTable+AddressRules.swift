import NORFlash

extension PartitionTable {
  /// Rules about where code can run, and what the addresses cost.
  func checkExecution(_ options: PartitionCheckOptions, _ body: (PartitionFinding) -> Void) {
    for index in indices {
      let partition = self[index]
      let range = partition.range
      if range.end > 1 << 24 { body(.needsFourByteAddresses(index)) }
      if options.bankSize > 0, range.count > 0 {
        let boundary = (UInt64(range.start / options.bankSize) + 1) * UInt64(options.bankSize)
        if range.end > boundary, let boundary = UInt32(exactly: boundary) {
          body(.crossesBank(index, boundary: boundary))
        }
      }
      if partition.type == .app {
        let alignment = options.executionAlignment
        if alignment > 0, range.start % alignment != 0 {
          body(.misalignedForExecution(index, alignment: alignment))
        }
        if let window = options.executionWindow, !window.contains(range) {
          body(.outsideWindow(index, window))
        }
      }
      checkNeighbour(of: index, body)
    }
  }

  private func checkNeighbour(of data: Int, _ body: (PartitionFinding) -> Void) {
    guard self[data].type == .data, self[data].role == nil else { return }
    for app in indices
    where self[app].type == .app && self[app].range.end == UInt64(self[data].range.start) {
      body(.dataBehindApp(data: data, app: app))
    }
  }

  /// Bytes that belong to nobody, from address 0 to the end of the last partition or of the flash.
  func checkGaps(
    on geometry: FlashGeometry?, _ options: PartitionCheckOptions,
    _ body: (PartitionFinding) -> Void
  ) {
    var position: UInt64 = 0
    let end = UInt64(geometry?.size ?? 0)
    while true {
      var next = UInt64.max
      var occupied = position
      visitOccupied(options) { range in
        if UInt64(range.start) <= position {
          occupied = max(occupied, range.end)
        } else {
          next = min(next, UInt64(range.start))
        }
      }
      if occupied > position {
        position = occupied
        continue
      }
      let stop = next == .max ? end : next
      guard stop > position, stop - position <= UInt64(UInt32.max) else { return }
      report(gap: FlashRange(start: UInt32(position), count: UInt32(stop - position)), body)
      guard next != .max else { return }
      position = next
    }
  }

  private func visitOccupied(_ options: PartitionCheckOptions, _ body: (FlashRange) -> Void) {
    for index in indices where self[index].range.count > 0 { body(self[index].range) }
    for index in 0..<options.reserved.count where options.reserved[index].count > 0 {
      body(options.reserved[index])
    }
  }

  private func report(gap: FlashRange, _ body: (PartitionFinding) -> Void) {
    var slot = UInt32.max
    if let size = partition(for: .slotA)?.range.count { slot = min(slot, size) }
    if let size = partition(for: .slotB)?.range.count { slot = min(slot, size) }
    body(slot > 0 && gap.count >= slot ? .gapFitsSlot(gap) : .gap(gap))
  }
}
