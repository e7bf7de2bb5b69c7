internal import NORFlash

extension LogRing {
  /// The positions of a sector that may refuse a body before the next sector is taken.
  private static var positionAttempts: Int { 4 }
  /// The sectors, counting repetitions, that may refuse a move before it is given up.
  private static var sectorAttempts: Int { 4 }

  /// Makes `draft` the state of this log.
  ///
  /// - Returns: Whether a place took it; if not, `target` was the last sector that was tried.
  mutating func appendDraft<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    to flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    // Of two halves, one that is not certain may be damaged: it goes on where nothing is left.
    let isTrusted = current.isCertain || !(P.mirror && layout.isMirrored)
    if hasState && isTrusted,
      try extend(by: .record, upTo: layout.lastRecord, on: &flash, under: P.self)
    {
      accept()
      return true
    }
    return try move(on: &flash, under: P.self)
  }

  /// Writes a body to the next position of the current sector that takes it.
  ///
  /// - Parameter successor: In a move, the generation of the sector in which the log goes on.
  /// - Returns: Whether one did.
  @inline(never)
  mutating func extend<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    by kind: LogBodyKind, to successor: UInt32 = 0, upTo last: UInt32, on flash: inout F,
    under protections: P.Type
  ) throws(F.Failure) -> Bool {
    guard hasSector else { return false }
    var attempts = Self.positionAttempts
    while current.lastUsed < last && attempts > 0 {
      current.lastUsed &+= 1
      attempts &-= 1
      health.positionsUsed = current.lastUsed
      if try write(
        kind, to: successor, position: current.lastUsed, ofSector: current.index,
        generation: current.generation, tableDigest: current.tableDigest, on: &flash, under: P.self)
      {
        return true
      }
    }
    return false
  }

  /// Goes on with `draft` in the next sector that takes it, or in the first one if there is no log.
  ///
  /// - Returns: Whether a sector took it; if not, `target` was the last one that was tried.
  @inline(never)
  mutating func move<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    target = current.index
    if !hasSector {
      // What could not be trusted must not become trusted later.
      for index in 0..<layout.sectorCount { _ = try erase(sector: index, on: &flash) }
      target = layout.sectorCount &- 1
    }
    for _ in 0..<Self.sectorAttempts {
      repeat { target = layout.sector(after: target) } while hasSector && target == current.index
      // Even a sector that failed halfway must lose against the next one.
      highestGeneration &+= 1
      guard try foundTarget(on: &flash, under: P.self) else { continue }
      if P.moveRecord && !current.isLeft && current.lastUsed >= 2 {
        current.isLeft = try extend(
          by: .move, to: highestGeneration, upTo: layout.lastPosition, on: &flash, under: P.self)
      }
      hasSector = true
      current.index = target
      current.generation = highestGeneration
      current.tableDigest = tableDigest
      current.lastUsed = 1
      current.isLeft = false
      if P.provenSector {
        // Without an echo the next mount has to decide: nobody may act upon the record before.
        guard try extend(by: .record, upTo: layout.lastRecord, on: &flash, under: P.self)
        else { break }
      }
      accept()
      return true
    }
    health.isWritable = false
    return false
  }

  /// Takes over what has been written.
  @inline(never)
  private mutating func accept() {
    current.record = draft
    current.isCertain = true
    inheritedRevocations = 0
    health.condition = .sound
    health.isWritable = true
    health.generation = current.generation
    health.positionsUsed = current.lastUsed
  }

  /// Erases the target and makes it ready for use: first record, then header.
  private mutating func foundTarget<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    // A sector that looks blank may be half erased.
    var mayStay = false
    if !P.eraseBeforeUse {
      mayStay = try isBlank(sectors: target..<target + 1, on: &flash)
    }
    if !mayStay {
      guard try erase(sector: target, on: &flash) else { return false }
    }
    var position: UInt32 = 1
    while true {
      guard
        try write(
          position == 0 ? .sector : .record, to: 0, position: position, ofSector: target,
          generation: highestGeneration, tableDigest: tableDigest, on: &flash, under: P.self)
      else { return false }
      if position == 0 { return true }
      position = 0
    }
  }
}
