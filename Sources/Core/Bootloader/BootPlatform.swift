public import BootState
public import FirmwareImage

/// What the watchdog guards from now on.
public enum WatchdogPurpose: Equatable, Sendable {
  /// A trial: the time the update gets to confirm itself or to feed the watchdog.
  case trial
  /// An image that confirmed itself, or factory.
  case operation
}

/// The hardware around the flash that the boot loader needs.
///
/// As a `PayloadSink` a platform gets every chunk of every image that is being verified. It feeds
/// the watchdog there, so that a long verification does not end in a reset, and copies the chunk
/// when a load was begun.
public protocol BootPlatform: PayloadSink, SecurityCounter, ~Copyable {
  /// What the run before left in RAM that survives a reset, or `nil` if nothing valid is there.
  mutating func retainedState() -> RetainedState?

  /// Leaves something in RAM that survives a reset.
  mutating func retain(_ state: RetainedState)

  /// Begins to load an image: `receive` copies each chunk to `address` plus its offset.
  ///
  /// The boot loader has checked that the image fits into `BootConfiguration.memory`.
  mutating func beginLoad(at address: UInt32)

  /// Ends loading: `receive` copies nothing any more.
  mutating func endLoad()

  /// Starts the watchdog; from here on the image has to feed it.
  mutating func armWatchdog(for purpose: WatchdogPurpose)
}
