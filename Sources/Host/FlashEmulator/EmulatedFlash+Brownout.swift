internal import NORFlash

extension EmulatedFlash {
  /// Lets the next `count` operations report success and change nothing; the one behind them finds
  /// the power gone.
  ///
  /// So does a supply that is too low for the flash before it is too low for the processor. Reads
  /// work in between. Code that begins no further operation keeps running: take the power with
  /// ``cutPowerNow()``. Replaces a power cut that is armed.
  public mutating func dropOperations(_ count: UInt32) {
    cutPower(at: 0, phase: .outcome(.brownOutTail(count)))
  }

  /// Handles a program call in which the power is cut or operations are dropped.
  mutating func interruptProgram(
    at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int
  ) throws(FlashError) {
    let end = start + count
    var position = start
    while position < end {
      let firstStep = position >> stepShift
      let ahead = cutIndex - operationCount
      let steps = UInt64(((end - 1) >> stepShift) - firstStep + 1)
      guard ahead < steps else {
        unsafe applyProgram(at: position, source + (position - start), end - position)
        operationCount += steps
        break
      }
      guard conditions.dropsLeft > 0 else {
        if position > start { recordProgram(at: start, count: position - start) }
        return try unsafe cutProgram(
          at: position, source + (position - start), end - position)
      }
      let step = firstStep + Int(ahead)
      let dropped = max(position, step << stepShift)
      if dropped > position {
        unsafe applyProgram(at: position, source + (position - start), dropped - position)
      }
      operationCount += ahead
      dropOperation()
      position = min(end, (step + 1) << stepShift)
    }
    recordProgram(at: start, count: count)
  }

  /// Handles a block whose erase is cut or dropped.
  mutating func interruptErase(_ block: NumberedBlock) throws(FlashError) {
    guard conditions.dropsLeft > 0 else { return try cutErase(block) }
    dropOperation()
  }

  private mutating func dropOperation() {
    conditions.dropsLeft -= 1
    operationCount += 1
    cutIndex = operationCount
  }
}
