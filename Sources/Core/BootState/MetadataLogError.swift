/// Why a metadata log cannot be mounted or written.
public enum MetadataLogError<Failure: Error>: Error {
  /// The partition has a shape that no log can live on; nothing was read or written.
  case unsuitablePartition(MetadataLogUnsuitability)
  /// Every place that may be written was tried and refused; the erase block at `address` was last.
  ///
  /// The state of the device is still what `MetadataLog.record` says, but the next mount may find
  /// the record that was being written instead.
  case notWritable(address: UInt32)
  /// The flash failed in a way the log cannot work around, such as a loss of power.
  ///
  /// During an append the next mount finds the old record or the new one.
  case flash(Failure)
}

extension MetadataLogError: Equatable where Failure: Equatable {}
extension MetadataLogError: Sendable where Failure: Sendable {}

/// Why no metadata log can live on a partition.
public enum MetadataLogUnsuitability: Error, Equatable, Sendable {
  /// The partition has erase blocks, program units or ECC units of different sizes.
  case mixedRegions
  /// The program unit, or the ECC unit if that is larger, is not a power of two up to `largest`.
  case programUnit(UInt32, largest: UInt32)
  /// The erase blocks hold fewer than two sectors of `sectorSize` bytes.
  case tooSmall(size: UInt32, sectorSize: UInt32)
  /// The partition has four sectors or more, on which the log is held twice, and the program was
  /// built to hold it once: see `SingleMetadataLog`.
  case needsTwoCopies(sectorCount: UInt32)
}
