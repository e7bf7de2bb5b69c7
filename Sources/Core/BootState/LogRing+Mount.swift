internal import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls. For
// the same reason a sector is described in place, and errors of the flash pass through as they are.

/// How sure the state is that a mount found, and so how it is made certain.
private enum LogFooting {
  /// Its sector is complete: what is needed is written there.
  case standing
  /// Its sector is not complete, and follows one that was left: it takes the proof, or counts no more.
  case unproven
  /// There is a header of a newer sector, which a later mount may find complete: the state is
  /// written there anew.
  case doubted
  /// Its sector was left, or is not complete: nothing is written there any more.
  case left
}

extension LogRing {
  /// Whether a generation, or the number of a state, is newer than another; they wrap around.
  static func isNumber(_ number: UInt32, newerThan other: UInt32) -> Bool {
    Int32(bitPattern: number &- other) > 0
  }

  /// Finds the state; a ring that is not one of two halves makes it certain.
  ///
  /// Nobody acts upon the state of a sector before that is proven, and until then the sector before it
  /// stays as it is: the log returns there if the new one takes no proof.
  @inline(never)
  mutating func mount<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    on flash: inout F, under protections: P.Type
  ) throws(F.Failure) {
    var newest = LogSector()
    try findSectors(newest: &newest, on: &flash, under: P.self)
    guard hasSector else {
      if try !isBlank(sectors: 0..<layout.sectorCount, on: &flash) { health.condition = .lost }
      return
    }
    let isHalf = P.mirror && layout.isMirrored
    var footing = LogFooting.standing
    if P.provenSector {
      if current.isLeft || !current.isProven {
        footing = .left
      } else if highestGeneration != current.generation {
        footing = .doubted
      }
      if isHalf && footing != .standing { current.isCertain = false }
    }
    if current.isLeft && Self.isNumber(newest.generation, newerThan: current.generation)
      && (newest.isProven || newest.lastUsed < layout.lastPosition || !P.provenSector)
    {
      if !isHalf {
        if !current.isCertain && P.settleAndEcho && P.moveEcho {
          _ = try extend(
            by: .move, to: newest.generation, upTo: layout.lastPosition, on: &flash,
            under: P.self)
        }
        health.finishedMove = true
      }
      footing = newest.isProven || !P.provenSector ? .standing : .unproven
      current = newest
      if isHalf || footing == .unproven { current.isCertain = false }
    }
    adopt()
    if !isHalf && P.settleAndEcho { try makeCertain(footing, on: &flash, under: P.self) }
  }

  /// Finds the sector that counts, and the newest one.
  private mutating func findSectors<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    newest: inout LogSector, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) {
    var candidate = LogSector()
    for index in 0..<layout.sectorCount {
      guard try scan(sector: index, into: &candidate, on: &flash, under: P.self) else { continue }
      if !hasSector || Self.isNumber(candidate.generation, newerThan: newest.generation) {
        newest = candidate
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
  private mutating func makeCertain<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ footing: LogFooting, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) {
    draft = current.record
    var mustMove = footing == .doubted || footing == .left
    if !current.isCertain && footing != .left {
      if try extend(by: .record, upTo: layout.lastPosition, on: &flash, under: P.self) {
        health.wroteEcho = true
      } else {
        mustMove = true
      }
    }
    // With the state of another table there is nothing to write.
    guard mustMove, hasState else { return }
    if footing == .unproven {
      health.isWritable = false
    } else if try move(on: &flash, under: P.self) {
      health.finishedMove = true
    }
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
        result.isLeft = true
      }
      index &-= 1
    } while index > 0
    return false
  }
}
