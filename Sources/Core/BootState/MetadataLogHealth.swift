/// What a mount found in place of a state, or that it found one.
public enum MetadataLogCondition: UInt8, Equatable, Sendable {
  /// A trusted record.
  case sound = 0
  /// Every byte is erased: the log was never written.
  case virgin = 1
  /// Something was written, and no record of it can be trusted.
  case lost = 2
  /// The state belongs to another partition table.
  case otherTable = 3

  /// The published name.
  public var name: StaticString {
    switch self {
    case .sound: "sound"
    case .virgin: "virgin"
    case .lost: "lost"
    case .otherTable: "other-table"
    }
  }
}

/// How often the metadata log holds the state.
public enum MetadataLogRedundancy: UInt8, Equatable, Sendable {
  /// The partition is too small for two halves.
  case single = 0
  /// Both halves hold it, or there is no state.
  case bothHalves = 1
  /// Only the first half holds it; the second is damaged, or does not take it.
  case firstHalfOnly = 2
  /// Only the second half holds it; the first is damaged, or does not take it.
  case secondHalfOnly = 3

  /// The published name.
  public var name: StaticString {
    switch self {
    case .single: "single"
    case .bothHalves: "both-halves"
    case .firstHalfOnly: "first-half-only"
    case .secondHalfOnly: "second-half-only"
    }
  }
}

/// How the metadata log is doing; of two halves, generation and positions are those of the half that
/// counted.
public struct MetadataLogHealth: Equatable, Sendable {
  /// Whether there is a trusted state, and why not.
  public internal(set) var condition = MetadataLogCondition.virgin
  /// The number of sectors of the log.
  public internal(set) var sectorCount: UInt32 = 0
  /// The number of sectors whose header is valid.
  public internal(set) var validSectors: UInt32 = 0
  /// Whether the mount repeated the record because its end was not certain.
  public internal(set) var wroteEcho = false
  /// Whether the mount finished a move to another sector that had been interrupted.
  public internal(set) var finishedMove = false
  /// The positions the mount met that the device could not read.
  public internal(set) var unreadablePositions: UInt32 = 0
  /// Whether the last attempt to write succeeded; true before the first attempt.
  public internal(set) var isWritable = true
  /// The generation of the current sector; 0 without one.
  public internal(set) var generation: UInt32 = 0
  /// The positions of the current sector that are used up, those of a move included.
  public internal(set) var positionsUsed: UInt32 = 0
  /// The positions of a sector for ordinary records; when they are used up the log moves on.
  public internal(set) var positionCapacity: UInt32 = 0
  /// How often the log holds the state.
  public internal(set) var redundancy = MetadataLogRedundancy.single
  /// Whether the mount wrote the state to both halves again, because one of them was damaged,
  /// behind, or not certain.
  public internal(set) var isMirrorRepaired = false

  /// The health of a log that is not mounted.
  init() {}
}
