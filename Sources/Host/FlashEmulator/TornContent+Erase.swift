internal import NORFlash

extension TornContent {
  /// Leaves the erase of the whole run as a cut would.
  mutating func erase(_ outcome: CutOutcome) {
    switch outcome.fault {
    case .after, .warmReset:
      mix { _, _ in (.max, .max) }
    case .preProgrammed:
      preProgram(quarters: Int(outcome.parameter >> 1), fromStart: outcome.parameter & 1 == 1)
    case .eraseMix:
      mix(MixPattern(number: outcome.parameter))
    case .looksErased:
      looksErased(outcome.parameter)
    case .eccTear:
      return tearCodes(UnreadableBlockPart(rawValue: outcome.parameter) ?? .all)
    case .indeterminate:
      return spoil(outcome.parameter, in: 0..<count, of: .erase)
    default:
      return
    }
    settleErase(torn: 0..<0)
  }

  /// The bytes of the first or last units that make up a share of the run.
  private func share(_ numerator: Int, of denominator: Int, fromStart: Bool) -> Range<Int> {
    let units = unitCount * min(numerator, denominator) / denominator
    let bytes = units << unitShift
    return fromStart ? 0..<bytes : count - bytes..<count
  }

  private func preProgram(quarters: Int, fromStart: Bool) {
    let bytes = share(quarters, of: 4, fromStart: fromStart)
    unsafe clear(cells, bytes)
    unsafe clear(weak, bytes)
  }

  /// Erases some bits of each word and replaces the others.
  ///
  /// `choice` says, for a word of old cells and its index, which bits are erased, and what the others
  /// hold. A bit that holds old data stays unstable if it was.
  private func mix(_ choice: (UInt64, Int) -> (erased: UInt64, rest: UInt64)) {
    for index in 0..<wordCount {
      let (erased, rest) = unsafe choice(cells[index], index)
      let keepsOld = unsafe ~(rest ^ cells[index]) & ~erased
      unsafe cells[index] = (rest & ~erased) | erased
      unsafe weak[index] &= keepsOld
      unsafe done[index] = erased
    }
  }

  private func mix(_ pattern: MixPattern) {
    let firstHalf = share(1, of: 2, fromStart: true)
    let lastHalf = firstHalf.upperBound..<count
    switch pattern {
    case .firstHalf:
      mix { old, index in (Self.mask(of: firstHalf, inWord: index), old) }
    case .lastHalf:
      mix { old, index in (Self.mask(of: lastHalf, inWord: index), old) }
    case .firstHalfOfProgrammed:
      mix { _, index in (Self.mask(of: firstHalf, inWord: index), 0) }
    case .lastHalfOfProgrammed:
      mix { _, index in (Self.mask(of: lastHalf, inWord: index), 0) }
    case .evenUnits:
      mix { old, index in (evenUnits(inWord: index), old) }
    case .oddUnits:
      mix { old, index in (~evenUnits(inWord: index), old) }
    case .evenBits:
      mix { old, _ in (0x5555_5555_5555_5555, old) }
    case .oddBits:
      mix { old, _ in (0xAAAA_AAAA_AAAA_AAAA, old) }
    case .evenUnitsOfProgrammed:
      mix { _, index in (evenUnits(inWord: index), 0) }
    case .residueOfData(let eighths, let seed):
      var generator = SplitMix64(seed: UInt64(seed))
      mix { old, _ in (~Self.randomBits(eighths: eighths, &generator), old) }
    case .residueOfProgrammed(let eighths, let seed):
      var generator = SplitMix64(seed: UInt64(seed))
      mix { _, _ in (~Self.randomBits(eighths: eighths, &generator), 0) }
    }
  }

  /// The bits of the units with even numbers in a word.
  private func evenUnits(inWord index: Int) -> UInt64 {
    switch unitShift {
    case 0: 0x00FF_00FF_00FF_00FF
    case 1: 0x0000_FFFF_0000_FFFF
    case 2: 0x0000_0000_FFFF_FFFF
    default: (index >> (unitShift - 3)) & 1 == 0 ? .max : 0
    }
  }

