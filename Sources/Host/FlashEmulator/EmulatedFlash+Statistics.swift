public import NORFlash

extension EmulatedFlash {
  /// How often the whole flash was used.
  public var statistics: FlashStatistics { totals }

  /// The registered ranges with their statistics, in the order they were registered.
  public var namedRanges: [NamedRange] { ranges }

  /// Starts to count the use of a part of the flash under a name; a name that is known already
  /// starts again at 0.
  ///
  /// A call is attributed to the first registered range that holds the address it begins at.
  public mutating func register(_ name: String, range: FlashRange) {
    ranges.removeAll { $0.name == name }
    ranges.append(NamedRange(name: name, range: range))
  }

  /// The statistics of a registered range, or `nil` if the name is unknown.
  public func statistics(of name: String) -> FlashStatistics? {
    ranges.first { $0.name == name }?.statistics
  }

  /// How often each erase block was erased, torn erases included, in address order.
  public var wear: [UInt32] {
    unsafe Array(UnsafeBufferPointer(start: eraseCounts, count: blockCount))
  }

  /// Sets how often every block was erased: the age of a part that is not new.
  public mutating func setWear(_ cycles: UInt32) {
    unsafe eraseCounts.update(repeating: cycles, count: blockCount)
  }

  /// How long everything so far would have taken on the part: the sum over all commands, with a
  /// command that was cut counted in full.
  public var elapsedTime: FlashElapsedTime {
    var time = earlierTime
    time.program +=
      part.timing.pageProgram * (totals.programmedPages - earlierTotals.programmedPages)
    time.erase += eraseTime
    time.transfer += part.timing.bus.transferTime(of: totals - earlierTotals)
    return time
  }

  /// The longest single command so far, or `nil` if nothing was programmed or erased.
  public var longestOperation: LongestOperation? {
    if let longestErase { return longestErase }
    guard totals.programmedPages > 0 else { return nil }
    return LongestOperation(
      operation: .program, address: 0, count: part.timing.programPage,
      time: part.timing.pageProgram)
  }
}

extension EmulatedFlash {
  mutating func recordProgram(at start: Int, count: Int) {
    let pages = UInt64(((start + count - 1) &>> pageShift) - (start &>> pageShift) + 1)
    totals.programCalls += 1
    totals.programBytes += UInt64(count)
    totals.programmedPages += pages
    guard !ranges.isEmpty else { return }
    attribute(at: UInt32(start)) {
      $0.programCalls += 1
      $0.programBytes += UInt64(count)
      $0.programmedPages += pages
    }
  }

  mutating func attributeRead(at address: UInt32, count: Int) {
    attribute(at: address) {
      $0.readCalls += 1
      $0.readBytes += UInt64(count)
    }
  }

  mutating func recordEraseCall(at address: UInt32) {
    totals.eraseCalls += 1
    attribute(at: address) { $0.eraseCalls += 1 }
  }

  mutating func recordErasedBlock(_ block: NumberedBlock) {
    totals.erasedBlocks += 1
    totals.erasedBytes += UInt64(block.range.count)
    unsafe eraseCounts[block.index] &+= 1
    attribute(at: block.range.start) {
      $0.erasedBlocks += 1
      $0.erasedBytes += UInt64(block.range.count)
    }
  }

  private mutating func attribute(
    at address: UInt32, _ change: (inout FlashStatistics) -> Void
  ) {
    for index in ranges.indices where ranges[index].range.contains(address) {
      change(&ranges[index].statistics)
      return
    }
  }
}
