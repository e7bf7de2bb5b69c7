internal import NORFlash

extension EmulatedFlash {
  /// Arms a power cut: the power goes in operation `index` from now, counted from 0.
  ///
  /// An earlier cut that has not happened yet is replaced. If fewer operations follow, nothing
  /// happens; ``hasPendingPowerCut`` tells.
  public mutating func cutPower(at index: UInt64, phase: PowerCutPhase) {
    let (absolute, overflow) = operationCount.addingReportingOverflow(index)
    cutIndex = overflow ? .max : absolute
    cutPhase = phase
    conditions.dropsLeft = phase.droppedOperations
  }

  /// Takes the power away at once, between two operations.
  public mutating func cutPowerNow() {
    isPowered = false
    cancelPowerCut()
  }

  /// Disarms a power cut or brown-out that has not happened.
  public mutating func cancelPowerCut() {
    guard cutIndex != .max else { return }
    cutIndex = .max
    conditions.dropsLeft = 0
  }

  /// Whether a power cut is armed and has not happened.
  public var hasPendingPowerCut: Bool { cutIndex != .max }

  /// Brings the power back; what the cut left behind stays, and readings of weak bits that hold until
  /// a reset are forgotten.
  public mutating func restorePower() {
    isPowered = true
    if !conditions.readings.held.isEmpty { conditions.readings.held = [] }
  }

  /// Programs up to the cut, takes the power away, and throws.
  mutating func cutProgram(
    at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int
  ) throws(FlashError) {
    let step = (start >> stepShift) + Int(cutIndex - operationCount)
    let stepStart = max(start, step << stepShift)
    let stepEnd = min(start + count, (step + 1) << stepShift)
    var done = stepStart - start
    var begun = done
    switch cutPhase {
    case .before:
      break
    case .after:
      done = stepEnd - start
      begun = done
    case .torn(let seed):
      var choice = SplitMix64(seed: seed)
      let units = (stepEnd - stepStart) >> unitShift
      done += Int(choice.next(below: UInt64(units))) << unitShift
      begun = stepEnd - start
      if done > 0 { unsafe applyProgram(at: start, source, done) }
      unsafe tearUnit(at: start + done, source + done, &choice)
      done = 0
    case .outcome(let outcome):
      if done > 0 { unsafe applyProgram(at: start, source, done) }
      if !outcome.fault.precedesOperation { begun = stepEnd - start }
      let bytes = unsafe Span(_unsafeStart: source + done, count: stepEnd - stepStart)
      let operation = FlashOperation(
        kind: .program, address: UInt32(stepStart), count: UInt32(bytes.count))
      leave(operation, bytes: bytes, as: outcome)
      done = 0
    }
    if done > 0 { unsafe applyProgram(at: start, source, done) }
    if begun > 0 { recordProgram(at: start, count: begun) }
    losePower(
      .program, at: UInt32(stepStart), count: UInt32(stepEnd - stepStart))
    throw .powerLost
  }

  /// Erases the block as far as the cut lets it, takes the power away, and throws.
  mutating func cutErase(_ block: NumberedBlock) throws(FlashError) {
    switch cutPhase {
    case .before:
      break
    case .after:
      recordErasedBlock(block)
      applyErase(block)
    case .torn(let seed):
      var choice = SplitMix64(seed: seed)
      recordErasedBlock(block)
      tearErase(block, &choice)
    case .outcome(let outcome):
      if !outcome.fault.precedesOperation { recordErasedBlock(block) }
      let operation = FlashOperation(
        kind: .erase, address: block.range.start, count: block.range.count)
      leave(operation, bytes: Span(), as: outcome)
    }
    losePower(.erase, at: block.range.start, count: block.range.count)
    throw .powerLost
  }

  private mutating func losePower(
    _ operation: PowerCutRecord.Operation, at address: UInt32, count: UInt32
  ) {
    lastPowerCut = PowerCutRecord(
      operation: operation, index: cutIndex, address: address, count: count, phase: cutPhase)
    operationCount = cutPhase.precedesOperation ? cutIndex : cutIndex + 1
    cutIndex = .max
    isPowered = false
  }
}
