public import NORFlash

extension PartitionTable {
  /// Rules about the two slots and the way an update reaches them.
  func checkSlots(
    on geometry: FlashGeometry, _ options: PartitionCheckOptions,
    _ body: (PartitionFinding) -> Void
  ) {
    guard options.roles != .ignored else { return }
    let (first, second) = (index(for: .slotA), index(for: .slotB))
    if let first { checkSlot(first, on: geometry, options, body) }
    if let second { checkSlot(second, on: geometry, options, body) }
    guard let first, let second, isInside(first, geometry), isInside(second, geometry) else {
      return
    }
    if self[first].range.count != self[second].range.count {
      body(.slotSizesDiffer(first, second, options.slots))
    }
    if let offset = geometry.firstBlockDifference(self[first].range, self[second].range) {
      body(.slotBlocksDiffer(first, second, offset: offset, options.slots))
    }
    guard options.update == .swapUsingScratch else { return }
    guard let scratch = index(named: "scratch") else { return body(.scratchMissing) }
    let required = max(
      geometry.largestBlock(in: self[first].range), geometry.largestBlock(in: self[second].range))
    if self[scratch].range.count < required {
      body(.scratchTooSmall(scratch, required: required))
    }
  }

  /// A slot holds a header and some payload, and its trailer in erase blocks of its own.
  private func checkSlot(
    _ index: Int, on geometry: FlashGeometry, _ options: PartitionCheckOptions,
    _ body: (PartitionFinding) -> Void
  ) {
    guard isInside(index, geometry) else { return }
    let range = self[index].range
    let blocks = geometry.wholeBlockCount(in: range)
    if options.update == .swapUsingMove, blocks < 2 { body(.noBlockToMove(index, count: blocks)) }
    let needed = UInt64(options.imageHeaderSize) + UInt64(options.slotTrailerSize)
    if UInt64(range.count) <= needed {
      body(.slotTooSmall(index, trailer: options.slotTrailerSize))
    } else if options.slotTrailerSize > 0 {
      let trailer = FlashRange(
        start: range.start + (range.count - options.slotTrailerSize), count: 1)
      if let block = geometry.eraseBlock(containing: trailer.start), block.contains(range.start) {
        body(.slotTooSmall(index, trailer: options.slotTrailerSize))
      }
    }
  }
}

extension FlashGeometry {
  /// The first offset at which the erase blocks of two ranges of this flash differ, or `nil` if they
  /// are alike as far as both reach.
  fileprivate func firstBlockDifference(_ first: FlashRange, _ second: FlashRange) -> UInt32? {
    let count = min(first.count, second.count)
    var offset: UInt32 = 0
    while offset < count {
      guard let one = region(containing: first.start + offset),
        let other = region(containing: second.start + offset)
      else { return offset }
      if one.eraseBlock != other.eraseBlock { return offset }
      let step = min(
        one.range.end - UInt64(first.start + offset),
        other.range.end - UInt64(second.start + offset))
      guard step < UInt64(count - offset) else { return nil }
      offset += UInt32(step)
    }
    return nil
  }

  /// The unit in which content can be copied between a range of this flash and one of another: the
  /// larger erase block, or `nil` if the erase blocks do not divide into each other.
  ///
  /// - Complexity: O(regions)
  public func copyUnit(
    of range: FlashRange, with other: FlashGeometry, _ otherRange: FlashRange
  ) -> UInt32? {
    let (one, two) = (largestBlock(in: range), other.largestBlock(in: otherRange))
    let (small, large) = (min(one, two), max(one, two))
    return small > 0 && large % small == 0 ? large : nil
  }
}
