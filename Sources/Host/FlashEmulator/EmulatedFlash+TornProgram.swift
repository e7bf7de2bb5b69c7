internal import NORFlash

/// What a cut leaves of the bits that a program was about to change.
enum TornProgramOutcome: UInt64, CaseIterable {
  /// Each bit is done or not.
  case firmSubset
  /// Each bit is done, not done, or weak.
  case weakSubset
  /// It reads as intended or not: every bit is weak.
  case allWeak
  /// A first run of bytes is done.
  case prefix
  /// Nothing happened.
  case untouched
  /// Everything happened.
  case complete
}

/// What a cut leaves of a unit with an error-correcting code.
enum TornCodeOutcome: UInt64, CaseIterable {
  case untouched
  case complete
  case unreadable
  /// A read sees the old data, the new data, or an error.
  case weak
}

extension EmulatedFlash {
  /// Programs one unit as far as a cut lets it.
  mutating func tearUnit(
    at start: Int, _ source: UnsafePointer<UInt8>, _ choice: inout SplitMix64
  ) {
    let unit = 1 << unitShift
    if hasCode { return unsafe tearCodedUnit(at: start, source, &choice) }
    if undo.isRecording { saveForUndo(at: start, count: unit) }
    let outcome = TornProgramOutcome(
      rawValue: choice.next(below: UInt64(TornProgramOutcome.allCases.count)))
    let prefix = Int(choice.next(below: UInt64(unit + 1)))
    let byteInversion = UInt8(truncatingIfNeeded: inversion)
    for offset in 0..<unit {
      let old = unsafe cells[start + offset] ^ byteInversion
      let pending = unsafe old & ~(source[offset] ^ byteInversion)
      var done: UInt8 = 0
      var weak: UInt8 = 0
      switch outcome {
      case .firmSubset: done = UInt8(truncatingIfNeeded: choice.next())
      case .weakSubset:
        let draw = choice.next()
        done = UInt8(truncatingIfNeeded: draw)
        weak = UInt8(truncatingIfNeeded: draw >> 8) & ~done
      case .allWeak: weak = 0xFF
      case .prefix: done = offset < prefix ? 0xFF : 0
      case .complete: done = 0xFF
      case .untouched, nil: break
      }
      unsafe cells[start + offset] = (old & ~(pending & done)) ^ byteInversion
      // A bit that was weak before and is done now is firm; the others stay weak.
      let former = weakMask(at: start + offset) & ~(pending & done)
      setWeakMask(former | (pending & weak), at: start + offset)
    }
    if let unitStates = unsafe unitStates, outcome != .untouched {
      let index = start >> unitShift
      unsafe unitStates[index] = UnitState.afterProgram(unitStates[index])
    }
  }

  private mutating func tearCodedUnit(
    at start: Int, _ source: UnsafePointer<UInt8>, _ choice: inout SplitMix64
  ) {
    let unit = 1 << unitShift
    let outcome = TornCodeOutcome(
      rawValue: choice.next(below: UInt64(TornCodeOutcome.allCases.count)))
    switch outcome {
    case .untouched, nil:
      return
    case .complete:
      unsafe applyProgram(at: start, source, unit)
    case .unreadable:
      unsafe applyProgram(at: start, source, unit)
      setUnreadable(unit: start >> unitShift)
    case .weak:
      let byteInversion = UInt8(truncatingIfNeeded: inversion)
      if undo.isRecording { saveForUndo(at: start, count: unit) }
      var changes: UInt8 = 0
      var pending = [UInt8](repeating: 0, count: unit)
      for offset in 0..<unit {
        let old = unsafe cells[start + offset] ^ byteInversion
        pending[offset] = unsafe old & ~(source[offset] ^ byteInversion)
        changes |= pending[offset]
      }
      unsafe applyProgram(at: start, source, unit)
      if changes == 0 { setUnreadable(unit: start >> unitShift) }
      for offset in 0..<unit { setWeakMask(pending[offset], at: start + offset) }
    }
  }

  /// Marks the code of a unit as broken.
  mutating func setUnreadable(unit index: Int) {
    guard let unitStates = unsafe unitStates else { return }
    let old = unsafe unitStates[index]
    unreadableUnitCount += 1 - Int(old >> 7)
    unsafe unitStates[index] = old | UnitState.unreadable
  }
}
