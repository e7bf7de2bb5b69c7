public import BootState
public import FlashPartitions
public import NORFlash

/// Where the parts of the boot path lie in the flash.
public struct BootLayout: Equatable, Sendable {
  /// The image of last resort, or `nil` on a device without one.
  public var factory: FlashRange?
  /// The first update slot.
  public var slotA: FlashRange
  /// The second update slot.
  public var slotB: FlashRange
  /// The metadata log.
  public var metadata: FlashRange
  /// The digest of the partition table: state of another layout is not believed.
  public var tableDigest: UInt32

  /// Makes a layout from ranges.
  public init(
    factory: FlashRange?, slotA: FlashRange, slotB: FlashRange, metadata: FlashRange,
    tableDigest: UInt32
  ) {
    self.factory = factory
    self.slotA = slotA
    self.slotB = slotB
    self.metadata = metadata
    self.tableDigest = tableDigest
  }

  /// Takes the layout from a partition table, by the roles of its partitions.
  ///
  /// - Throws: `BootLayoutError.missing` if there is no slot A, slot B or metadata partition.
  /// - Complexity: O(partitions)
  public init(_ table: borrowing PartitionTable) throws(BootLayoutError) {
    guard let slotA = table.partition(for: .slotA) else { throw .missing(.slotA) }
    guard let slotB = table.partition(for: .slotB) else { throw .missing(.slotB) }
    guard let metadata = table.partition(for: .metadata) else { throw .missing(.metadata) }
    self.init(
      factory: table.partition(for: .factory)?.range, slotA: slotA.range, slotB: slotB.range,
      metadata: metadata.range, tableDigest: table.digest)
  }

  /// The bytes of a boot slot, or `nil` if the device has no such slot.
  public func range(of slot: BootSlot) -> FlashRange? {
    switch slot {
    case .slotA: slotA
    case .slotB: slotB
    case .factory: factory
    }
  }
}

/// Why a partition table does not describe a device that can boot.
public enum BootLayoutError: Error, Equatable, Sendable {
  /// No partition has this role.
  case missing(PartitionRole)
}
