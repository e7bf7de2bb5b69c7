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
  /// The generation of the sector where the log goes on, if it is left.
  var successor: UInt32 = 0
  /// The body of the last valid record.
  var record: [64 of UInt8] = .init(repeating: 0)

  /// Whether the sector is complete: a valid body behind its first record is written only then.
  ///
  /// Something that merely is not blank proves nothing: an erase that is cut can leave a sector that
  /// reads as before but for a few bits, and one that was not complete must not become so by that.
  var isProven = false

  /// Whether the sector was being completed, or is worn by an erase that was cut.
  var isDoubtful: Bool { !isProven && lastUsed >= 2 }
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
    var newest = LogSector()
    var candidate = LogSector()
    var isFound = false
    var doubtful: UInt32?
    for index in 0..<layout.sectorCount {
      guard try scan(sector: index, into: &candidate, on: &flash, under: P.self) else { continue }
      if candidate.isDoubtful,
        doubtful.map({ Self.isNumber(candidate.generation, newerThan: $0) }) ?? true
      {
        doubtful = candidate.generation
      }
      if isFound {
        let isBetter =
          P.provenSector && candidate.isProven != newest.isProven
          ? candidate.isProven
          : Self.isNumber(candidate.generation, newerThan: newest.generation)
        guard isBetter else { continue }
      }
      newest = candidate
      isFound = true
    }
    guard isFound else {
      health.condition =
        try layout.isBlank(sectors: 0..<layout.sectorCount, on: &flash) ? .virgin : .lost
      return
    }
    if P.provenSector, !newest.isLeft, let doubtful,
      Self.isNumber(doubtful, newerThan: newest.generation)
    {
      // The next mount may find that sector complete: the choice has to be written down, elsewhere.
      newest.isProven = false
    }
    adopt(newest)
    if layout.isMirrored {
      isCertain = newest.isCertain && newest.isProven && !newest.isLeft
      if newest.isLeft,
        try find(generation: newest.successor, into: &candidate, on: &flash, under: P.self)
      {
        adopt(candidate)
      }
    } else {
      try makeCertain(&newest, on: &flash, under: P.self)
    }
  }

  /// Takes over what a sector says.
  @inline(never)
  private mutating func adopt(_ current: borrowing LogSector) {
    sector = current.index
    generation = current.generation
    sectorDigest = current.tableDigest
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

  /// Writes what is needed for every later mount to find the same state as this one.
  private mutating func makeCertain<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ current: inout LogSector, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) {
    let isLeft = current.isLeft
    if isLeft {
      let wasCertain = current.isCertain
      let successor = current.successor
      var next = LogSector()
      if try find(generation: successor, into: &next, on: &flash, under: P.self) {
        if !wasCertain && P.settleAndEcho && P.moveEcho {
          _ = try appendMove(to: successor, on: &flash, under: P.self)
        }
        current = next
        adopt(next)
        health.finishedMove = true
      } else {
        // The new sector is gone: the record in front of the move has to outlive the move.
        current.isCertain = false
      }
    }
    guard P.settleAndEcho else { return }
    let isProven = current.isProven || isLeft || !P.provenSector
    guard !current.isCertain || !current.isProven && P.provenSector else { return }
    var bytes = current.record.mutableSpan
    if isProven,
      try extend(&bytes, as: .record, upTo: layout.lastPosition, on: &flash, under: P.self)
    {
      health.wroteEcho = true
      return
    }
    // With the state of another table there is nothing to write.
    guard record != nil else { return }
    if try move(&bytes, on: &flash, under: P.self) {
      health.finishedMove = true
    } else {
      health.isWritable = false
    }
  }

  /// Finds the sector of a generation.
  @inline(never)
  private mutating func find<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    generation: UInt32, into result: inout LogSector, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    for index in 0..<layout.sectorCount {
      if try scan(sector: index, into: &result, on: &flash, under: P.self),
        result.generation == generation
      {
        return true
      }
    }
    return false
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
    var successor: UInt32 = 0
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
          result.successor = successor
          result.isProven = isLeft || index >= 2
          return true
        }
        if !isLeft { successor = LogBody.successor(of: bytes.span) }
        isLeft = true
      }
      index -= 1
    }
    return false
  }
}
