internal import NORFlash

extension EmulatedFlash {
  /// Shows each step of a program to the observer, and does it.
  mutating func programObserved(at address: UInt32, _ bytes: Span<UInt8>) throws(FlashError) {
    let start = Int(address)
    let end = start + bytes.count
    if isStrict {
      try unsafe bytes.withUnsafeBufferPointer { (source) throws(FlashError) in
        guard let base = source.baseAddress else { return }
        try unsafe checkRules(at: start, base, bytes.count)
      }
    }
    var position = start
    while position < end {
      let stepEnd = min(end, ((position >> stepShift) + 1) << stepShift)
      let step = bytes.extracting((position - start)..<(stepEnd - start))
      let operation = FlashOperation(
        kind: .program, address: UInt32(position), count: UInt32(stepEnd - position))
      if try verdict(on: operation, step) == .perform {
        try performStep(at: position, step)
      } else {
        operationCount += 1
      }
      position = stepEnd
    }
  }

  /// Tells the observer of a read.
  mutating func showRead(at address: UInt32, count: UInt32) {
    observer?.flash(&self, willRead: address, count: count)
  }

  /// What the observer says, or `.perform` without one.
  mutating func verdict(
    on operation: FlashOperation, _ bytes: Span<UInt8>
  ) throws(FlashError) -> FlashObserverVerdict {
    guard let observer else { return .perform }
    let verdict = try observer.flash(&self, willPerform: operation, bytes: bytes)
    guard isPowered else { throw .powerLost }
    return verdict
  }

  private mutating func performStep(at position: Int, _ step: Span<UInt8>) throws(FlashError) {
    try unsafe step.withUnsafeBufferPointer { (source) throws(FlashError) in
      guard let base = source.baseAddress else { return }
      guard operationCount < cutIndex, !hasDefects else {
        return try unsafe interruptProgram(at: position, base, step.count)
      }
      operationCount += 1
      recordProgram(at: position, count: step.count)
      unsafe applyProgram(at: position, base, step.count)
    }
  }
}
