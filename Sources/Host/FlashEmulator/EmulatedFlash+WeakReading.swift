internal import NORFlash

extension EmulatedFlash {
  /// Lets a chooser decide what weak bits read as, run by run of units that are undecided.
  mutating func readChosen(
    at start: Int, count: Int, _ buffer: UnsafeMutablePointer<UInt8>, _ hold: WeakHold
  ) throws(FlashError) {
    let units = wholeUnits(at: start, count: count)
    var position = units.lowerBound
    while position < units.upperBound {
      if let held = heldReading(at: position) {
        let end = min(held.range.upperBound, units.upperBound)
        try unsafe show(held.option, in: position..<end, at: start, count: count, buffer)
        position = end
        continue
      }
      let end = endOfUndecided(from: position, limit: units.upperBound)
      guard end > position else {
        position += 1 << unitShift
        continue
      }
      let run = position..<end
      let option = chooseReading(of: run)
      switch hold {
      case .untilReset:
        conditions.readings.held.append(HeldReading(range: run, option: option))
        try unsafe show(option, in: run, at: start, count: count, buffer)
      case .forGood:
        if option != Self.unreadableOption || !hasCode {
          try unsafe show(option, in: run, at: start, count: count, buffer)
          settle(run, as: option)
        } else {
          settle(run, as: option)
          throw unreadable(at: run.lowerBound)
        }
      }
      position = end
    }
  }

  /// With ECC, the third choice.
  private static var unreadableOption: Int { 2 }

  private func heldReading(at position: Int) -> HeldReading? {
    conditions.readings.held.first { $0.range.contains(position) }
  }

  /// The end of the run of weak, undecided units that begins at `start`.
  private func endOfUndecided(from start: Int, limit: Int) -> Int {
    let unit = 1 << unitShift
    var limit = limit
    for held in conditions.readings.held where held.range.lowerBound > start {
      limit = min(limit, held.range.lowerBound)
    }
    var end = start
    while end < limit, hasWeakBits(at: end, count: unit) { end += unit }
    return end
  }

  private func chooseReading(of run: Range<Int>) -> Int {
    guard let chooser = conditions.chooser else { return 0 }
    let options = hasCode ? 3 : hasBothParities(run) ? 4 : 2
    let option = chooser.choose(
      at: UInt32(run.lowerBound), count: UInt32(run.count), options: options)
    precondition((0..<options).contains(option), "the chooser chose \(option) of \(options)")
    return option
  }

  /// Whether there are weak bits in even and in odd positions.
  private func hasBothParities(_ run: Range<Int>) -> Bool {
    var all: UInt8 = 0
    for position in run { all |= weakMask(at: position) }
    return all & 0x55 != 0 && all & 0xAA != 0
  }

  /// The weak bits that a choice inverts.
  private static func inverted(by option: Int) -> UInt8 {
    switch option {
    case 0: 0
    case 2: 0x55
    case 3: 0xAA
    default: 0xFF
    }
  }

  /// Shows a choice in the bytes that were read of `range`.
  private mutating func show(
    _ option: Int, in range: Range<Int>, at start: Int, count: Int,
    _ buffer: UnsafeMutablePointer<UInt8>
  ) throws(FlashError) {
    if hasCode, option == Self.unreadableOption {
      let unit = 1 << unitShift
      for address in stride(from: range.lowerBound, to: range.upperBound, by: unit)
      where hasWeakBits(at: address, count: unit) { throw unreadable(at: address) }
      return
    }
    let inverted = Self.inverted(by: option)
    for position in range.clamped(to: start..<start + count) {
      unsafe buffer[position - start] ^= weakMask(at: position) & inverted
    }
  }

  /// Makes the weak bits of a run firm as they were read.
  private mutating func settle(_ run: Range<Int>, as option: Int) {
    if undo.isRecording { saveForUndo(at: run.lowerBound, count: run.count) }
    if hasCode, option == Self.unreadableOption {
      for index in run.lowerBound >> unitShift..<run.upperBound >> unitShift {
        setUnreadable(unit: index)
      }
    } else {
      let inverted = Self.inverted(by: option)
      for position in run { unsafe cells[position] ^= weakMask(at: position) & inverted }
    }
    clearWeakBits(at: run.lowerBound, count: run.count)
  }
}

extension EmulatedFlash {
  /// Shows weak bits as they are stored in the first reads of their program page, and inverted later.
  mutating func readFlipping(
    at start: Int, count: Int, _ buffer: UnsafeMutablePointer<UInt8>, after limit: UInt32
  ) throws(FlashError) {
    let units = wholeUnits(at: start, count: count)
    for page in units.lowerBound >> pageShift...(units.upperBound - 1) >> pageShift {
      let range = (page << pageShift..<(page + 1) << pageShift).clamped(to: units)
      guard hasWeakBits(at: range.lowerBound, count: range.count) else { continue }
      let reads = conditions.readings.counts[UInt32(page), default: 0]
      if reads < limit {
        conditions.readings.counts[UInt32(page)] = reads + 1
        continue
      }
      try unsafe show(
        hasCode ? Self.unreadableOption : 1, in: range, at: start, count: count, buffer)
    }
  }

  /// Forgets how often a range was read whose weak bits change.
  func forgetReads(at start: Int, count: Int) {
    guard conditions.hasReadings, count > 0 else { return }
    for page in start >> pageShift...(start + count - 1) >> pageShift {
      conditions.readings.counts[UInt32(page)] = nil
    }
  }

  /// The number of reads of each program page with weak bits, where
  /// ``WeakBitReading/flipsAfter(reads:)`` counts them: pages by number, in ascending order.
  ///
  /// Part of the state, as cells are.
  public var weakReadCounts: [(page: UInt32, reads: UInt32)] {
    conditions.readings.counts.sorted { $0.key < $1.key }.map { (page: $0.key, reads: $0.value) }
  }

  /// The counts as numbers that `setWeakReadCounts(_:)` takes back: pages, each with its reads.
  package var packedWeakReadCounts: [UInt32] {
    guard !conditions.readings.counts.isEmpty else { return [] }
    return weakReadCounts.flatMap { [$0.page, $0.reads] }
  }

  /// Goes back to counts that `packedWeakReadCounts` gave.
  package mutating func setWeakReadCounts(_ packed: [UInt32]) {
    if packed.isEmpty, conditions.readings.counts.isEmpty { return }
    conditions.readings.counts = [:]
    for index in stride(from: 0, to: packed.count, by: 2) {
      conditions.readings.counts[packed[index]] = packed[index + 1]
    }
  }
}
