public import NORFlash

/// Which roles a table must fill.
public enum RoleRule: Equatable, Sendable {
  /// Roles are not looked at.
  case ignored
  /// A missing role is a warning: a table that others may have made.
  case advised
  /// A missing slot A, slot B or metadata log is an error, a missing factory image a warning.
  case required
}

/// How alike the two slots must be.
public enum SlotRule: Equatable, Sendable {
  /// The same size and the same sequence of erase blocks: every image fits either slot.
  case equal
  /// Free; differences are warnings.
  case independent
}

/// Whether a partition may lie inside another.
public enum NestingRule: Equatable, Sendable {
  /// No two partitions share a byte.
  case forbidden
  /// Partitions may share bytes if one lies wholly inside the other, as in a devicetree.
  case whollyInside
}

/// How an update reaches the slot that runs.
public enum UpdateMethod: Equatable, Sendable {
  /// Images run from the slot they were written to.
  case inPlace
  /// Slots are exchanged by way of a partition named `scratch`, as MCUboot can.
  case swapUsingScratch
  /// Slots are exchanged by moving one of them up by one erase block, as MCUboot can.
  case swapUsingMove
}

/// Up to eight ranges of a flash, stored inline.
public struct FlashRangeList: Sendable {
  /// The number of ranges a list can hold.
  public static var maximumCount: Int { 8 }

  private var ranges: [8 of FlashRange]
  /// The number of ranges.
  public private(set) var count: Int

  /// Makes an empty list.
  public init() {
    ranges = .init(repeating: FlashRange(start: 0, count: 0))
    count = 0
  }

  /// Adds a range.
  ///
  /// - Throws: `PartitionTableError.tooManyRanges`.
  public mutating func append(_ range: FlashRange) throws(PartitionTableError) {
    guard count < Self.maximumCount else { throw .tooManyRanges(limit: Self.maximumCount) }
    ranges[count] = range
    count += 1
  }

  /// The range at `index`, which must be below `count`.
  public subscript(index: Int) -> FlashRange {
    precondition(index >= 0 && index < count, "range index out of range")
    return ranges[index]
  }
}

/// What the rules need to know besides the table and the flash; a zero means unknown or unused.
public struct PartitionCheckOptions: Sendable {
  /// Which roles the table must fill.
  public var roles: RoleRule = .required
  /// How alike the slots must be.
  public var slots: SlotRule = .equal
  /// Whether partitions may be nested.
  public var nesting: NestingRule = .forbidden
  /// How an update reaches the running slot.
  public var update: UpdateMethod = .inPlace
  /// Ranges no partition may touch: the boot loader, the sector of the table itself.
  public var reserved = FlashRangeList()
  /// Ranges that the hardware protects from writing.
  public var protected = FlashRangeList()
  /// The size of an image header in bytes.
  public var imageHeaderSize: UInt32 = 0
  /// The size of the trailer at the end of a slot in bytes.
  public var slotTrailerSize: UInt32 = 0
  /// The size of a record of the metadata log in bytes.
  public var metadataRecordSize: UInt32 = 0
  /// How many erases a block bears.
  public var eraseEndurance: UInt32 = 0
  /// The size of a bank in bytes, if the flash has several equal ones.
  public var bankSize: UInt32 = 0
  /// The alignment of code that runs in place, in bytes: the vector table's, or the cache page's.
  public var executionAlignment: UInt32 = 0
  /// The addresses from which code can run in place, if that is not the whole flash.
  public var executionWindow: FlashRange?

  /// Makes options for the boot path of this project: all roles required, equal slots, no nesting.
  public init() {}
}
