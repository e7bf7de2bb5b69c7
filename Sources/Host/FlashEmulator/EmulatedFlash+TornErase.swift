internal import NORFlash

/// How far a cut let an erase get; the phases are those of Infineon's KBA223960, the outcomes those
/// seen in the field (pre-programmed from either end, scattered residue, erased but unstable).
enum TornEraseOutcome: UInt64, CaseIterable {
  /// The old data is all there.
  case oldData
  /// A run of units at the start or the end is programmed to the complement of the erased value.
  case preProgrammed
  /// Each programmed bit is erased or not, some are weak.
  case mixed
  /// All but a few bits in a hundred are erased.
  case mostlyErased
  /// Every bit reads erased, and some are weak.
  case looksErased
}

extension EmulatedFlash {
  /// Erases a block as far as a cut lets it.
  mutating func tearErase(_ block: NumberedBlock, _ choice: inout SplitMix64) {
    let start = Int(block.range.start)
    let count = Int(block.range.count)
    if undo.isRecording { saveForUndo(at: start, count: count) }
    let outcome = TornEraseOutcome(
      rawValue: choice.next(below: UInt64(TornEraseOutcome.allCases.count)))
    switch outcome {
    case .oldData, nil:
      return
    case .preProgrammed:
      preProgram(at: start, count: count, &choice)
    case .mixed:
      let kept = choice.next(below: 224) + 16
      let weak = choice.next(below: 2) * 64
      erasePartly(at: start, count: count, kept: kept, weak: weak, &choice)
    case .mostlyErased:
      erasePartly(at: start, count: count, kept: choice.next(below: 16) + 1, weak: 64, &choice)
    case .looksErased:
      erasePartly(at: start, count: count, kept: 0, weak: choice.next(below: 64) + 1, &choice)
    }
  }

  /// Programs a run of units at one end, as the first phase of an erase does.
  private mutating func preProgram(at start: Int, count: Int, _ choice: inout SplitMix64) {
    let units = count >> unitShift
    let done = Int(choice.next(below: UInt64(units))) + 1
    let first = choice.next(below: 2) == 0 ? 0 : units - done
    let from = start + first << unitShift
    unsafe (cells + from).update(
      repeating: markByte, count: done << unitShift)
    if weakByteCount != 0 { clearWeakBits(at: from, count: done << unitShift) }
    guard let unitStates = unsafe unitStates else { return }
    for index in (from >> unitShift)..<(from >> unitShift) + done {
      unsafe unitStates[index] = UnitState.afterProgram(unitStates[index])
      if hasCode, choice.next(below: 2) == 0 { setUnreadable(unit: index) }
    }
  }

  /// Erases each programmed bit or keeps it (`kept` in 256), and leaves some weak (`weak` in 256).
  private mutating func erasePartly(
    at start: Int, count: Int, kept: UInt64, weak: UInt64, _ choice: inout SplitMix64
  ) {
    let byteInversion = UInt8(truncatingIfNeeded: inversion)
    let unit = 1 << unitShift
    for unitStart in stride(from: start, to: start + count, by: unit) {
      var residue: UInt8 = 0
      var unstable: UInt8 = 0
      for position in unitStart..<unitStart + unit {
        let old = unsafe cells[position] ^ byteInversion
        let doubtful = weakMask(at: position)
        // What was programmed, or may have been, is what an erase still has to move.
        let programmed = ~old | doubtful
        let stays = kept == 0 ? 0 : ~old & choice.bits(probability: kept)
        let weakBits = programmed & ~stays & choice.bits(probability: weak)
        unsafe cells[position] = ~stays ^ byteInversion
        setWeakMask(weakBits, at: position)
        residue |= stays
        unstable |= weakBits
      }
      settleUnit(at: unitStart, residue: residue, unstable: unstable, &choice)
    }
  }

  /// A unit without residue counts as erased; one with residue keeps its count, and on a part with
  /// ECC its code no longer matches.
  private mutating func settleUnit(
    at start: Int, residue: UInt8, unstable: UInt8, _ choice: inout SplitMix64
  ) {
    guard let unitStates = unsafe unitStates else { return }
    let index = start >> unitShift
    let old = unsafe unitStates[index]
    guard old != 0 else { return }
    if residue == 0 {
      unreadableUnitCount -= Int(old >> 7)
      unsafe unitStates[index] = 0
    } else if hasCode {
      setUnreadable(unit: index)
    }
  }
}
