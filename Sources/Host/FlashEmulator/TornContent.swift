internal import NORFlash

/// The content of a run of whole program units, to be changed as a power cut would change it.
///
/// Bits are those of a part that erases to ones, whatever the part does. Words are little-endian,
/// and the bytes behind the last one of the run are erased.
@safe
struct TornContent: ~Copyable {
  /// The address of the first byte.
  let start: Int
  /// The number of bytes.
  let count: Int
  let wordCount: Int
  let unitShift: Int
  let unitCount: Int
  let hasStates: Bool
  let hasCode: Bool
  let unitRule: UnitRule

  /// `wordCount` words for each of the areas below, one behind the other.
  private let words: UnsafeMutablePointer<UInt64>
  /// One `UnitState` for each unit; none on parts without.
  let states: UnsafeMutablePointer<UInt8>

  /// The bits as stored.
  var cells: UnsafeMutablePointer<UInt64> { unsafe words }
  /// The bits that are unstable.
  var weak: UnsafeMutablePointer<UInt64> { unsafe words + wordCount }
  /// The bits as they were stored before.
  var old: UnsafeMutablePointer<UInt64> { unsafe words + 2 * wordCount }
  /// What a program asks for; all ones where it asks for nothing.
  var wanted: UnsafeMutablePointer<UInt64> { unsafe words + 3 * wordCount }
  /// The bits that the operation would have changed.
  var pending: UnsafeMutablePointer<UInt64> { unsafe words + 4 * wordCount }
  /// The bits that the operation did change, if they were pending.
  var done: UnsafeMutablePointer<UInt64> { unsafe words + 5 * wordCount }
  /// The pending bits that become unstable.
  var unstable: UnsafeMutablePointer<UInt64> { unsafe words + 6 * wordCount }

  private static let areas = 7

  /// Copies the content of `count` bytes from `start`, which are whole units.
  init(of flash: borrowing EmulatedFlash, at start: Int, count: Int) {
    self.start = start
    self.count = count
    wordCount = (count + 7) >> 3
    unitShift = flash.unitShift
    unitCount = count >> flash.unitShift
    hasStates = unsafe flash.unitStates != nil
    hasCode = flash.hasCode
    unitRule = flash.unitRule
    let all = UnsafeMutablePointer<UInt64>.allocate(capacity: wordCount * Self.areas)
    unsafe all.initialize(repeating: 0, count: wordCount * Self.areas)
    unsafe words = all
    let stateCount = hasStates ? unitCount : 0
    let units = UnsafeMutablePointer<UInt8>.allocate(capacity: stateCount)
    unsafe units.initialize(repeating: 0, count: stateCount)
    unsafe states = units
    load(from: flash)
  }

  deinit {
    unsafe words.deallocate()
    unsafe states.deallocate()
  }

  private func load(from flash: borrowing EmulatedFlash) {
    let cells = unsafe cells
    let weak = unsafe weak
    if wordCount > 0 { unsafe cells[wordCount - 1] = ~flash.inversion }
    unsafe UnsafeMutableRawPointer(cells).copyMemory(from: flash.cells + start, byteCount: count)
    if flash.weakByteCount != 0, let masks = unsafe flash.weakMasks {
      unsafe UnsafeMutableRawPointer(weak).copyMemory(from: masks + start, byteCount: count)
    }
    for index in 0..<wordCount {
      unsafe cells[index] = UInt64(littleEndian: cells[index]) ^ flash.inversion
      unsafe weak[index] = UInt64(littleEndian: weak[index])
      unsafe old[index] = cells[index]
      unsafe wanted[index] = .max
    }
    if let unitStates = unsafe flash.unitStates {
      unsafe states.update(from: unitStates + start >> unitShift, count: unitCount)
    }
  }

  // MARK: Bytes, units and bits

