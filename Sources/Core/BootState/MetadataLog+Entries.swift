public import NORFlash

/// One readable record of the log.
public struct MetadataLogEntry: Equatable, Sendable {
  /// The sector it stands in, counted from 0.
  public let sector: UInt32
  /// The position in the sector, counted from 1.
  public let position: UInt32
  /// The number of the record.
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
  /// Calls `visit` with every readable record, oldest sector first, in the order of writing.
  ///
  /// Reads only. What is shown may include records that a mount would not trust.
  ///
  /// - Throws: `MetadataLogError.flash` for a failure other than an unreadable unit.
  /// - Complexity: O(size of the partition + sectors²)
  public func forEachEntry<F: FlashDevice & ~Copyable>(
    on flash: inout F, _ visit: (MetadataLogEntry) -> Void
  ) throws(MetadataLogError<F.Failure>) {
    var newest: UInt32?
    for _ in 0..<layout.sectorCount {
      guard let next = try oldestSector(newerThan: newest, on: &flash) else { return }
      newest = next.generation
      for index in 1...layout.recordCount {
        let place = try position(index, ofSector: next.sector, as: .record, on: &flash)
        guard let body = place.body else { continue }
        visit(
          MetadataLogEntry(
            sector: next.sector, position: index, sequence: body.sequence,
            generation: body.generation, tableDigest: body.tableDigest,
            isSettled: place.isSettled, record: body.record))
      }
    }
  }

  private func oldestSector<F: FlashDevice & ~Copyable>(
    newerThan generation: UInt32?, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) -> (sector: UInt32, generation: UInt32)? {
    var oldest: (sector: UInt32, generation: UInt32)?
    for sector in 0..<layout.sectorCount {
      let header = try position(0, ofSector: sector, as: .sector, on: &flash)
      guard let found = header.body?.generation else { continue }
      if let generation, !Self.isGeneration(found, newerThan: generation) { continue }
      if let oldest, !Self.isGeneration(oldest.generation, newerThan: found) { continue }
      oldest = (sector, found)
    }
    return oldest
  }
}
