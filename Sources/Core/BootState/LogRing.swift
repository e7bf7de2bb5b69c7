internal import NORFlash

/// One log in a ring of sectors: the whole metadata log, or one half of it.
struct LogRing: Sendable {
  /// The state of the device, or `nil` if there is none that can be trusted.
  var record: BootRecord?
  /// The keys that the state of another partition table revokes.
  var inheritedRevocations: UInt32
  /// How this log is doing.
  var health: MetadataLogHealth

  var layout: MetadataLogLayout
  let tableDigest: UInt32
  /// The sector that holds the state, or `nil` if none does.
  var sector: UInt32?
  /// The generation of that sector.
  var generation: UInt32
  /// The digest in that sector: it may be the one of another table.
  var sectorDigest: UInt32
  /// Whether that sector says that the log goes on in a newer one.
  var isLeft: Bool
  /// The highest generation of any sector.
  var highestGeneration: UInt32
  /// The number of the state; what is written repeats it.
  var sequence: UInt32
  /// The last position of that sector that is used.
  var lastUsed: UInt32
  /// The sector that a move tried last.
  var target: UInt32
  /// Of a half: whether every later mount is certain to find the same state in it.
  var isCertain: Bool

  init(layout: MetadataLogLayout, tableDigest: UInt32) {
    self.layout = layout
    self.tableDigest = tableDigest
    generation = 0
    highestGeneration = 0
    sequence = 0
    lastUsed = 0
    target = 0
    isCertain = false
    isLeft = false
    sectorDigest = tableDigest
    inheritedRevocations = 0
    health = MetadataLogHealth(
      condition: .virgin, sectorCount: layout.sectorCount, validSectors: 0, wroteEcho: false,
      finishedMove: false, unreadablePositions: 0, isWritable: true, generation: 0,
      positionsUsed: 0, positionCapacity: layout.lastRecord)
  }
}
