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

  /// Does a program call in which operations are cut, dropped or defective.
  mutating func interruptProgram(
    at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int
  ) throws(FlashError) {
    let end = start + count
    var position = start
    while position < end {
      let firstStep = position >> stepShift
      let steps = UInt64(((end - 1) >> stepShift) - firstStep + 1)
      let ahead = min(cutIndex, nextDefect) - operationCount
      guard ahead < steps else {
        unsafe applyProgram(at: position, source + (position - start), end - position)
        operationCount += steps
        break
      }
      let isCut = operationCount + ahead == cutIndex
      if isCut, conditions.dropsLeft == 0 {
        if position > start { recordProgram(at: start, count: position - start) }
        return try unsafe cutProgram(at: position, source + (position - start), end - position)
      }
      let step = firstStep + Int(ahead)
      let stepStart = max(position, step << stepShift)
      if stepStart > position {
        unsafe applyProgram(at: position, source + (position - start), stepStart - position)
      }
      operationCount += ahead
      position = min(end, (step + 1) << stepShift)
      if isCut {
        dropOperation()
        continue
      }
      let bytes = unsafe Span(
        _unsafeStart: source + (stepStart - start), count: position - stepStart)
      let operation = FlashOperation(
        kind: .program, address: UInt32(stepStart), count: UInt32(bytes.count))
      do throws(FlashError) {
        try performDefective(operation, bytes)
      } catch {
        recordProgram(at: start, count: position - start)
        throw error
      }
    }
    recordProgram(at: start, count: count)
  }

  /// Erases a block in the way of which there may be a cut, a brown-out or a defect.
  mutating func interruptErase(_ block: NumberedBlock) throws(FlashError) {
    if operationCount >= cutIndex {
      guard conditions.dropsLeft > 0 else { return try cutErase(block) }
      return dropOperation()
    }
    recordErasedBlock(block)
    guard nextDefect == operationCount else {
      operationCount += 1
      return applyErase(block)
    }
    let operation = FlashOperation(
      kind: .erase, address: block.range.start, count: block.range.count)
    try performDefective(operation, Span())
  }

  private mutating func dropOperation() {
    conditions.dropsLeft -= 1
    operationCount += 1
    cutIndex = operationCount
  }
}
