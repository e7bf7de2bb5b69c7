internal import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls. For
// the same reason a sector is described in place, and errors of the flash pass through as they are.

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
    var candidate = LogSector()
    var hasDoubtful = false
    var doubtful: UInt32 = 0
    for index in 0..<layout.sectorCount {
      guard try scan(sector: index, into: &candidate, on: &flash, under: P.self) else { continue }
      if candidate.isDoubtful,
        !hasDoubtful || Self.isNumber(candidate.generation, newerThan: doubtful)
      {
        hasDoubtful = true
        doubtful = candidate.generation
      }
      if hasSector {
        let isBetter =
          P.provenSector && candidate.isProven != current.isProven
          ? candidate.isProven
          : Self.isNumber(candidate.generation, newerThan: current.generation)
        guard isBetter else { continue }
      }
      current = candidate
      hasSector = true
    }
    guard hasSector else {
      if try !isBlank(sectors: 0..<layout.sectorCount, on: &flash) { health.condition = .lost }
      return
    }
    let isLeft = current.isLeft
    if P.provenSector, !isLeft, hasDoubtful,
      Self.isNumber(doubtful, newerThan: current.generation)
    {
      // The next mount may find that sector complete: the choice has to be written down, elsewhere.
      current.isProven = false
    }
    let isHalf = P.mirror && layout.isMirrored
    if isLeft {
      if try find(generation: current.successor, into: &candidate, on: &flash, under: P.self) {
        if !isHalf {
          if !current.isCertain && P.settleAndEcho && P.moveEcho {
            _ = try extend(
              by: .move, to: current.successor, upTo: layout.lastPosition, on: &flash,
              under: P.self)
          }
          health.finishedMove = true
        }
        current = candidate
      } else {
        // The new sector is gone: the record in front of the move has to outlive the move.
        current.isCertain = false
      }
    }
    adopt()
    if isHalf {
      if isLeft || !current.isProven { current.isCertain = false }
    } else {
      try makeCertain(isProven: current.isProven || isLeft, on: &flash, under: P.self)
    }
  }

  /// Takes over what the current sector says.
  private mutating func adopt() {
    health.generation = current.generation
    health.positionsUsed = current.lastUsed
    health.condition = .sound
    if current.tableDigest != tableDigest {
      inheritedRevocations = current.record.revokedKeys
      health.condition = .otherTable
    }
  }

  /// Writes what is needed for every later mount to find the same state as this one.
  ///
  /// - Parameter isProven: Whether the current sector counts as complete.
  private mutating func makeCertain<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    isProven: Bool, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) {
    guard P.settleAndEcho else { return }
    guard !current.isCertain || !current.isProven && P.provenSector else { return }
    draft = current.record
    if isProven || !P.provenSector,
      try extend(by: .record, upTo: layout.lastPosition, on: &flash, under: P.self)
    {
      health.wroteEcho = true
      return
    }
    // With the state of another table there is nothing to write.
    guard hasState else { return }
    if try move(on: &flash, under: P.self) { health.finishedMove = true }
  }

  /// Finds the sector of a generation.
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
    result.index = sector
    result.lastUsed = 0
    result.isLeft = false
    // The header first, then the last position and down to the first.
    var index: UInt32 = 0
    repeat {
      let place = try read(
        position: index, ofSector: sector, recordInto: &result.record, on: &flash, under: P.self)
      if place.isUnreadable { health.unreadablePositions &+= 1 }
      if index == 0 {
        guard place.kind == .sector else { return false }
        result.generation = body.generation
        result.tableDigest = body.tableDigest
        if health.validSectors == 0
          || Self.isNumber(result.generation, newerThan: highestGeneration)
        {
          highestGeneration = result.generation
        }
        health.validSectors &+= 1
        index = layout.lastPosition
        continue
      }
      if place.isUsed && result.lastUsed == 0 { result.lastUsed = index }
      if let kind = place.kind, kind != .sector, body.generation == result.generation,
        body.tableDigest == result.tableDigest
      {
        if !result.isLeft { result.isCertain = place.isSettled && result.lastUsed == index }
        if kind == .record {
          result.sequence = body.sequence
          result.isProven = result.isLeft || index >= 2
          return true
        }
        if !result.isLeft { result.successor = body.successor }
        result.isLeft = true
      }
      index &-= 1
    } while index > 0
    return false
  }
}
