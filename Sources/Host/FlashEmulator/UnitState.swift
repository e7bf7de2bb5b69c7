internal import NORFlash

/// The byte the emulator keeps for each program unit of a part that counts programs or has ECC:
/// bit 7 says that the unit is unreadable, the rest counts programs since the last erase.
enum UnitState {
  /// The bit of a unit whose error-correcting code does not match.
  static let unreadable: UInt8 = 0x80
  /// The bits that count; the count stops at this value.
  static let countMask: UInt8 = 0x7F
  /// The largest rewrite limit that can be told from a count that stopped.
  static let maximumCount: UInt8 = 126

  /// The state after one more program.
  static func afterProgram(_ state: UInt8) -> UInt8 {
    state & countMask == countMask ? state : state + 1
  }
}

/// A `RewriteRule` without its payload.
enum UnitRule: UInt8 {
  case free
  case once
  case onceOrMark
  case counted

  /// The rule and its limit.
  static func of(_ rule: RewriteRule) -> (UnitRule, limit: UInt8) {
    switch rule {
    case .anyBit: (.free, 0)
    case .once: (.once, 1)
    case .onceThenAllProgrammed: (.onceOrMark, 1)
    case .times(let limit): (.counted, limit)
    }
  }
}
