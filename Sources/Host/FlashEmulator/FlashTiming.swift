/// A typical and a maximum duration, in nanoseconds.
public struct TimingRange: Equatable, Codable, Sendable {
  /// The duration on a fresh part under usual conditions, in nanoseconds.
  public var typical: UInt64
  /// The longest duration the vendor allows for, in nanoseconds.
  public var maximum: UInt64

  /// Makes a range from nanoseconds.
  public init(typical: UInt64, maximum: UInt64) {
    self.typical = typical
    self.maximum = maximum
  }

  /// Makes a range from microseconds.
  public static func microseconds(_ typical: Double, _ maximum: Double) -> TimingRange {
    TimingRange(typical: UInt64(typical * 1_000), maximum: UInt64(maximum * 1_000))
  }

  /// Makes a range from milliseconds.
  public static func milliseconds(_ typical: Double, _ maximum: Double) -> TimingRange {
    TimingRange(typical: UInt64(typical * 1_000_000), maximum: UInt64(maximum * 1_000_000))
  }

  /// A duration without spread, in nanoseconds.
  public static func exactly(_ time: UInt64) -> TimingRange {
    TimingRange(typical: time, maximum: time)
  }

  /// No time at all.
  public static var zero: TimingRange { TimingRange(typical: 0, maximum: 0) }

  /// The sum of both figures.
  public static func + (left: TimingRange, right: TimingRange) -> TimingRange {
    TimingRange(typical: left.typical + right.typical, maximum: left.maximum + right.maximum)
  }

  /// What `left` has more than `right`, which must not be longer.
  public static func - (left: TimingRange, right: TimingRange) -> TimingRange {
    TimingRange(typical: left.typical - right.typical, maximum: left.maximum - right.maximum)
  }

  /// Adds a duration.
  public static func += (left: inout TimingRange, right: TimingRange) { left = left + right }

  /// The duration of `count` such steps.
  public static func * (left: TimingRange, count: UInt64) -> TimingRange {
    TimingRange(typical: left.typical * count, maximum: left.maximum * count)
  }
}

/// An erase command of a part: how many bytes it erases, and how long that takes.
public struct EraseCommand: Equatable, Sendable {
  /// The number of bytes erased, a power of two; addresses are multiples of it.
  public var size: UInt32
  /// The duration of one command.
  public var time: TimingRange

  /// Makes the description of an erase command.
  public init(size: UInt32, time: TimingRange) {
    self.size = size
    self.time = time
  }
}

/// How bytes travel between the flash and the processor.
///
/// A property of the board more than of the part: the presets assume a common wiring.
public struct FlashBus: Equatable, Sendable {
  /// The time a read takes before the first byte, in nanoseconds.
  public var readSetup: UInt64
  /// The time a byte takes to be read, in picoseconds.
  public var readPicosecondsPerByte: UInt64
  /// The time a byte takes on its way to the part before it is programmed, in picoseconds.
  public var programPicosecondsPerByte: UInt64

  /// Makes a bus from its speeds.
  public init(
    readSetup: UInt64, readPicosecondsPerByte: UInt64, programPicosecondsPerByte: UInt64
  ) {
    self.readSetup = readSetup
    self.readPicosecondsPerByte = readPicosecondsPerByte
    self.programPicosecondsPerByte = programPicosecondsPerByte
  }

  /// Serial NOR on four lines at 80 MHz: 40 clocks of command, then two clocks a byte.
  public static var quadSerial80MHz: FlashBus {
    FlashBus(
      readSetup: 500, readPicosecondsPerByte: 25_000, programPicosecondsPerByte: 25_000)
  }

  /// Serial NOR on one line at 80 MHz: 40 clocks of command, then eight clocks a byte.
  public static var serial80MHz: FlashBus {
    FlashBus(
      readSetup: 500, readPicosecondsPerByte: 100_000, programPicosecondsPerByte: 100_000)
  }

  /// Flash inside a microcontroller, read at about 1 GB/s; programming waits in `pageProgram`.
  public static var memoryMapped: FlashBus {
    FlashBus(readSetup: 0, readPicosecondsPerByte: 1_000, programPicosecondsPerByte: 0)
  }
}

/// How long the operations of a part take.
public struct FlashTiming: Equatable, Sendable {
  /// The number of bytes one program command can cover, a power of two: the page of a serial
  /// flash, the program unit of a microcontroller.
  public var programPage: UInt32
  /// The duration of one program command, whether it fills its page or not.
  public var pageProgram: TimingRange
  /// The erase commands, smallest first; every erase block of the part has one of its size.
  public var eraseCommands: [EraseCommand]
  /// How bytes travel to and from the part.
  public var bus: FlashBus

  /// Makes the timing of a part.
  public init(
    programPage: UInt32, pageProgram: TimingRange, eraseCommands: [EraseCommand], bus: FlashBus
  ) {
    self.programPage = programPage
    self.pageProgram = pageProgram
    self.eraseCommands = eraseCommands.sorted { $0.size < $1.size }
    self.bus = bus
  }
}
