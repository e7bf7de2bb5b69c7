internal import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls. For
// the same reason a sector is described in place, and errors of the flash pass through as they are.

/// A sector with a valid header and at least one valid record.
struct LogSector {
  var index: UInt32 = 0
  var generation: UInt32 = 0
  var tableDigest: UInt32 = 0
  /// The last position that is used.
  var lastUsed: UInt32 = 0
  /// Whether the last valid body is settled and nothing follows it.
  var isCertain = false
  /// Whether the last valid body is a move.
  var isLeft = false
  /// The body of the last valid record.
  var record: [64 of UInt8] = .init(repeating: 0)

  /// Whether the sector is complete: a valid body behind its first record is written only then.
  ///
  /// Something that merely is not blank proves nothing: an erase that is cut can leave a sector that
  /// reads as before but for a few bits, and one that was not complete must not become so by that.
  var isProven = false
}

extension LogRing {
  /// Whether a generation, or the number of a state, is newer than another; they wrap around.
  static func isNumber(_ number: UInt32, newerThan other: UInt32) -> Bool {
    Int32(bitPattern: number &- other) > 0
  }

  /// Finds the state; a ring that is not one of two halves makes it certain.
  @inline(never)
  mutating func mount<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    on flash: inout F, under protections: P.Type
  ) throws(F.Failure) {
    var current = LogSector()
    var newest = LogSector()
    var candidate = LogSector()
    var isFound = false
    for index in 0..<layout.sectorCount {
      guard try scan(sector: index, into: &candidate, on: &flash, under: P.self) else { continue }
      let isNewest =
        !isFound || Self.isNumber(candidate.generation, newerThan: newest.generation)
      let isBetter =
        P.provenSector && isFound && candidate.isProven != current.isProven
        ? candidate.isProven
        : !isFound || Self.isNumber(candidate.generation, newerThan: current.generation)
      if isNewest { newest = candidate }
      if isBetter { current = candidate }
      isFound = true
    }
    guard isFound else {
      health.condition =
        try layout.isBlank(sectors: 0..<layout.sectorCount, on: &flash) ? .virgin : .lost
      return
    }
    adopt(current)
    let isStanding = current.isProven && !current.isLeft && highestGeneration == generation
    if layout.isMirrored { isCertain = isStanding && current.isCertain }
    var mayExtend = !P.provenSector || current.isProven && !current.isLeft
    var mustMove = P.provenSector && !isStanding
    var mayMove = true
    if current.isLeft && Self.isNumber(newest.generation, newerThan: generation)
      && (newest.isProven || newest.lastUsed < layout.lastPosition || !P.provenSector)
    {
      if P.settleAndEcho && P.moveEcho && !current.isCertain && !layout.isMirrored {
        _ = try appendMove(to: newest.generation, on: &flash, under: P.self)
      }
      current = newest
      adopt(newest)
      health.finishedMove = !layout.isMirrored
      mayExtend = true
      mustMove = false
      mayMove = newest.isProven || !P.provenSector
      current.isCertain = newest.isCertain && mayMove
    }
    guard P.settleAndEcho, !layout.isMirrored else { return }
    var bytes = current.record.mutableSpan
    if !current.isCertain && mayExtend {
      if try extend(&bytes, as: .record, upTo: layout.lastPosition, on: &flash, under: P.self) {
        health.wroteEcho = true
      } else {
        mustMove = true
      }
    }
    // With the state of another table there is nothing to write.
    guard mustMove, record != nil else { return }
    if mayMove, try move(&bytes, on: &flash, under: P.self) {
      health.finishedMove = true
    } else {
      health.isWritable = false
    }
  }

  /// Takes over what a sector says.
  @inline(never)
  private mutating func adopt(_ current: borrowing LogSector) {
    sector = current.index
    generation = current.generation
    sectorDigest = current.tableDigest
    isLeft = current.isLeft
    sequence = LogBody.sequence(of: current.record.span)
    lastUsed = current.lastUsed
    health.generation = generation
    health.positionsUsed = lastUsed
    record = BootRecord(logBody: current.record.span)
    inheritedRevocations = 0
    health.condition = .sound
    if sectorDigest != tableDigest {
      inheritedRevocations = record?.revokedKeys ?? 0
      record = nil
      health.condition = .otherTable
    }
  }

  /// Reads one sector from its end to its last valid record.
  ///
  /// - Returns: Whether `result` is a sector; if not, it is of no use.
  @inline(never)
  private mutating func scan<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    sector: UInt32, into result: inout LogSector, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    var bytes = result.record.mutableSpan
    let header = try layout.read(
      position: 0, ofSector: sector, into: &bytes, on: &flash, under: P.self)
    if header.isUnreadable { health.unreadablePositions += 1 }
    guard header.kind == .sector else { return false }
    let generation = LogBody.generation(of: bytes.span)
    let digest = LogBody.tableDigest(of: bytes.span)
    if health.validSectors == 0 || Self.isNumber(generation, newerThan: highestGeneration) {
      highestGeneration = generation
    }
    health.validSectors += 1
    var lastUsed: UInt32 = 0
    var isCertain = false
    var isLeft = false
    var index = layout.lastPosition
    while index > 0 {
      let place = try layout.read(
        position: index, ofSector: sector, into: &bytes, on: &flash, under: P.self)
      if place.isUsed && lastUsed == 0 { lastUsed = index }
      if place.isUnreadable { health.unreadablePositions += 1 }
      if let kind = place.kind, kind != .sector,
        LogBody.generation(of: bytes.span) == generation,
        LogBody.tableDigest(of: bytes.span) == digest
      {
        if !isLeft { isCertain = place.isSettled && lastUsed == index }
        if kind == .record {
          result.index = sector
          result.generation = generation
          result.tableDigest = digest
          result.lastUsed = lastUsed
          result.isCertain = isCertain
          result.isLeft = isLeft
          result.isProven = isLeft || index >= 2
          return true
        }
        isLeft = true
      }
      index -= 1
    }
    return false
  }
}
