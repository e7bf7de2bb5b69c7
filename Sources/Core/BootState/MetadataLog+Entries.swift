public import NORFlash

/// One readable record of the log.
public struct MetadataLogEntry: Equatable, Sendable {
  /// The half of the log it stands in: 0, or 1 for the second of a log that is held twice.
  public let half: UInt32
  /// The sector it stands in, counted from 0 at the start of the partition.
  public let sector: UInt32
  /// The position in the sector, counted from 1.
  public let position: UInt32
  /// The number of the state; what repeats a state repeats its number.
  public let sequence: UInt32
  /// The generation of the sector.
  public let generation: UInt32
  /// The digest of the partition table it belongs to.
  public let tableDigest: UInt32
  /// Whether its settle unit was programmed.
  public let isSettled: Bool
  /// The state it holds.
  public let record: BootRecord
}

extension MetadataLog {
  /// Calls `visit` with every readable record, oldest sector first, in the order of writing; of a log
  /// that is held twice, first with those of the first half, then with those of the second.
  ///
  /// Reads only. What is shown may include records that a mount would not trust.
  ///
  /// - Throws: `MetadataLogError.flash` for a failure other than an unreadable unit.
  /// - Complexity: O(size of the partition + sectors²)
  public func forEachEntry<F: FlashDevice & ~Copyable>(
    on flash: inout F, _ visit: (MetadataLogEntry) -> Void
  ) throws(MetadataLogError<F.Failure>) {
    // Reading leaves its trace in a half; this one is thrown away.
    var copy = self
    do throws(F.Failure) {
      for half in 0..<copy.halfCount { try copy.halves[half].forEachEntry(on: &flash, visit) }
    } catch { throw .flash(error) }
  }
}

extension LogRing {
  fileprivate mutating func forEachEntry<F: FlashDevice & ~Copyable>(
    on flash: inout F, _ visit: (MetadataLogEntry) -> Void
  ) throws(F.Failure) {
    var newest: UInt32?
    for _ in 0..<layout.sectorCount {
      guard let next = try oldestSector(newerThan: newest, on: &flash) else { return }
      newest = next.generation
      for index in 1...layout.lastPosition {
        var record = BootRecord()
        let place = try read(
          position: index, ofSector: next.sector, recordInto: &record, on: &flash,
          under: EveryProtection.self)
        guard place.kind == .record else { continue }
        visit(
          MetadataLogEntry(
            half: layout.firstSector == 0 ? 0 : 1, sector: layout.firstSector + next.sector,
            position: index, sequence: body.sequence, generation: body.generation,
            tableDigest: body.tableDigest, isSettled: place.isSettled, record: record))
      }
    }
  }

  private mutating func oldestSector<F: FlashDevice & ~Copyable>(
    newerThan generation: UInt32?, on flash: inout F
  ) throws(F.Failure) -> (sector: UInt32, generation: UInt32)? {
    var oldest: (sector: UInt32, generation: UInt32)?
    for sector in 0..<layout.sectorCount {
      var record = BootRecord()
      let header = try read(
        position: 0, ofSector: sector, recordInto: &record, on: &flash,
        under: EveryProtection.self)
      guard header.kind == .sector else { continue }
      let found = body.generation
      if let generation, !Self.isNumber(found, newerThan: generation) { continue }
      if let oldest, !Self.isNumber(oldest.generation, newerThan: found) { continue }
      oldest = (sector, found)
    }
    return oldest
  }
}
