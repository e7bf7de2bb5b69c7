public import NORFlash

/// How long the operations of a flash would have taken on the real part.
public struct FlashElapsedTime: Equatable, Codable, Sendable {
  /// Time spent in program commands.
  public var program = TimingRange.zero
  /// Time spent in erase commands.
  public var erase = TimingRange.zero
  /// Time spent moving bytes over the bus.
  public var transfer = TimingRange.zero

  /// Makes an elapsed time of zero.
  public init() {}

  /// All of it.
  public var total: TimingRange { program + erase + transfer }

  /// The sum of two times.
  public static func + (left: FlashElapsedTime, right: FlashElapsedTime) -> FlashElapsedTime {
    var sum = left
    sum.program += right.program
    sum.erase += right.erase
    sum.transfer += right.transfer
    return sum
  }

  /// What passed between `right` and the later `left`.
  public static func - (left: FlashElapsedTime, right: FlashElapsedTime) -> FlashElapsedTime {
    var difference = FlashElapsedTime()
    difference.program = left.program - right.program
    difference.erase = left.erase - right.erase
    difference.transfer = left.transfer - right.transfer
    return difference
  }
}

/// The longest command a part was given, during which nothing else can be done on it.
public struct LongestOperation: Equatable, Codable, Sendable {
  /// The kind of command.
  public let operation: PowerCutRecord.Operation
  /// The address of the first byte.
  public let address: UInt32
  /// The number of bytes.
  public let count: UInt32
  /// How long the command takes.
  public let time: TimingRange
}

/// The use of one named range of a flash, such as a partition.
public struct NamedRange: Equatable, Sendable {
  /// The name the caller gave.
  public let name: String
  /// The bytes.
  public let range: FlashRange
  /// The calls that began inside the range.
  public internal(set) var statistics = FlashStatistics()
}
