internal import NORFlash

extension EmulatedFlash {
  /// The weak bits of a byte.
  func weakMask(at position: Int) -> UInt8 {
    unsafe weakMasks?[position] ?? 0
  }

  /// Replaces the weak bits of a byte.
  mutating func setWeakMask(_ mask: UInt8, at position: Int) {
    if unsafe weakMasks == nil {
      guard mask != 0 else { return }
      allocateWeakMasks()
    }
    guard let masks = unsafe weakMasks else { return }
    if unsafe masks[position] != mask { forgetReads(at: position, count: 1) }
    weakByteCount += (mask == 0 ? 0 : 1) - (unsafe masks[position] == 0 ? 0 : 1)
    unsafe masks[position] = mask
  }

  /// Makes room for weak bits, if there is none yet.
  mutating func allocateWeakMasks() {
    guard unsafe weakMasks == nil else { return }
    let masks = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(size))
    unsafe masks.initialize(repeating: 0, count: Int(size))
    unsafe weakMasks = masks
  }

  /// Makes all bits of a range firm.
  mutating func clearWeakBits(at start: Int, count: Int) {
    guard let masks = unsafe weakMasks else { return }
    forgetReads(at: start, count: count)
    weakByteCount -= weakBytes(at: start, count: count)
    unsafe (masks + start).update(repeating: 0, count: count)
  }

  /// Makes the bits firm that were just programmed away from the erased value.
  mutating func firmWeakBits(at start: Int, _ source: UnsafePointer<UInt8>, _ count: Int) {
    guard let masks = unsafe weakMasks, hasWeakBits(at: start, count: count) else { return }
    let byteInversion = UInt8(truncatingIfNeeded: inversion)
    for offset in 0..<count where unsafe masks[start + offset] != 0 {
      let untouched = unsafe source[offset] ^ byteInversion
      setWeakMask(unsafe masks[start + offset] & untouched, at: start + offset)
    }
  }

  /// The number of bytes with weak bits in a range.
  func weakBytes(at start: Int, count: Int) -> Int {
    guard let masks = unsafe weakMasks, hasWeakBits(at: start, count: count) else { return 0 }
    var bytes = 0
    for position in start..<start + count { bytes += unsafe masks[position] == 0 ? 0 : 1 }
    return bytes
  }

  /// Whether a range has weak bits.
  func hasWeakBits(at start: Int, count: Int) -> Bool {
    guard let masks = unsafe weakMasks else { return false }
    let bytes = unsafe UnsafeRawPointer(masks + start)
    var all: UInt64 = 0
    for word in 0..<(count &>> 3) {
      all |= unsafe bytes.loadUnaligned(fromByteOffset: word &<< 3, as: UInt64.self)
    }
    for offset in (count & ~7)..<count { all |= UInt64(unsafe masks[start &+ offset]) }
    return all != 0
  }

  /// Lets weak bits and unreadable units show in bytes that were just read.
  mutating func disturbRead(
    at start: Int, count: Int, _ buffer: UnsafeMutablePointer<UInt8>
  ) throws(FlashError) {
    if unreadableUnitCount != 0, let unitStates = unsafe unitStates {
      for index in (start >> unitShift)...((start + count - 1) >> unitShift)
      where unsafe unitStates[index] & UnitState.unreadable != 0 {
        recordIndeterminateRead(at: index << unitShift)
        throw unreadable(at: index << unitShift)
      }
    }
    if readChanges != 0 { unsafe obscureErasedUnits(at: start, count: count, buffer) }
    if weakByteCount != 0 { try unsafe disturbWeakRead(at: start, count: count, buffer) }
    if !conditions.readDefects.isEmpty {
      try unsafe spoilRead(at: start, count: count, buffer)
    }
  }

  /// Lets weak bits show in bytes that were just read.
  private mutating func disturbWeakRead(
    at start: Int, count: Int, _ buffer: UnsafeMutablePointer<UInt8>
  ) throws(FlashError) {
    guard weakByteCount != 0, let masks = unsafe weakMasks else { return }
    let units = wholeUnits(at: start, count: count)
    guard hasWeakBits(at: units.lowerBound, count: units.count) else { return }
    recordIndeterminateRead(at: firstWeakByte(in: units))
    switch weakBitReading {
    case .independent, .correlated:
      break
    case .chosen(let hold):
      return try unsafe readChosen(at: start, count: count, buffer, hold)
    case .flipsAfter(let reads):
      return try unsafe readFlipping(at: start, count: count, buffer, after: reads)
    }
    if hasCode {
      return try unsafe disturbCodedRead(at: start, count: count, buffer, masks)
    }
    let coin: UInt8 = weakBitReading == .correlated && random.next() & 1 == 0 ? 0 : 0xFF
    for offset in 0..<count {
      let mask = unsafe masks[start + offset]
      guard mask != 0 else { continue }
      let draw =
        weakBitReading == .correlated ? coin : UInt8(truncatingIfNeeded: random.next())
      unsafe buffer[offset] = (buffer[offset] & ~mask) | (draw & mask)
    }
  }

  /// A unit with ECC and weak bits reads as one of its two words, or not at all.
  private mutating func disturbCodedRead(
    at start: Int, count: Int, _ buffer: UnsafeMutablePointer<UInt8>,
    _ masks: UnsafeMutablePointer<UInt8>
  ) throws(FlashError) {
    let unit = 1 << unitShift
    let common = random.next(below: 3)
    for index in (start >> unitShift)...((start + count - 1) >> unitShift) {
      let unitStart = index << unitShift
      guard hasWeakBits(at: unitStart, count: unit) else { continue }
      let outcome = weakBitReading == .correlated ? common : random.next(below: 3)
      if outcome == 0 { throw unreadable(at: unitStart) }
      guard outcome == 2 else { continue }
      let from = max(start, unitStart)
      let end = min(start + count, unitStart + unit)
      for position in from..<end { unsafe buffer[position - start] ^= masks[position] }
    }
  }
}
