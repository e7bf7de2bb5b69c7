internal import NORFlash

// What only reads is mutating too where a value with an array is concerned: the compiler would copy
// the whole of it first, and a boot loader's size and stack matter.

/// A sector with a valid header and at least one valid record.
struct LogSector: Sendable {
  var index: UInt32 = 0
  var generation: UInt32 = 0
  /// The digest in its header: it may be the one of another table.
  var tableDigest: UInt32 = 0
  /// The number of the state; what is written repeats it.
  var sequence: UInt32 = 0
  /// The last position that is used.
  var lastUsed: UInt32 = 0
  /// Whether the last valid body is settled and nothing follows it; of a half, whether every later
  /// mount is certain to find the same state in it.
  var isCertain = false
  /// Whether the last valid body is a move: the log goes on in a newer sector, if there is one.
  var isLeft = false
  /// Whether the sector is complete: a valid body behind its first record is written only then.
  ///
  /// Something that merely is not blank proves nothing: an erase that is cut can leave a sector that
  /// reads as before but for a few bits, and one that was not complete must not become so by that.
  var isProven = false
  /// The last valid record.
  var record = BootRecord()
}

/// One log in a ring of sectors: the whole metadata log, or one half of it.
struct LogRing: Sendable {
  var layout = MetadataLogLayout()
  var tableDigest: UInt32 = 0
  /// How this log is doing.
  var health = MetadataLogHealth()
  /// The keys that the state of another partition table revokes.
  var inheritedRevocations: UInt32 = 0

  /// Whether a sector holds a state.
  var hasSector = false
  /// The sector that holds the state, if one does.
  var current = LogSector()
  /// The highest generation of any sector.
  var highestGeneration: UInt32 = 0
  /// The sector that a move tried last.
  var target: UInt32 = 0
  /// The record that is being written.
  var draft = BootRecord()
  /// What was read last.
  var body = LogBody()

  /// Makes a ring that is not mounted.
  // Exists once: a boot loader's size matters more than this call.
  @inline(never)
  init() {}

  /// Whether the state of the device is known; `current` holds it then.
  var hasState: Bool { health.condition == .sound }
}
