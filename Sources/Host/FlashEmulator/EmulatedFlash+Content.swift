public import NORFlash

/// What a map of the flash shows of an erase block.
public enum FlashBlockState: String, CaseIterable, Codable, Sendable {
  /// Every byte has the erased value, no unit was programmed, no bit is weak.
  case erased
  /// Something is programmed.
  case written
  /// A unit is unreadable, or a bit is weak.
  case bad
}

extension EmulatedFlash {
  /// The cells of a range as they are, without time, statistics, or the effect of weak bits and
  /// unreadable units; works without power.
  ///
  /// - Precondition: The range is inside the flash.
  /// - Complexity: O(`range.count`)
  public func bytes(in range: FlashRange) -> [UInt8] {
    precondition(range.end <= UInt64(size), "the range is outside the flash")
    return unsafe Array(
      UnsafeBufferPointer(start: cells + Int(range.start), count: Int(range.count)))
  }

  /// The weak bits of a range, or nothing if it has none.
  ///
  /// - Precondition: The range is inside the flash.
  /// - Complexity: O(`range.count`)
  package func weakMasks(in range: FlashRange) -> [UInt8] {
    let start = Int(range.start)
    guard weakByteCount != 0, hasWeakBits(at: start, count: Int(range.count)),
      let masks = unsafe weakMasks
    else { return [] }
    return unsafe Array(UnsafeBufferPointer(start: masks + start, count: Int(range.count)))
  }

  /// For each program unit of a range whether it was programmed and can be read; nothing on parts
  /// whose units have no state.
  ///
  /// - Precondition: The range is inside the flash, and consists of whole units.
  /// - Complexity: O(units)
  package func unitStates(in range: FlashRange) -> [UInt8] {
    guard let unitStates = unsafe unitStates else { return [] }
    return unsafe Array(
      UnsafeBufferPointer(
        start: unitStates + Int(range.start) >> unitShift, count: Int(range.count) >> unitShift))
  }

  /// Overwrites cells whatever the rules of NOR flash say, as decay or an attacker would.
  ///
  /// The bytes read back as given: weak bits and ECC errors of the touched units are gone. Units
  /// that are given other than erased bytes count as programmed.
  ///
  /// - Precondition: The range is inside the flash.
  /// - Complexity: O(`bytes.count`)
  public mutating func corrupt(at address: UInt32, bytes: [UInt8]) {
    precondition(UInt64(address) + UInt64(bytes.count) <= UInt64(size), "outside the flash")
    guard !bytes.isEmpty else { return }
    let units = wholeUnits(at: Int(address), count: bytes.count)
    if undo.isRecording { saveForUndo(at: units.lowerBound, count: units.count) }
    if weakByteCount != 0 { clearWeakBits(at: units.lowerBound, count: units.count) }
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      unsafe (cells + Int(address)).update(from: base, count: source.count)
    }
    guard let unitStates = unsafe unitStates else { return }
    for index in (units.lowerBound >> unitShift)..<(units.upperBound >> unitShift) {
      let old = unsafe unitStates[index]
      unreadableUnitCount -= Int(old >> 7)
      let isErased = unsafe isFilled(
        cells + index << unitShift, 1 << unitShift, with: erasedByte)
      let count = old & UnitState.countMask
      unsafe unitStates[index] = isErased ? count : max(count, 1)
    }
  }

  /// Breaks the error-correcting code of every unit that a range touches.
  ///
  /// - Precondition: The range is inside the flash, and the part has ECC.
  public mutating func makeUnreadable(_ range: FlashRange) {
    precondition(hasCode, "a part without ECC has no unreadable units")
    precondition(range.end <= UInt64(size), "the range is outside the flash")
    guard range.count > 0 else { return }
    let units = wholeUnits(at: Int(range.start), count: Int(range.count))
    if undo.isRecording { saveForUndo(at: units.lowerBound, count: units.count) }
    for index in (units.lowerBound >> unitShift)..<(units.upperBound >> unitShift) {
      setUnreadable(unit: index)
    }
  }

  /// Makes the bits of `mask` weak in the byte at `address`.
  ///
  /// - Precondition: The address is inside the flash.
  public mutating func makeWeak(at address: UInt32, mask: UInt8) {
    precondition(address < size, "the address is outside the flash")
    let unit = wholeUnits(at: Int(address), count: 1)
    if undo.isRecording { saveForUndo(at: unit.lowerBound, count: unit.count) }
    setWeakMask(mask, at: Int(address))
  }

  /// The state of each erase block, in address order.
  ///
  /// - Complexity: O(size of the part)
  public func blockStates() -> [FlashBlockState] {
    var states: [FlashBlockState] = []
    states.reserveCapacity(blockCount)
    var position: UInt32 = 0
    while let block = block(containing: position) {
      states.append(blockState(of: block.range))
      guard block.range.end < UInt64(size) else { break }
      position = UInt32(block.range.end)
    }
    return states
  }

  /// The state of the erase block with the given number, counted from the start of the flash.
  ///
  /// - Precondition: There is such a block.
  /// - Complexity: O(size of the block)
  public func blockState(at index: Int) -> FlashBlockState {
    guard let range = geometry.eraseBlock(at: UInt32(index)) else {
      preconditionFailure("the flash has no erase block \(index)")
    }
    return blockState(of: range)
  }

  private func blockState(of range: FlashRange) -> FlashBlockState {
    let start = Int(range.start)
    let count = Int(range.count)
    let firstUnit = start >> unitShift
    let units = count >> unitShift
    if weakByteCount != 0, weakBytes(at: start, count: count) > 0 { return .bad }
    if unreadableUnitCount != 0, unreadableUnits(first: firstUnit, count: units) > 0 { return .bad }
    guard isUniformlyErased(at: start, count: count) else { return .written }
    if let unitStates = unsafe unitStates,
      unsafe !isFilled(unitStates + firstUnit, units, with: 0)
    {
      return .written
    }
    return .erased
  }

  private func isUniformlyErased(at start: Int, count: Int) -> Bool {
    let bytes = unsafe UnsafeRawPointer(cells + start)
    let erased: UInt64 = ~inversion
    var offset = 0
    while offset + 8 <= count {
      let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      guard word == erased else { return false }
      offset += 8
    }
    return unsafe isFilled(cells + start + offset, count - offset, with: erasedByte)
  }

  /// The bytes of all program units that a range touches.
  func wholeUnits(at start: Int, count: Int) -> Range<Int> {
    let unit = 1 << unitShift
    return (start & ~(unit - 1))..<((start + count + unit - 1) & ~(unit - 1))
  }
}
