/// Why the device started, as one cause.
public enum ResetCause: UInt8, Equatable, Hashable, Sendable {
  /// The supply was switched on.
  case powerOn = 0
  /// The supply fell below the limit and came back.
  case brownOut = 1
  /// The reset pin, a button for example.
  case pin = 2
  /// A watchdog expired.
  case watchdog = 3
  /// The processor locked up in a fault handler.
  case lockup = 4
  /// A reset by software that nobody announced: how most crash handlers end.
  case software = 5
  /// A reset by software that the application announced beforehand.
  case softwarePlanned = 6
  /// A reset by the debugger.
  case debugger = 7
  /// A wake-up from deep sleep: the same run goes on.
  case deepSleepWake = 8
  /// No cause, or none that this device knows.
  case unknown = 9

  /// The published name, as the command line takes it.
  public var name: StaticString {
    switch self {
    case .powerOn: "power-on"
    case .brownOut: "brown-out"
    case .pin: "pin"
    case .watchdog: "watchdog"
    case .lockup: "lockup"
    case .software: "software"
    case .softwarePlanned: "software-planned"
    case .debugger: "debugger"
    case .deepSleepWake: "deep-sleep-wake"
    case .unknown: "unknown"
    }
  }

  /// Whether a run that ended this way is held against the image that ran.
  ///
  /// An unannounced software reset and an unknown cause count: a crash handler that resets would
  /// otherwise hide crashes. A loss of power does not count, or cutting the power would use up the
  /// attempts of a good image.
  public var isFault: Bool {
    switch self {
    case .watchdog, .lockup, .software, .unknown: true
    case .powerOn, .brownOut, .pin, .softwarePlanned, .debugger, .deepSleepWake: false
    }
  }
}

/// The reset causes that the hardware reports, of which several can be set at once.
///
/// Read them once at the start, keep them, then clear the hardware's bits: most parts let them pile
/// up until software does.
public struct ResetCauseFlags: OptionSet, Sendable {
  /// One bit a cause: bit n is the cause with raw value n.
  public var rawValue: UInt16

  /// Makes a set from bits.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Makes the set of one cause.
  public init(_ cause: ResetCause) { self.rawValue = 1 << UInt16(cause.rawValue) }

  /// The one cause that explains the start best.
  ///
  /// A power-on sets the pin and brown-out bits too on most parts, so it outranks them; a fault
  /// outranks what can accompany it. The pin comes last because every reset may pull it: beside a bit
  /// that this device does not know it explains nothing.
  public var resolved: ResetCause {
    if contains(ResetCauseFlags(.powerOn)) { return .powerOn }
    if contains(ResetCauseFlags(.brownOut)) { return .brownOut }
    if contains(ResetCauseFlags(.lockup)) { return .lockup }
    if contains(ResetCauseFlags(.watchdog)) { return .watchdog }
    if contains(ResetCauseFlags(.software)) { return .software }
    if contains(ResetCauseFlags(.softwarePlanned)) { return .softwarePlanned }
    if contains(ResetCauseFlags(.debugger)) { return .debugger }
    if contains(ResetCauseFlags(.deepSleepWake)) { return .deepSleepWake }
    return self == ResetCauseFlags(.pin) ? .pin : .unknown
  }
}
