/// The protections of the log, each of which defeats one way of losing or flipping a state.
///
/// They are switches of a type, not of a value, so that the compiler folds them away: the log that
/// is shipped has every one of them on and contains no test of a switch. The tests turn them off
/// one by one to prove that each is needed.
protocol MetadataLogProtections {
  /// A programmed unit in front of each body shows that the position is used, whatever the body
  /// reads as.
  static var beginUnit: Bool { get }
  /// A programmed unit behind each body shows that the body was complete, and a mount repeats the
  /// last record without it before anyone acts on the record.
  static var settleAndEcho: Bool { get }
  /// A new sector counts only when a valid echo behind its first record proves that it is complete.
  static var provenSector: Bool { get }
  /// The sector that is left says so in a record of its own before the new one is used.
  static var moveRecord: Bool { get }
  /// A mount that is told of a move by a record it cannot be certain of repeats that record too.
  static var moveEcho: Bool { get }
  /// A body counts only if its checksum is right.
  static var checksum: Bool { get }
  /// What was programmed is read back; a unit that holds something else costs its position.
  static var readBack: Bool { get }
  /// A sector is erased before it is used, even if it looks blank: a cut erase leaves weak bits.
  static var eraseBeforeUse: Bool { get }
  /// A partition of four sectors or more holds the log twice: damage is confined to one of them. A
  /// program without this refuses such a partition.
  static var mirror: Bool { get }
}

extension MetadataLogProtections {
  static var beginUnit: Bool { true }
  static var settleAndEcho: Bool { true }
  static var provenSector: Bool { true }
  static var moveRecord: Bool { true }
  static var moveEcho: Bool { true }
  static var checksum: Bool { true }
  static var readBack: Bool { true }
  static var eraseBeforeUse: Bool { true }
  static var mirror: Bool { true }
}

/// All protections: what every device uses, whether or not its program can hold a log twice.
enum ShippedProtections<Copies: MetadataLogCopies>: MetadataLogProtections {
  static var mirror: Bool { Copies.canMirror }
}

/// What every device uses unless it says that its log is never held twice.
typealias EveryProtection = ShippedProtections<MirroredMetadataLog>
