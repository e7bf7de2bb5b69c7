internal import NORFlash

/// An erase block, its number counted from the start of the flash, and its own erase command.
struct NumberedBlock {
  var index: Int
  var range: FlashRange
  var time: TimingRange
}

/// A region of the geometry with what the emulator looks up for each of its blocks.
struct BlockRegion {
  var start: UInt32
  var firstIndex: UInt32
  var blockCount: UInt32
  var eraseBlock: UInt32
  var time: TimingRange

  static func all(of part: FlashPart) -> [BlockRegion] {
    var regions: [BlockRegion] = []
    var firstIndex: UInt32 = 0
    for index in 0..<part.geometry.regionCount {
      let region = part.geometry.region(at: index)
      regions.append(
        BlockRegion(
          start: region.start, firstIndex: firstIndex, blockCount: region.blockCount,
          eraseBlock: region.eraseBlock,
          time: part.eraseTime(ofBlock: region.eraseBlock) ?? .zero))
      firstIndex += region.blockCount
    }
    return regions
  }
}

extension EmulatedFlash {
  /// The block that holds `address`, or `nil` behind the end of the flash.
  func block(containing address: UInt32) -> NumberedBlock? {
    for region in regions {
      let number = (address &- region.start) / region.eraseBlock
      if number < region.blockCount {
        return NumberedBlock(
          index: Int(region.firstIndex + number),
          range: FlashRange(
            start: region.start + number * region.eraseBlock, count: region.eraseBlock),
          time: region.time)
      }
    }
    return nil
  }

  /// Whether the range starts and ends on block boundaries inside the flash.
  func coversWholeBlocks(at address: UInt32, count: UInt32) -> Bool {
    let (last, overflow) = address.addingReportingOverflow(count - 1)
    guard !overflow, let firstBlock = block(containing: address) else { return false }
    if firstBlock.range.start == address, firstBlock.range.count == count { return true }
    guard let lastBlock = block(containing: last) else { return false }
    return firstBlock.range.start == address && lastBlock.range.end == UInt64(last) + 1
  }

  /// Brings all bits of a block back.
  mutating func applyErase(_ block: NumberedBlock) {
    let start = Int(block.range.start)
    let count = Int(block.range.count)
    if undo.isRecording { saveForUndo(at: start, count: count) }
    unsafe (cells + start).update(repeating: erasedByte, count: count)
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
  mutating func chargeErase(of block: NumberedBlock, end: UInt64) -> UInt64 {
    let start = block.range.start
    var size = block.range.count
    var time = block.time
    if regions.count == 1, block.range.end < end {
      for command in part.timing.eraseCommands
      where command.size > size && UInt64(start) + UInt64(command.size) <= end {
        guard start % command.size == 0 else { continue }
        size = command.size
        time = command.time
      }
    }
    eraseTime += time
    if time.maximum > longestErase?.time.maximum ?? 0 {
      longestErase = LongestOperation(operation: .erase, address: start, count: size, time: time)
    }
    return UInt64(start) + UInt64(size)
  }

  /// The number of unreadable units among `count` units from `first`.
  func unreadableUnits(first: Int, count: Int) -> Int {
    guard let unitStates = unsafe unitStates else { return 0 }
    var unreadable = 0
    for index in first..<first + count { unreadable += Int(unsafe unitStates[index] >> 7) }
    return unreadable
  }
}
