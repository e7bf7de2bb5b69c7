internal import NORFlash

// Functions of the hot path are `mutating` even where they change nothing: calling a borrowing one
// from a mutating one copies the whole structure each time.

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
  private mutating func combine(at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int) {
    let target = unsafe UnsafeMutableRawPointer(cells + start)
    let from = unsafe UnsafeRawPointer(source)
    let inversion = inversion
    for word in 0..<(count &>> 3) {
      let offset = word &<< 3
      let old = unsafe target.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let new = unsafe from.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let result = ((old ^ inversion) & (new ^ inversion)) ^ inversion
      unsafe target.storeBytes(of: result, toByteOffset: offset, as: UInt64.self)
    }
    let byteInversion = UInt8(truncatingIfNeeded: inversion)
    for offset in (count & ~7)..<count {
      let old = unsafe cells[start &+ offset] ^ byteInversion
      unsafe cells[start &+ offset] = (old & (source[offset] ^ byteInversion)) ^ byteInversion
    }
  }

  /// Checks the whole call against the rewrite rule of the part.
  mutating func checkRules(
    at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int
  ) throws(FlashError) {
    guard let unitStates = unsafe unitStates else {
      return try unsafe checkBits(at: start, source, count)
    }
    let units = unsafe unitStates + start >> unitShift
    let unit = 1 << unitShift
    for index in 0..<(count >> unitShift) {
      let programs = unsafe units[index] & UnitState.countMask
      guard programs > 0 else { continue }
      let address = UInt32(start + index << unitShift)
      switch unitRule {
      case .free:
        break
      case .once:
        throw .notErased(address: address)
      case .onceOrMark:
        guard unsafe isFilled(source + index << unitShift, unit, with: markByte) else {
          throw .notErased(address: address)
        }
      case .counted:
        guard programs < rewriteLimit else {
          throw .rewriteLimit(address: address, limit: UInt32(rewriteLimit))
        }
      }
    }
    if unitRule == .counted || unitRule == .free {
      try unsafe checkBits(at: start, source, count)
    }
  }

  /// Checks that no bit is asked to return to the erased value; weak bits are in doubt and pass.
  private mutating func checkBits(
    at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int
  ) throws(FlashError) {
    let target = unsafe UnsafeRawPointer(cells + start)
    let from = unsafe UnsafeRawPointer(source)
    let inversion = inversion
    var illegal: UInt64 = 0
    for word in 0..<(count &>> 3) {
      let offset = word &<< 3
      let old = unsafe target.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let new = unsafe from.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      illegal |= (new ^ inversion) & ~(old ^ inversion)
    }
    let byteInversion = UInt8(truncatingIfNeeded: inversion)
    for offset in (count & ~7)..<count {
      let old = unsafe cells[start &+ offset] ^ byteInversion
      illegal |= UInt64(unsafe (source[offset] ^ byteInversion) & ~old)
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
    let units = unsafe unitStates + start >> unitShift
    let unit = 1 << unitShift
    for index in 0..<(count >> unitShift) {
      let old = unsafe units[index]
      var new = UnitState.afterProgram(old)
      if hasCode, old != 0 {
        let isMark = unsafe isFilled(source + index << unitShift, unit, with: markByte)
        if unitRule == .onceOrMark, isMark {
          new &= ~UnitState.unreadable
        } else {
          new |= UnitState.unreadable
        }
        unreadableUnitCount += Int(new >> 7) - Int(old >> 7)
      }
      unsafe units[index] = new
    }
  }

  /// Whether `count` bytes all have the given value.
  func isFilled(_ bytes: UnsafePointer<UInt8>, _ count: Int, with value: UInt8) -> Bool {
    for offset in 0..<count where unsafe bytes[offset] != value { return false }
    return true
  }
}
