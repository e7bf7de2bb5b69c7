internal import NORFlash

/// A sector with a valid header and at least one valid record.
struct LogSector {
  var index: UInt32
  var generation: UInt32
  var tableDigest: UInt32
  /// The last valid record.
  var last: LogBody
  /// Whether the last valid record is settled and nothing follows it.
  var isCertain: Bool
  /// The last position that is used.
  var lastUsed: UInt32

  /// Whether this sector is newer than `other`; generations may wrap around.
  func isNewer(than other: LogSector?) -> Bool {
    guard let other else { return true }
    return MetadataLog.isGeneration(generation, newerThan: other.generation)
  }
}

extension MetadataLog {
  static func isGeneration(_ generation: UInt32, newerThan other: UInt32) -> Bool {
    Int32(bitPattern: generation &- other) > 0
  }

  static func mount<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    on flash: inout F, tableDigest: UInt32, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) -> MetadataLog {
    let layout: MetadataLogLayout
    do throws(MetadataLogUnsuitability) {
      layout = try MetadataLogLayout(flash.geometry, under: P.self)
    } catch {
      throw .unsuitablePartition(error)
    }
    var log = MetadataLog(layout: layout, tableDigest: tableDigest)
    var proven: LogSector?
    var unproven: LogSector?
    for index in 0..<layout.sectorCount {
      guard let sector = try log.scan(sector: index, on: &flash) else { continue }
      if P.provenHeader && sector.lastUsed < 2 {
        if sector.isNewer(than: unproven) { unproven = sector }
      } else if sector.isNewer(than: proven) {
        proven = sector
      }
    }
    guard let current = proven ?? unproven else {
      log.health.condition = try log.isBlank(on: &flash) ? .virgin : .lost
      return log
    }
    try log.adopt(current, on: &flash)
    try log.makeCertain(current, isProven: proven != nil, on: &flash, under: P.self)
    return log
  }

  /// Takes over what a sector says, as it was read.
  private mutating func adopt<F: FlashDevice & ~Copyable>(
    _ current: LogSector, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) {
    sector = current.index
    generation = current.generation
    sequence = current.last.sequence
    lastUsed = current.lastUsed
    isCompactionPending = try position(
      layout.recordCount + 1, ofSector: current.index, as: .record, on: &flash
    ).isUsed
    health.generation = generation
    health.positionsUsed = lastUsed
    if current.tableDigest == tableDigest {
      record = current.last.record
      health.condition = .sound
    } else {
      health.condition = .otherTable
    }
  }

  /// Writes what is needed for every later mount to find the same state as this one.
  private mutating func makeCertain<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ current: LogSector, isProven: Bool, on flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) {
    guard P.settleAndEcho else { return }
    let mustMove = P.redoneCompaction && isCompactionPending || !isProven
    guard mustMove || !current.isCertain else { return }
    do throws(MetadataLogError<F.Failure>) {
      if let record {
        if mustMove {
          try compact(record, on: &flash, under: P.self)
          health.redidCompaction = true
        } else {
          try append(record, to: &flash, under: P.self)
          health.wroteEcho = true
        }
      } else if mustMove {
        // Nothing of the other table is to be kept; what must not come back is a half-made sector.
        try eraseAll(except: current.index, on: &flash)
      }
    } catch {
      guard case .notWritable = error else { throw error }
      health.isWritable = false
    }
  }

  /// Reads one sector from its end to its last valid record.
  private mutating func scan<F: FlashDevice & ~Copyable>(
    sector: UInt32, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) -> LogSector? {
    let header = try position(0, ofSector: sector, as: .sector, on: &flash)
    if header.isUnreadable { health.unreadablePositions += 1 }
    guard let head = header.body else { return nil }
    if health.validSectors == 0
      || Self.isGeneration(head.generation, newerThan: highestGeneration)
    {
      highestGeneration = head.generation
    }
    health.validSectors += 1
    var lastUsed: UInt32 = 0
    var index = layout.recordCount
    while index > 0 {
      let place = try position(index, ofSector: sector, as: .record, on: &flash)
      if place.isUsed && lastUsed == 0 { lastUsed = index }
      if place.isUnreadable { health.unreadablePositions += 1 }
      if let body = place.body, body.generation == head.generation,
        body.tableDigest == head.tableDigest
      {
        return LogSector(
          index: sector, generation: head.generation, tableDigest: head.tableDigest, last: body,
          isCertain: place.isSettled && lastUsed == index, lastUsed: lastUsed)
      }
      index -= 1
    }
    return nil
  }

  private func isBlank<F: FlashDevice & ~Copyable>(
    on flash: inout F
  ) throws(MetadataLogError<F.Failure>) -> Bool {
    for sector in 0..<layout.sectorCount {
      for index in 0..<layout.recordCount + 2
      where try position(index, ofSector: sector, as: .record, on: &flash).isUsed {
        return false
      }
    }
    return true
  }
}
