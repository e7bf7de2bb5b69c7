internal import NORFlash

extension TornContent {
  /// Sets what a program of `bytes` at `address` asks for.
  mutating func ask(at address: Int, _ bytes: Span<UInt8>, inversion: UInt64) {
    let wanted = unsafe wanted
    for index in 0..<wordCount { unsafe wanted[index] = ~inversion }
    unsafe bytes.withUnsafeBytes { source in
      guard let base = source.baseAddress else { return }
      unsafe (UnsafeMutableRawPointer(wanted) + (address - start)).copyMemory(
        from: base, byteCount: source.count)
    }
    for index in 0..<wordCount {
      unsafe wanted[index] = UInt64(littleEndian: wanted[index]) ^ inversion
      unsafe pending[index] = (cells[index] | weak[index]) & ~wanted[index]
    }
  }

  /// Whether a complete program changes the unit; on a part that counts programs every one does.
  func isChanging(unit index: Int) -> Bool {
    if hasStates, unsafe states[index] & UnitState.countMask != UnitState.countMask { return true }
    return unsafe hasBits(pending, in: bytes(ofUnit: index))
  }

  /// Whether the program asks for a bit of the unit; where units count programs it always does.
  func isAsked(unit index: Int) -> Bool {
    unsafe hasStates || !isFull(wanted, in: bytes(ofUnit: index))
  }

  /// The number of bits that the program asks for.
  var askedCount: Int {
    var bits = 0
    for index in 0..<wordCount { bits += unsafe (~wanted[index]).nonzeroBitCount }
    return bits
  }

  /// The number of bits that the program would change.
  var pendingCount: Int {
    var bits = 0
    for index in 0..<wordCount { bits += unsafe pending[index].nonzeroBitCount }
    return bits
  }

  /// Leaves the program of `units` as a cut would.
  mutating func program(_ outcome: CutOutcome, units: Range<Int>) {
    let parameter = Int(outcome.parameter)
    let range = units.lowerBound << unitShift..<units.upperBound << unitShift
    switch outcome.fault {
    case .after, .warmReset:
      unsafe fill(done, range)
    case .prefix:
      let end = units.lowerBound + min(parameter, units.count)
      unsafe fill(done, range.lowerBound..<end << unitShift)
    case .suffix:
      let first = units.upperBound - min(parameter, units.count)
      unsafe fill(done, first << unitShift..<range.upperBound)
    case .unitSubset:
      chooseUnits(outcome.parameter, of: units)
    case .bitSubset:
      chooseBits(BitPattern(number: outcome.parameter))
    case .looksComplete:
      unsafe fill(done, range)
      chooseUnstable(outcome.parameter)
    case .looksUntouched:
      chooseUnstable(outcome.parameter)
    case .pageCollateral:
      spoilPage(outcome.parameter, units: range)
    case .sectorDisturb:
      unsafe fill(done, range)
    case .eccTear:
      let torn = units.lowerBound + min(parameter, units.count - 1)
      unsafe fill(done, range.lowerBound..<torn << unitShift)
      settleProgram(units: units, torn: torn)
      return
    case .indeterminate:
      return spoil(outcome.parameter, in: range, of: .program)
    default:
      return
    }
    settleProgram(units: units, torn: nil)
  }

  // Patterns go by what the program asks for, not by what is left to change: so a program that is
  // repeated and torn again leaves one of few contents, and a search of repeated cuts ends.

  private func chooseUnits(_ pattern: UInt32, of units: Range<Int>) {
    var generator = SplitMix64(seed: UInt64(pattern))
    var rank = 0
    for unit in units where isAsked(unit: unit) {
      let isDone: Bool
      switch pattern {
      case 0: isDone = rank & 1 == 0
      case 1: isDone = rank & 1 == 1
      default: isDone = generator.next() >> 63 == 0
      }
      if isDone { unsafe fill(done, bytes(ofUnit: unit)) }
      rank += 1
    }
  }

  private func chooseBits(_ pattern: BitPattern) {
    if case .random(let seed) = pattern {
      var generator = SplitMix64(seed: UInt64(seed))
      for index in 0..<wordCount { unsafe done[index] = generator.next() }
      return
    }
    let last = askedCount - 1
    var rank = 0
    for index in 0..<wordCount {
      var left = unsafe ~wanted[index]
      while left != 0 {
        let bit = left & (0 &- left)
        left ^= bit
        if pattern.includes(rank: rank, last: last) { unsafe done[index] |= bit }
        rank += 1
      }
    }
  }

  /// Makes all pending bits unstable, or those that a seed chooses.
  private func chooseUnstable(_ seed: UInt32) {
    var generator = SplitMix64(seed: UInt64(seed))
    for index in 0..<wordCount {
      unsafe unstable[index] = seed == 0 ? .max : generator.next()
    }
  }