  /// The bits of the bytes in `bytes`, as far as they lie in the word at `index`.
  static func mask(of bytes: Range<Int>, inWord index: Int) -> UInt64 {
    let first = max(bytes.lowerBound - index << 3, 0)
    let end = min(bytes.upperBound - index << 3, 8)
    guard first < end else { return 0 }
    let width = UInt64(end - first) << 3
    let ones: UInt64 = width == 64 ? .max : (1 << width) - 1
    return ones << (UInt64(first) << 3)
  }

  /// The bits of a word that belong to the run.
  func inside(word index: Int) -> UInt64 { Self.mask(of: 0..<count, inWord: index) }

  /// The bytes of the unit with the given number, counted from the start of the run.
  func bytes(ofUnit index: Int) -> Range<Int> {
    index << unitShift..<(index + 1) << unitShift
  }

  /// The words that hold the bytes of a range.
  static func words(of bytes: Range<Int>) -> Range<Int> {
    bytes.lowerBound >> 3..<(bytes.upperBound + 7) >> 3
  }

  /// Sets the bits of `bytes` in an area.
  func fill(_ area: UnsafeMutablePointer<UInt64>, _ bytes: Range<Int>) {
    for index in Self.words(of: bytes) {
      unsafe area[index] |= Self.mask(of: bytes, inWord: index)
    }
  }

  /// Clears the bits of `bytes` in an area.
  func clear(_ area: UnsafeMutablePointer<UInt64>, _ bytes: Range<Int>) {
    for index in Self.words(of: bytes) {
      unsafe area[index] &= ~Self.mask(of: bytes, inWord: index)
    }
  }

  /// Whether an area has a bit in `bytes`.
  func hasBits(_ area: UnsafeMutablePointer<UInt64>, in bytes: Range<Int>) -> Bool {
    for index in Self.words(of: bytes)
    where unsafe area[index] & Self.mask(of: bytes, inWord: index) != 0 { return true }
    return false
  }

  /// Whether an area has every bit in `bytes`.
  func isFull(_ area: UnsafeMutablePointer<UInt64>, in bytes: Range<Int>) -> Bool {
    for index in Self.words(of: bytes) {
      let mask = Self.mask(of: bytes, inWord: index)
      if unsafe area[index] & mask != mask { return false }
    }
    return true
  }

  /// Random bits, each set with a probability of `eighths` in 8.
  static func randomBits(eighths: UInt32, _ generator: inout SplitMix64) -> UInt64 {
    if eighths >= 8 { return .max }
    let draws = (generator.next(), generator.next(), generator.next())
    // Binary fractions: from the lowest digit on, a 1 is "or", a 0 is "and".
    var bits: UInt64 = 0
    bits = eighths & 1 == 0 ? bits & draws.0 : bits | draws.0
    bits = eighths & 2 == 0 ? bits & draws.1 : bits | draws.1
    bits = eighths & 4 == 0 ? bits & draws.2 : bits | draws.2
    return bits
  }

  /// A number that differs if the content does, or the run.
  ///
  /// Multiplication by an odd constant and a shift, word by word: fast, and good enough to tell a
  /// few dozen contents of one operation apart.
  func digest() -> UInt64 {
    var digest = UInt64(start) << 32 | UInt64(count)
    for index in 0..<wordCount {
      var word = unsafe cells[index] ^ (weak[index] &* 0x9E37_79B9_7F4A_7C15)
      if index == wordCount - 1 {
        let mask = inside(word: index)
        word = unsafe (cells[index] & mask) ^ ((weak[index] & mask) &* 0x9E37_79B9_7F4A_7C15)
      }
      digest = (digest ^ word) &* 0xD6E8_FEB8_6659_FD93
      digest ^= digest >> 32
    }
    guard hasStates else { return digest }
    for index in 0..<unitCount {
      digest = unsafe (digest ^ UInt64(states[index])) &* 0xD6E8_FEB8_6659_FD93
      digest ^= digest >> 32
    }
    return digest
  }
}
