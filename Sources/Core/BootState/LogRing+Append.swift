internal import NORFlash

extension LogRing {
  /// The positions of a sector that may refuse a body before the next sector is taken.
  private static var positionAttempts: Int { 4 }
  /// The sectors, counting repetitions, that may refuse a move before it is given up.
  private static var sectorAttempts: Int { 4 }

  /// Makes a record the state of this log.
  ///
  /// - Returns: Whether a place took it; if not, `target` was the last sector that was tried.
  @inline(never)
  mutating func append<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ record: borrowing BootRecord, to flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    var body: [64 of UInt8] = .init(repeating: 0)
    var bytes = body.mutableSpan
    record.encode(intoLogBody: &bytes)
    // Of two halves, one that is not certain may be damaged: it goes on where nothing is left.
    if health.condition == .sound && (isCertain || !layout.isMirrored),
      try extend(&bytes, as: .record, upTo: layout.lastRecord, on: &flash, under: P.self)
    {
      accept(bytes.span)
      return true
    }
    return try move(&bytes, on: &flash, under: P.self)
  }

  /// Writes a body to the next position of the current sector that takes it.
  ///
  /// - Returns: Whether one did.
  @inline(never)
  mutating func extend<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ bytes: inout MutableSpan<UInt8>, as kind: LogBodyKind, upTo last: UInt32,
    on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    guard let sector else { return false }
    LogBody.seal(
      &bytes, as: kind, generation: generation, sequence: sequence, tableDigest: sectorDigest)
    var attempts = Self.positionAttempts
    while lastUsed < last && attempts > 0 {
      lastUsed += 1
      attempts -= 1
      health.positionsUsed = lastUsed
      if try layout.write(
        bytes.span, position: lastUsed, ofSector: sector, on: &flash, under: P.self)
      {
        return true
      }
    }
    return false
  }

  /// Says in the current sector that the log goes on in a newer one, as things stand that of a
  /// generation.
  @inline(never)
  mutating func appendMove<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    to successor: UInt32, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    var body: [64 of UInt8] = .init(repeating: 0)
    var bytes = body.mutableSpan
    bytes.store(littleEndian: successor, at: 20)
    return try extend(&bytes, as: .move, upTo: layout.lastPosition, on: &flash, under: P.self)
  }

  /// Goes on in the next sector that takes a record, or in the first one if there is no log.
  ///
  /// - Parameter bytes: The body of the record; its head is sealed here.
  /// - Returns: Whether a sector took it; if not, `target` was the last one that was tried.
  @inline(never)
  mutating func move<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ bytes: inout MutableSpan<UInt8>, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    if sector == nil {
      // What could not be trusted must not become trusted later.
      for index in 0..<layout.sectorCount { _ = try layout.erase(sector: index, on: &flash) }
    }
    target = sector ?? layout.sectorCount - 1
    for _ in 0..<Self.sectorAttempts {
      target = layout.sector(after: target)
      if target == sector { target = layout.sector(after: target) }
      // Even a sector that failed halfway must lose against the next one.
      highestGeneration &+= 1
      guard try found(&bytes, on: &flash, under: P.self) else { continue }
      if P.moveRecord && !isLeft && lastUsed >= 2 {
        isLeft = try appendMove(to: highestGeneration, on: &flash, under: P.self)
      }
      sector = target
      generation = highestGeneration
      sectorDigest = tableDigest
      lastUsed = 1
      isLeft = false
      if P.provenSector {
        // Without an echo the next mount has to decide: nobody may act upon the record before.
        guard
          try extend(&bytes, as: .record, upTo: layout.lastRecord, on: &flash, under: P.self)
        else { break }
      }
      accept(bytes.span)
      return true
    }
    health.isWritable = false
    return false
  }

  /// Takes over what has been written.
  @inline(never)
  private mutating func accept(_ body: Span<UInt8>) {
    record = BootRecord(logBody: body)
    inheritedRevocations = 0
    isCertain = true
    health.condition = .sound
    health.isWritable = true
    health.generation = generation
    health.positionsUsed = lastUsed
  }

  /// Erases the target and makes it ready for use: first record, then header.
  private func found<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ record: inout MutableSpan<UInt8>, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    // A sector that looks blank may be half erased.
    var mayStay = false
    if !P.eraseBeforeUse {
      mayStay = try layout.isBlank(sectors: target..<target + 1, on: &flash)
    }
    if !mayStay {
      guard try layout.erase(sector: target, on: &flash) else { return false }
    }
    LogBody.seal(
      &record, as: .record, generation: highestGeneration, sequence: sequence,
      tableDigest: tableDigest)
    guard
      try layout.write(record.span, position: 1, ofSector: target, on: &flash, under: P.self)
    else { return false }
    var body: [64 of UInt8] = .init(repeating: 0)
    var header = body.mutableSpan
    LogBody.seal(
      &header, as: .sector, generation: highestGeneration, sequence: 0, tableDigest: tableDigest)
    return try layout.write(header.span, position: 0, ofSector: target, on: &flash, under: P.self)
  }
}
