internal import NORFlash

extension MetadataLog {
  /// The positions of a sector that may refuse a record before the next sector is taken.
  private static var positionAttempts: Int { 4 }
  /// The sectors, counting repetitions, that may refuse a compaction before it is given up.
  private static var sectorAttempts: Int { 4 }

  mutating func append<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ record: BootRecord, to flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) {
    if let sector, health.condition == .sound, !isCompactionPending {
      var attempts = Self.positionAttempts
      while lastUsed < layout.recordCount && attempts > 0 {
        lastUsed += 1
        attempts -= 1
        let body = LogBody(
          generation: generation, sequence: sequence &+ 1, tableDigest: tableDigest, record: record)
        if try place(body, as: .record, at: lastUsed, of: sector, on: &flash, under: P.self) {
          sequence &+= 1
          accept(record)
          return
        }
      }
    }
    try compact(record, on: &flash, under: P.self)
  }

  /// Moves to the next sector that takes `record`, or to the first one if there is no log.
  mutating func compact<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ record: BootRecord, on flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) {
    if let sector {
      if P.intentMark {
        try announce(in: sector, on: &flash)
        isCompactionPending = true
      }
    } else {
      // Whatever could not be trusted must not become trusted later.
      try eraseAll(except: 0, on: &flash)
    }
    var target = sector ?? layout.sectorCount - 1
    for _ in 0..<Self.sectorAttempts {
      target = layout.sector(after: target)
      if target == sector { target = layout.sector(after: target) }
      // Even a sector that failed halfway must lose against the next one.
      highestGeneration &+= 1
      if try found(target, with: record, on: &flash, under: P.self) {
        sector = target
        generation = highestGeneration
        sequence &+= P.provenHeader ? 2 : 1
        lastUsed = P.provenHeader ? 2 : 1
        isCompactionPending = false
        accept(record)
        return
      }
    }
    health.isWritable = false
    throw .notWritable(address: target * layout.sectorSize)
  }

  private mutating func accept(_ record: BootRecord) {
    self.record = record
    health.condition = .sound
    health.isWritable = true
    health.generation = generation
    health.positionsUsed = lastUsed
  }

  /// Erases a sector and makes it the newest one.
  private func found<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ target: UInt32, with record: BootRecord, on flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) -> Bool {
    // A sector that looks blank may be half erased.
    guard try erase(sector: target, on: &flash) else { return false }
    var body = LogBody(
      generation: highestGeneration, sequence: sequence &+ 1, tableDigest: tableDigest,
      record: record)
    let header = LogBody(
      generation: highestGeneration, sequence: 0, tableDigest: tableDigest, record: BootRecord())
    guard try place(body, as: .record, at: 1, of: target, on: &flash, under: P.self),
      try place(header, as: .sector, at: 0, of: target, on: &flash, under: P.self)
    else { return false }
    guard P.provenHeader else { return true }
    body.sequence &+= 1
    return try place(body, as: .record, at: 2, of: target, on: &flash, under: P.self)
  }

  /// Programs begin unit, body and settle unit of a position, each read back before the next.
  private func place<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ body: LogBody, as kind: LogBodyKind, at index: UInt32, of sector: UInt32,
    on flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) -> Bool {
    let address = layout.address(sector: sector, position: index)
    if P.beginUnit {
      guard try mark(at: address, count: layout.unit, on: &flash) else { return false }
    }
    var storage: [64 of UInt8] = .init(repeating: 0)
    var bytes = storage.mutableSpan
    body.encode(into: &bytes, as: kind)
    guard try program(at: address + layout.beginSize, bytes.span, on: &flash) else { return false }
    guard P.settleAndEcho else { return true }
    return try mark(
      at: address + layout.beginSize + MetadataLogLayout.bodySize, count: layout.settleSize,
      on: &flash)
  }

  /// Announces in the current sector that another one is about to be erased.
  private func announce<F: FlashDevice & ~Copyable>(
    in sector: UInt32, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) {
    for index in 0..<layout.intentCount {
      let address = layout.intentAddress(sector: sector, index: index)
      if try inspect(at: address, count: layout.unit, on: &flash) == .blank,
        try mark(at: address, count: layout.unit, on: &flash)
      {
        return
      }
    }
    // Every unit reads as an announcement already; where it is allowed, one is made certain.
    if layout.rewriteRule.allowsMarkingAgain {
      _ = try mark(
        at: layout.intentAddress(sector: sector, index: 0), count: layout.unit, on: &flash)
    }
  }

  /// Erases every sector but one, as far as the device can.
  func eraseAll<F: FlashDevice & ~Copyable>(
    except kept: UInt32, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) {
    for sector in 0..<layout.sectorCount where sector != kept {
      _ = try erase(sector: sector, on: &flash)
    }
  }
}
