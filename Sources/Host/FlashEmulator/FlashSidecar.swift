internal import NORFlash

/// What a dump of the bytes of an ``EmulatedFlash`` does not say: wear, unit states, weak bits,
/// time and statistics.
///
/// A Codable value, so that a larger file can hold it as one of its fields. Every number that may
/// exceed 53 bits and is no count is a string, for readers that keep numbers as floating point.
public struct FlashSidecar: Equatable, Codable, Sendable {
  /// The version this code writes and reads.
  public static let currentFormatVersion = 1

  /// Blocks next to each other that were erased equally often.
  public struct WearRun: Equatable, Codable, Sendable {
    /// The number of the first block, counted from the start of the flash.
    public var firstBlock: Int
    /// How many blocks.
    public var blockCount: Int
    /// How often each was erased.
    public var erases: UInt32

    /// Makes a run.
    public init(firstBlock: Int, blockCount: Int, erases: UInt32) {
      self.firstBlock = firstBlock
      self.blockCount = blockCount
      self.erases = erases
    }
  }

  /// Program units next to each other in the same state.
  public struct UnitRun: Equatable, Codable, Sendable {
    /// The number of the first unit, counted from the start of the flash.
    public var firstUnit: Int
    /// How many units.
    public var unitCount: Int
    /// How often each was programmed since its last erase; 127 means that or more.
    public var programs: Int
    /// Whether the error-correcting code does not match.
    public var isUnreadable: Bool

    /// Makes a run.
    public init(firstUnit: Int, unitCount: Int, programs: Int, isUnreadable: Bool) {
      self.firstUnit = firstUnit
      self.unitCount = unitCount
      self.programs = programs
      self.isUnreadable = isUnreadable
    }
  }

  /// Bytes next to each other that have weak bits.
  public struct WeakRun: Equatable, Codable, Sendable {
    /// The address of the first byte.
    public var address: UInt32
    /// The weak bits of each byte, two hexadecimal digits a byte.
    public var masks: String

    /// Makes a run.
    public init(address: UInt32, masks: String) {
      self.address = address
      self.masks = masks
    }
  }

  /// The use of a registered range.
  public struct RangeUse: Equatable, Codable, Sendable {
    /// The name it was registered under.
    public var name: String
    /// The address of the first byte.
    public var start: UInt32
    /// The number of bytes.
    public var count: UInt32
    /// The calls that began inside it.
    public var statistics: FlashStatistics
  }

  /// The layout of this value: ``currentFormatVersion``.
  public var formatVersion: Int
  /// The name of the part.
  public var part: String
  /// The size of the part in bytes.
  public var size: UInt32
  /// Erase counts; blocks that are not listed were never erased.
  public var wear: [WearRun]
  /// Unit states; units that are not listed are erased, and some parts have none.
  public var units: [UnitRun]
  /// Weak bits; bytes that are not listed have none.
  public var weakBits: [WeakRun]
  /// The state of the generator that decides weak reads, as hexadecimal digits.
  public var randomState: String
  /// Operations so far.
  public var operationCount: UInt64
  /// Time so far, in nanoseconds.
  public var elapsedTime: FlashElapsedTime
  /// The longest erase command so far.
  public var longestErase: LongestOperation?
  /// The use of the whole flash.
  public var statistics: FlashStatistics
  /// The use of the registered ranges.
  public var ranges: [RangeUse]
}

extension EmulatedFlash {
  /// Everything a dump of the bytes does not say.
  ///
  /// - Complexity: O(size of the part)
  public func sidecar() -> FlashSidecar {
    FlashSidecar(
      formatVersion: FlashSidecar.currentFormatVersion, part: part.name, size: size,
      wear: wearRuns(), units: unitRuns(),
      weakBits: weakRuns().map { .init(address: $0.address, masks: Hexadecimal.text($0.masks)) },
      randomState: String(random.state, radix: 16), operationCount: operationCount,
      elapsedTime: elapsedTime, longestErase: longestErase, statistics: totals,
      ranges: ranges.map {
        .init(
          name: $0.name, start: $0.range.start, count: $0.range.count, statistics: $0.statistics)
      })
  }

  private func wearRuns() -> [FlashSidecar.WearRun] {
    runs(count: blockCount) { unsafe eraseCounts[$0] }.map {
      .init(firstBlock: $0.first, blockCount: $0.count, erases: $0.value)
    }
  }

  private func unitRuns() -> [FlashSidecar.UnitRun] {
    guard let unitStates = unsafe unitStates else { return [] }
    return runs(count: unitCount) { unsafe unitStates[$0] }.map {
      .init(
        firstUnit: $0.first, unitCount: $0.count, programs: Int($0.value & UnitState.countMask),
        isUnreadable: $0.value & UnitState.unreadable != 0)
    }
  }

  /// Runs of equal numbers other than 0.
  private func runs<Value: FixedWidthInteger>(
    count: Int, value: (Int) -> Value
  ) -> [(first: Int, count: Int, value: Value)] {
    var runs: [(first: Int, count: Int, value: Value)] = []
    var start = 0
    while start < count {
      let current = value(start)
      var end = start + 1
      while end < count, value(end) == current { end += 1 }
      if current != 0 { runs.append((start, end - start, current)) }
      start = end
    }
    return runs
  }
}

/// Bytes as hexadecimal text.
enum Hexadecimal {
  static func text(_ bytes: [UInt8]) -> String {
    var digits: [UInt8] = []
    digits.reserveCapacity(bytes.count * 2)
    for byte in bytes { digits += [digit(byte >> 4), digit(byte & 0xF)] }
    return String(decoding: digits, as: UTF8.self)
  }

  /// The bytes of `text`, or `nil` if it is not made of pairs of hexadecimal digits.
  static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    Character(UnicodeScalar(digit)).hexDigitValue.map { UInt8($0) }
  }
}
