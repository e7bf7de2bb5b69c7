public import NORFlash

/// Properties of a partition, one bit each; bits without a name here are kept as they are.
public struct PartitionFlags: OptionSet, Equatable, Sendable {
  /// The flags word of a binary table.
  public var rawValue: UInt32

  /// Makes flags of any word.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The hardware encrypts what is written and decrypts what is read.
  public static let encrypted = PartitionFlags(rawValue: 1 << 0)
  /// Software must not write the partition.
  public static let readOnly = PartitionFlags(rawValue: 1 << 1)

  /// The bits that have no name here.
  public var unknown: UInt32 { rawValue & ~0b11 }
}

/// A named part of a flash.
public struct Partition: Equatable, Sendable {
  /// The name, unique in a table.
  public var label: PartitionLabel
  /// What the partition holds.
  public var kind: PartitionKind
  /// Where it lies.
  public var range: FlashRange
  /// Its properties.
  public var flags: PartitionFlags

  /// Makes a partition; whether it makes sense is for `PartitionTable.forEachFinding` to say.
  public init(
    label: PartitionLabel, kind: PartitionKind, range: FlashRange,
    flags: PartitionFlags = PartitionFlags()
  ) {
    self.label = label
    self.kind = kind
    self.range = range
    self.flags = flags
  }

  /// The broad class of the content.
  public var type: PartitionType { kind.type }
  /// The number inside the class.
  public var subtype: UInt8 { kind.subtype }
  /// The part that the boot path gives this partition, or `nil` for any other partition.
  public var role: PartitionRole? { PartitionRole(kind) }
  /// Whether software may write the partition.
  public var access: PartitionAccess { flags.contains(.readOnly) ? .readOnly : .readWrite }
}

/// The parts that the boot path gives to partitions.
public enum PartitionRole: UInt8, CaseIterable, Equatable, Sendable {
  /// The image of last resort: app, subtype `factory`.
  case factory
  /// The first updatable slot: app, subtype `ota_0`.
  case slotA
  /// The second updatable slot: app, subtype `ota_1`.
  case slotB
  /// The metadata log: data, subtype 0x40 (`bootstate`).
  case metadata

  /// The kind by which a partition has this role.
  public var kind: PartitionKind {
    switch self {
    case .factory: .factory
    case .slotA: .ota(0)
    case .slotB: .ota(1)
    case .metadata: .bootState
    }
  }

  /// The role of partitions of `kind`, or `nil` if they have none.
  public init?(_ kind: PartitionKind) {
    switch kind {
    case .factory: self = .factory
    case .ota(0): self = .slotA
    case .ota(1): self = .slotB
    case .bootState: self = .metadata
    default: return nil
    }
  }
}
