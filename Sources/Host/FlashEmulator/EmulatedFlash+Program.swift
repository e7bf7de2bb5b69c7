internal import NORFlash

extension EmulatedFlash {
  /// Combines `count` bytes of `source` with the cells and updates what the units know.
  ///
  /// - Precondition: Range and alignment are checked.
  mutating func applyProgram(at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int) {
    if undo.isRecording { saveForUndo(at: start, count: count) }
    if let unitStates = unsafe unitStates {
      unsafe updateUnits(unitStates, at: start, source, count)
    }
    unsafe combine(at: start, source, count)
    if weakByteCount != 0 { unsafe firmWeakBits(at: start, source, count) }
  }

  /// Moves bits away from the erased value: AND, or OR on a part that erases to zeros.
  private func combine(at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int) {
    let target = unsafe UnsafeMutableRawPointer(cells + start)
    let from = unsafe UnsafeRawPointer(source)
    let inversion = inversion
    var offset = 0
    while offset + 8 <= count {
      let old = unsafe target.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let new = unsafe from.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let result = ((old ^ inversion) & (new ^ inversion)) ^ inversion
      unsafe target.storeBytes(of: result, toByteOffset: offset, as: UInt64.self)
      offset += 8
    }
    let byteInversion = UInt8(truncatingIfNeeded: inversion)
    while offset < count {
      let old = unsafe cells[start + offset] ^ byteInversion
      unsafe cells[start + offset] = (old & (source[offset] ^ byteInversion)) ^ byteInversion
      offset += 1
    }
  }

  /// Checks the whole call against the rewrite rule of the part.
  func checkRules(
    at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int
  ) throws(FlashError) {
    guard let unitStates = unsafe unitStates else {
      return try unsafe checkBits(at: start, source, count)
    }
    let unit = 1 << unitShift
    for offset in stride(from: 0, to: count, by: unit) {
      let programs = unsafe unitStates[(start + offset) >> unitShift] & UnitState.countMask
      let address = UInt32(start + offset)
      switch geometry.rewriteRule {
      case .anyBit:
        try unsafe checkBits(at: start + offset, source + offset, unit)
      case .once:
        guard programs == 0 else { throw .notErased(address: address) }
      case .onceThenAllProgrammed:
        let mark = geometry.erased.programmedByte
        guard unsafe programs == 0 || isFilled(source + offset, unit, with: mark) else {
          throw .notErased(address: address)
        }
      case .times(let limit):
        guard programs < limit else { throw .rewriteLimit(address: address, limit: UInt32(limit)) }
        try unsafe checkBits(at: start + offset, source + offset, unit)
      }
    }
  }

  /// Checks that no bit is asked to return to the erased value; weak bits are in doubt and pass.
  private func checkBits(
    at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int
  ) throws(FlashError) {
    let target = unsafe UnsafeRawPointer(cells + start)
    let from = unsafe UnsafeRawPointer(source)
    let inversion = inversion
    var illegal: UInt64 = 0
    var offset = 0
    while offset + 8 <= count {
      let old = unsafe target.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let new = unsafe from.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      illegal |= (new ^ inversion) & ~(old ^ inversion)
      offset += 8
    }
    let byteInversion = UInt8(truncatingIfNeeded: inversion)
    while offset < count {
      let old = unsafe cells[start + offset] ^ byteInversion
      illegal |= UInt64(unsafe (source[offset] ^ byteInversion) & ~old)
      offset += 1
    }
    guard illegal == 0 else { return try unsafe findIllegalBit(at: start, source, count) }
  }

  /// Finds the first byte with an illegal bit that is not weak.
  private func findIllegalBit(
    at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int
  ) throws(FlashError) {
    let byteInversion = UInt8(truncatingIfNeeded: inversion)
    for offset in 0..<count {
      let old = unsafe cells[start + offset] ^ byteInversion
      let weak = unsafe weakMasks?[start + offset] ?? 0
      guard unsafe (source[offset] ^ byteInversion) & ~old & ~weak == 0 else {
        throw .wouldRestoreErasedBit(address: UInt32(start + offset))
      }
    }
  }

  /// Counts the program in each unit, and breaks the code of units that were programmed before.
  ///
  /// A program with erased bytes counts: the part writes the code of all-ones data, which is not
  /// the erased code.
  private mutating func updateUnits(
    _ unitStates: UnsafeMutablePointer<UInt8>, at start: Int, _ source: UnsafePointer<UInt8>,
    _ count: Int
  ) {
    let unit = 1 << unitShift
    let hasCode = part.eccUnit > 0
    let rule = geometry.rewriteRule
    for offset in stride(from: 0, to: count, by: unit) {
      let index = (start + offset) >> unitShift
      let old = unsafe unitStates[index]
      var new = UnitState.afterProgram(old)
      if hasCode, old != 0 {
        let mark = geometry.erased.programmedByte
        if rule == .onceThenAllProgrammed, unsafe isFilled(source + offset, unit, with: mark) {
          new &= ~UnitState.unreadable
        } else {
          new |= UnitState.unreadable
        }
        unreadableUnitCount += Int(new >> 7) - Int(old >> 7)
      }
      unsafe unitStates[index] = new
    }
  }

  /// Whether `count` bytes all have the given value.
  func isFilled(_ bytes: UnsafePointer<UInt8>, _ count: Int, with value: UInt8) -> Bool {
    for offset in 0..<count where unsafe bytes[offset] != value { return false }
    return true
  }
}