  /// Lets a cut spoil all of the page, inside `bytes` and around it.
  private func spoilPage(_ pattern: UInt32, units bytes: Range<Int>) {
    var generator = SplitMix64(seed: UInt64(pattern))
    unsafe fill(done, bytes)
    for index in 0..<wordCount {
      let programmable = unsafe (cells[index] | weak[index]) & inside(word: index)
      switch pattern {
      case 0:
        unsafe done[index] = .max
        unsafe pending[index] = programmable
      case 1:
        unsafe unstable[index] = .max
        unsafe done[index] &= pending[index]
        unsafe pending[index] = programmable
      default:
        let spoilt = generator.next() & generator.next()
        unsafe done[index] = (done[index] & pending[index] & ~spoilt) | spoilt
        unsafe pending[index] = programmable
      }
    }
  }

  /// Clears bits of the run outside `range`, which is a page.
  mutating func disturb(_ parameter: UInt32, outside range: Range<Int>) {
    var generator = SplitMix64(seed: UInt64(parameter))
    for index in 0..<wordCount {
      var hit = generator.next() & generator.next() & generator.next() & generator.next()
      if parameter & 1 == 0 { hit &= generator.next() & generator.next() & generator.next() }
      hit &= ~Self.mask(of: range, inWord: index)
      unsafe pending[index] = hit & (cells[index] | weak[index]) & inside(word: index)
      unsafe done[index] = hit
      unsafe unstable[index] = 0
    }
    settleProgram(units: 0..<0, torn: nil)
  }

  /// Moves the bits, and updates what the units know; units outside `units` are bystanders.
  private mutating func settleProgram(units: Range<Int>, torn: Int?) {
    if hasStates {
      for unit in 0..<unitCount {
        settle(unit: unit, isBystander: !units.contains(unit), isTorn: unit == torn)
      }
    }
    for index in 0..<wordCount {
      let moved = unsafe pending[index] & done[index]
      unsafe cells[index] &= ~moved
      unsafe weak[index] = (weak[index] & ~moved) | (pending[index] & unstable[index])
    }
  }

  private mutating func settle(unit index: Int, isBystander: Bool, isTorn: Bool) {
    let bytes = bytes(ofUnit: index)
    var isComplete = true
    var isTouched = isTorn
    var isUnstable = true
    var isPending = false
    for word in Self.words(of: bytes) {
      let mask = Self.mask(of: bytes, inWord: word)
      let open = unsafe pending[word] & mask
      let reached = unsafe (done[word] | unstable[word]) & mask
      if unsafe open & (~done[word] | unstable[word]) != 0 { isComplete = false }
      if open & reached != 0 { isTouched = true }
      if unsafe open & ~unstable[word] != 0 { isUnstable = false }
      if open != 0 { isPending = true }
    }
    // A program of erased bytes moves no bit, but the unit has been programmed.
    if !isPending, !isBystander { isTouched = unsafe isTorn || isFull(done, in: bytes) }
    guard isTouched else { return }
    let before = unsafe states[index]
    // A bystander was not programmed, but it is not erased any more either.
    var after = isBystander ? max(before, 1) : UnitState.afterProgram(before)
    if hasCode {
      let isMark = unsafe !isBystander && isComplete && !hasBits(wanted, in: bytes)
      if before != 0 { after |= UnitState.unreadable }
      if unitRule == .onceOrMark, isMark { after &= ~UnitState.unreadable }
      let isTwoWords = isPending && isUnstable && before == 0
      if isTorn || isBystander || !(isComplete || isTwoWords) { after |= UnitState.unreadable }
      if after & UnitState.unreadable != 0, !isComplete || isTorn || isBystander {
        finishUnreadable(bytes)
      }
    }
    unsafe states[index] = after
  }

  /// Gives a unit that cannot be read one content: what it would hold if the program were complete.
  private func finishUnreadable(_ bytes: Range<Int>) {
    for word in Self.words(of: bytes) {
      let mask = Self.mask(of: bytes, inWord: word)
      unsafe pending[word] &= ~mask
      unsafe cells[word] &= wanted[word] | ~mask
      unsafe weak[word] &= ~mask
    }
  }
}

extension BitPattern {
  /// Whether the bit with the given rank changes, where `last` is that of the last one.
  fileprivate func includes(rank: Int, last: Int) -> Bool {
    switch self {
    case .first: rank == 0
    case .last: rank == last
    case .allButFirst: rank != 0
    case .allButLast: rank != last
    case .alternating: rank & 1 == 0
    case .otherAlternating: rank & 1 == 1
    case .firstHalf: rank <= last / 2
    case .lastHalf: rank > last / 2
    case .random: false
    }
  }
}
