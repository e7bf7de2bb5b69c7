internal import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// A sector with a valid header and at least one valid record.
struct LogSector {
  var index: UInt32
  var generation: UInt32
  var tableDigest: UInt32
  /// The last position that is used.
  var lastUsed: UInt32
  /// Whether the last valid body is settled and nothing follows it.
  var isCertain: Bool
  /// The generation of the sector where the log goes on, if the last valid body is a move.
  var successor: UInt32?
  /// The body of the last valid record.
  var record: [64 of UInt8]

  /// Whether the sector is complete: it is written to behind its first record only then.
  var isProven: Bool { lastUsed >= 2 }
}

extension LogRing {
  /// Whether a generation, or the number of a state, is newer than another; they wrap around.
  static func isNumber(_ number: UInt32, newerThan other: UInt32) -> Bool {
    Int32(bitPattern: number &- other) > 0
  }

  @inline(never)
  static func mount<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ layout: MetadataLogLayout, on flash: inout F, tableDigest: UInt32, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) -> LogRing {
    var log = LogRing(layout: layout, tableDigest: tableDigest)
    var newest: LogSector?
    for index in 0..<layout.sectorCount {
      guard let sector = try log.scan(sector: index, on: &flash, under: P.self) else { continue }
      if let best = newest {
        let isBetter =
          P.provenSector && sector.isProven != best.isProven
          ? sector.isProven : isNumber(sector.generation, newerThan: best.generation)
        guard isBetter else { continue }
      }
      newest = sector
    }
    guard let current = newest else {
      log.health.condition =
        try layout.isBlank(sectors: 0..<layout.sectorCount, on: &flash) ? .virgin : .lost
      return log
    }
    log.adopt(current)
    guard !layout.isMirrored else {
      log.isCertain = try log.follow(current, on: &flash, under: P.self)
      return log
    }
    do throws(MetadataLogError<F.Failure>) {
      try log.makeCertain(current, on: &flash, under: P.self)
    } catch {
      guard case .notWritable = error else { throw error }
      log.health.isWritable = false
    }
    return log
  }

  /// Takes over what a sector says.
  private mutating func adopt(_ current: LogSector) {
    sector = current.index
    generation = current.generation
    sectorDigest = current.tableDigest
    sequence = LogBody.sequence(of: current.record.span)
    lastUsed = current.lastUsed
    health.generation = generation
    health.positionsUsed = lastUsed
    if sectorDigest == tableDigest {
      record = BootRecord(logBody: current.record.span)
      inheritedRevocations = 0
      health.condition = .sound
    } else {
      record = nil
      inheritedRevocations = BootRecord(logBody: current.record.span)?.revokedKeys ?? 0
      health.condition = .otherTable
    }
  }

  /// Goes where a move says that the log goes on; writes nothing.
  ///
  /// - Returns: Whether every later mount is certain to find the same.
  private mutating func follow<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ found: LogSector, on flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) -> Bool {
    guard let successor = found.successor else { return found.isCertain && found.isProven }
    if let next = try sector(ofGeneration: successor, on: &flash, under: P.self) { adopt(next) }
    return false
  }

  /// Writes what is needed for every later mount to find the same state as this one.
  private mutating func makeCertain<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ found: LogSector, on flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) {
    var current = found
    if let successor = current.successor {
      if let next = try sector(ofGeneration: successor, on: &flash, under: P.self) {
        if !current.isCertain && P.settleAndEcho && P.moveEcho {
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
    let isProven = current.isProven || found.successor != nil || !P.provenSector
    guard !current.isCertain || !current.isProven && P.provenSector else { return }
    var body = current.record
    var bytes = body.mutableSpan
    if isProven,
      try extend(
        &bytes, as: .record, upTo: layout.lastPosition, on: &flash, under: P.self)
    {
      health.wroteEcho = true
      return
    }
    guard let record else { return }
    try move(record, on: &flash, under: P.self)
    health.finishedMove = true
  }

  private mutating func sector<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    ofGeneration generation: UInt32, on flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) -> LogSector? {
    for index in 0..<layout.sectorCount {
      if let sector = try scan(sector: index, on: &flash, under: P.self),
        sector.generation == generation
      {
        return sector
      }
    }
    return nil
  }

  /// Reads one sector from its end to its last valid record.
  private mutating func scan<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    sector: UInt32, on flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) -> LogSector? {
    var storage: [64 of UInt8] = .init(repeating: 0)
    var bytes = storage.mutableSpan
    let header = try layout.read(
      position: 0, ofSector: sector, into: &bytes, on: &flash, under: P.self)
    if header.isUnreadable { health.unreadablePositions += 1 }
    guard header.kind == .sector else { return nil }
    var result = LogSector(
      index: sector, generation: LogBody.generation(of: bytes.span),
      tableDigest: LogBody.tableDigest(of: bytes.span), lastUsed: 0, isCertain: false,
      successor: nil, record: .init(repeating: 0))
    if health.validSectors == 0
      || Self.isNumber(result.generation, newerThan: highestGeneration)
    {
      highestGeneration = result.generation
    }
    health.validSectors += 1
    var index = layout.lastPosition
    while index > 0 {
      let place = try layout.read(
        position: index, ofSector: sector, into: &bytes, on: &flash, under: P.self)
      if place.isUsed && result.lastUsed == 0 { result.lastUsed = index }
      if place.isUnreadable { health.unreadablePositions += 1 }
      if let kind = place.kind, kind != .sector,
        LogBody.generation(of: bytes.span) == result.generation,
        LogBody.tableDigest(of: bytes.span) == result.tableDigest
      {
        if result.successor == nil {
          result.isCertain = place.isSettled && result.lastUsed == index
        }
        if kind == .record {
          result.record = storage
          return result
        }
        if result.successor == nil { result.successor = LogBody.successor(of: bytes.span) }
      }
      index -= 1
    }
    return nil
  }
}
