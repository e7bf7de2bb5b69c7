/// How often a flash was used, in calls and in bytes.
public struct FlashStatistics: Equatable, Codable, Sendable {
  /// Calls of `read`.
  public var readCalls: UInt64 = 0
  /// Bytes read.
  public var readBytes: UInt64 = 0
  /// Calls of `program`.
  public var programCalls: UInt64 = 0
  /// Bytes programmed.
  public var programBytes: UInt64 = 0
  /// Program commands: the pages (on a microcontroller the units) that calls of `program` touched.
  public var programmedPages: UInt64 = 0
  /// Calls of `erase`.
  public var eraseCalls: UInt64 = 0
  /// Erase blocks erased.
  public var erasedBlocks: UInt64 = 0
  /// Bytes erased.
  public var erasedBytes: UInt64 = 0

  /// Makes statistics in which everything is 0.
  public init() {}

  /// The sum of two statistics.
  public static func + (left: FlashStatistics, right: FlashStatistics) -> FlashStatistics {
    var sum = left
    sum.readCalls += right.readCalls
    sum.readBytes += right.readBytes
    sum.programCalls += right.programCalls
    sum.programBytes += right.programBytes
    sum.programmedPages += right.programmedPages
    sum.eraseCalls += right.eraseCalls
    sum.erasedBlocks += right.erasedBlocks
    sum.erasedBytes += right.erasedBytes
    return sum
  }

  /// What happened between `right` and the later `left`.
  public static func - (left: FlashStatistics, right: FlashStatistics) -> FlashStatistics {
    var difference = FlashStatistics()
    difference.readCalls = left.readCalls - right.readCalls
    difference.readBytes = left.readBytes - right.readBytes
    difference.programCalls = left.programCalls - right.programCalls
    difference.programBytes = left.programBytes - right.programBytes
    difference.programmedPages = left.programmedPages - right.programmedPages
    difference.eraseCalls = left.eraseCalls - right.eraseCalls
    difference.erasedBlocks = left.erasedBlocks - right.erasedBlocks
    difference.erasedBytes = left.erasedBytes - right.erasedBytes
    return difference
  }
}
