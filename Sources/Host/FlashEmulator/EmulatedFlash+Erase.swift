internal import NORFlash

/// An erase block and its number, counted from the start of the flash.
struct NumberedBlock {
  var index: Int
  var range: FlashRange
}

extension EmulatedFlash {
  /// The block that holds `address`, or `nil` behind the end of the flash.
  func block(containing address: UInt32) -> NumberedBlock? {
    var first: UInt32 = 0
    for index in 0..<geometry.regionCount {
      let region = geometry.region(at: index)
      let offset = address &- region.start
      let number = offset / region.eraseBlock
      if number < region.blockCount {
        return NumberedBlock(
          index: Int(first + number),
          range: FlashRange(
            start: region.start + number * region.eraseBlock, count: region.eraseBlock))
      }
      first += region.blockCount
    }
    return nil
  }

  /// Brings all bits of a block back.
  mutating func applyErase(_ block: NumberedBlock) {
    let start = Int(block.range.start)
    let count = Int(block.range.count)
    if undo.isRecording { saveForUndo(at: start, count: count) }
    unsafe (cells + start).update(repeating: geometry.erased.byte, count: count)
    if weakByteCount != 0 { clearWeakBits(at: start, count: count) }
    if let unitStates = unsafe unitStates {
      let first = start >> unitShift
      let units = count >> unitShift
      if unreadableUnitCount != 0 {
        unreadableUnitCount -= unreadableUnits(first: first, count: units)
      }
      unsafe (unitStates + first).update(repeating: 0, count: units)
    }
  }

  /// Charges the time of the largest erase command that fits at the start of `block`, and returns
  /// where that command ends.
  ///
  /// On a part with blocks of several sizes each command belongs to the blocks of its own size; on
  /// a uniform part a larger command replaces a run of blocks.
  mutating func chargeErase(of block: FlashRange, end: UInt64) -> UInt64 {
    var best: EraseCommand?
    for command in part.timing.eraseCommands {
      let isLarger = isUniform && command.size > block.count
      guard command.size == block.count || isLarger else { continue }
      let fits = UInt64(block.start) + UInt64(command.size) <= end
      if fits, block.start % command.size == 0 { best = command }
    }
    guard let best else { return block.end }
    eraseTime += best.time
    if best.time.maximum > longestErase?.time.maximum ?? 0 {
      longestErase = LongestOperation(
        operation: .erase, address: block.start, count: best.size, time: best.time)
    }
    return UInt64(block.start) + UInt64(best.size)
  }

  /// The number of unreadable units among `count` units from `first`.
  func unreadableUnits(first: Int, count: Int) -> Int {
    guard let unitStates = unsafe unitStates else { return 0 }
    var unreadable = 0
    for index in first..<first + count { unreadable += Int(unsafe unitStates[index] >> 7) }
    return unreadable
  }
}
