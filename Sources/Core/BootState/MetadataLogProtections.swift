/// The protections of the log, each of which defeats one way of losing or flipping a state.
///
/// They are switches of a type, not of a value, so that the compiler folds them away: the log that
/// is shipped has every one of them on and contains no test of a switch. The tests turn them off
/// one by one to prove that each is needed.
protocol MetadataLogProtections {
  /// A programmed unit in front of each body shows that the position is used, whatever the body
  /// reads as.
  static var beginUnit: Bool { get }
  /// A programmed unit behind each body shows that the body was complete; a mount repeats a record
  /// without it before anyone acts on the record.
  static var settleAndEcho: Bool { get }
  /// A compaction that was announced and not finished is done again before anyone acts.
  static var redoneCompaction: Bool { get }
  /// A new sector counts only when something behind its header proves that the header is complete.
  static var provenHeader: Bool { get }
  /// A compaction is announced in the sector that stays before another one is erased.
  static var intentMark: Bool { get }
  /// A new sector that may be about to be trusted is declared void before it is erased.
  static var verdict: Bool { get }
}

extension MetadataLogProtections {
  static var beginUnit: Bool { true }
  static var settleAndEcho: Bool { true }
  static var redoneCompaction: Bool { true }
  static var provenHeader: Bool { true }
  static var intentMark: Bool { true }
  static var verdict: Bool { true }
}

/// All protections: what every device uses.
enum EveryProtection: MetadataLogProtections {}