  /// Erases everything to the eye: with bits unstable that held data (pattern 0), all bits unstable
  /// (1), or a sixteenth of them.
  private func looksErased(_ pattern: UInt32) {
    var generator = SplitMix64(seed: UInt64(pattern))
    for index in 0..<wordCount {
      let doubtful: UInt64
      switch pattern {
      case 0: doubtful = unsafe ~cells[index] | weak[index]
      case 1: doubtful = .max
      default:
        doubtful = generator.next() & generator.next() & generator.next() & generator.next()
      }
      unsafe cells[index] = .max
      unsafe done[index] = .max
      unsafe weak[index] = doubtful & inside(word: index)
    }
  }

  private mutating func tearCodes(_ part: UnreadableBlockPart) {
    guard hasCode else { return }
    let firstHalf = share(1, of: 2, fromStart: true)
    switch part {
    case .all:
      settleErase(torn: 0..<unitCount)
    case .firstHalf:
      settleErase(torn: 0..<firstHalf.upperBound >> unitShift)
    case .lastHalf:
      mix { old, index in (Self.mask(of: firstHalf, inWord: index), old) }
      settleErase(torn: firstHalf.upperBound >> unitShift..<unitCount)
    case .evenUnits:
      for unit in stride(from: 0, to: unitCount, by: 2) { makeUnreadable(unit: unit) }
    }
  }

  /// Makes every bit of a range unstable, with one of several contents.
  func spoil(_ pattern: UInt32, in bytes: Range<Int>, of kind: FlashOperation.Kind) {
    var generator = SplitMix64(seed: UInt64(pattern))
    for index in Self.words(of: bytes) {
      let mask = Self.mask(of: bytes, inWord: index)
      let content: UInt64
      switch pattern {
      case 0: content = unsafe old[index]
      case 1: content = unsafe kind == .erase ? .max : old[index] & wanted[index]
      case 2: content = 0
      case 3: content = .max
      default: content = generator.next()
      }
      unsafe cells[index] = (content & mask) | (cells[index] & ~mask)
      unsafe weak[index] |= mask
    }
    guard hasStates else { return }
    for unit in bytes.lowerBound >> unitShift..<bytes.upperBound >> unitShift {
      let before = unsafe states[unit] & ~UnitState.unreadable
      unsafe states[unit] = max(before, 1)
    }
  }

  /// Updates what the units know after bits were erased; those of `torn` are unreadable.
  private mutating func settleErase(torn: Range<Int>) {
    guard hasStates else { return }
    for unit in 0..<unitCount {
      if torn.contains(unit) {
        makeUnreadable(unit: unit)
        continue
      }
      let bytes = bytes(ofUnit: unit)
      if unsafe isFull(cells, in: bytes) {
        // A unit that was programmed with erased data is erased only if the erase got there.
        if unsafe !isFull(old, in: bytes) || isFull(done, in: bytes) { unsafe states[unit] = 0 }
      } else if unsafe !hasBits(cells, in: bytes) {
        if unsafe hasBits(old, in: bytes) {
          // The first phase of an erase is no program that a rule counts.
          unsafe states[unit] = max(states[unit] & UnitState.countMask, 1)
        }
      } else if isChanged(bytes) {
        hasCode ? makeUnreadable(unit: unit) : unsafe (states[unit] = max(states[unit], 1))
      }
    }
  }

  private func isChanged(_ bytes: Range<Int>) -> Bool {
    for word in Self.words(of: bytes) {
      let mask = Self.mask(of: bytes, inWord: word)
      if unsafe (cells[word] ^ old[word]) & mask != 0 { return true }
    }
    return false
  }

  /// Breaks the code of a unit; what it holds no longer matters and becomes zeros.
  private func makeUnreadable(unit index: Int) {
    let bytes = bytes(ofUnit: index)
    unsafe clear(cells, bytes)
    unsafe clear(weak, bytes)
    let before = unsafe states[index]
    unsafe states[index] = max(before & UnitState.countMask, 1) | UnitState.unreadable
  }
}
