public import NORFlash

/// How grave a finding is.
public enum FindingSeverity: UInt8, Comparable, Sendable {
  /// Worth knowing; nothing to do.
  case note
  /// Legal, and likely a mistake or a cost.
  case warning
  /// The table must not be used.
  case error

  /// Orders severities from `note` to `error`.
  public static func < (left: FindingSeverity, right: FindingSeverity) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// One thing that the rules have to say about a table.
///
/// Numbers without a label are indices of partitions in the table.
public enum PartitionFinding: Equatable, Sendable {
  // Place.

  /// The partition has no bytes.
  case empty(Int)
  /// The partition ends behind the flash of `flashSize` bytes.
  case outsideFlash(Int, flashSize: UInt32)
  /// Two partitions share bytes.
  case overlap(Int, Int)
  /// The partition shares bytes with a reserved range: the table's sector or the boot loader.
  case overlapsReserved(Int, FlashRange)
  /// The partition starts inside the erase block `block`.
  case startInsideBlock(Int, block: FlashRange)
  /// The partition ends inside the erase block `block`.
  case endInsideBlock(Int, block: FlashRange)
  /// Two partitions lie in the same erase block: erasing for one destroys the other.
  case sharedBlock(Int, Int, block: FlashRange)

  // Names.

  /// The partition has no name.
  case unnamed(Int)
  /// Two partitions have the same name.
  case duplicateName(Int, Int)
  /// The name holds a control character, which is an error, or a byte that is not ASCII, which few
  /// formats can carry.
  case unprintableName(Int, byte: UInt8)

  // Roles.

  /// No partition has the role.
  case missingRole(PartitionRole, RoleRule)
  /// Two partitions have the same role.
  case duplicateRole(PartitionRole, Int, Int)
  /// A partition that the boot path writes is marked read-only.
  case readOnlyRole(PartitionRole, Int)
  /// The factory image is not marked read-only.
  case writableFactory(Int)

  // Logs and slots.

  /// A log needs `required` erase blocks, one of which may be torn; the partition has `count`.
  case tooFewBlocks(Int, count: UInt32, required: UInt32)
  /// A store of data lies in a single erase block: a cut during its erase loses all of it.
  case singleBlockStore(Int)
  /// The log bears only about `writes` records before its blocks are worn out.
  case shortLogLife(Int, writes: UInt32)
  /// The slots have different sizes.
  case slotSizesDiffer(Int, Int, SlotRule)
  /// The erase blocks of the slots differ from `offset` on.
  case slotBlocksDiffer(Int, Int, offset: UInt32, SlotRule)
  /// The slot cannot hold a header, a payload and `trailer` bytes of trailer in blocks of its own.
  case slotTooSmall(Int, trailer: UInt32)
  /// The scratch area is smaller than `required` bytes, the largest erase block of a slot.
  case scratchTooSmall(Int, required: UInt32)
  /// No partition is named `scratch`, which the swap needs.
  case scratchMissing
  /// A swap by moving needs one erase block more than an image in the slot; it has only `count`.
  case noBlockToMove(Int, count: UInt32)
  /// A structure of `size` bytes is not a multiple of the `unit` that is programmed at once there.
  case unitMismatch(Int, size: UInt32, unit: UInt32)

  // Protection and addresses.

  /// A writable partition lies in a range that the hardware protects.
  case writableInProtected(Int, FlashRange)
  /// A read-only partition that hardware protection does not cover.
  case readOnlyUnprotected(Int)
  /// The bytes belong to no partition.
  case gap(FlashRange)
  /// The bytes belong to no partition and would hold another slot.
  case gapFitsSlot(FlashRange)
  /// The partition has erase blocks of different sizes.
  case mixedBlockSizes(Int)
  /// The partition crosses the boundary between two banks at `boundary`.
  case crossesBank(Int, boundary: UInt32)
  /// Code that runs in place must start at a multiple of `alignment`.
  case misalignedForExecution(Int, alignment: UInt32)
  /// Code that runs in place lies outside the window that the processor sees.
  case outsideWindow(Int, FlashRange)
  /// The partition reaches above 16 MiB, which three address bytes cannot express.
  case needsFourByteAddresses(Int)
  /// Data that lies directly behind an app: it would have to move if the app had to grow.
  case dataBehindApp(data: Int, app: Int)

  /// How grave it is.
  public var severity: FindingSeverity {
    switch self {
    case .empty, .outsideFlash, .overlap, .overlapsReserved, .startInsideBlock, .endInsideBlock,
      .sharedBlock, .unnamed, .duplicateName, .duplicateRole, .readOnlyRole,
      .tooFewBlocks, .slotTooSmall, .scratchTooSmall, .scratchMissing, .noBlockToMove,
      .unitMismatch, .writableInProtected:
      .error
    case .unprintableName(_, let byte): byte < 0x80 ? .error : .warning
    case .missingRole(let role, let rule): rule == .required && role != .factory ? .error : .warning
    case .slotSizesDiffer(_, _, let rule), .slotBlocksDiffer(_, _, _, let rule):
      rule == .equal ? .error : .warning
    case .singleBlockStore, .shortLogLife, .readOnlyUnprotected, .gap, .gapFitsSlot,
      .mixedBlockSizes, .crossesBank, .misalignedForExecution, .outsideWindow,
      .needsFourByteAddresses:
      .warning
    case .writableFactory, .dataBehindApp: .note
    }
  }
}
