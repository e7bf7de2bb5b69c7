/// One of the two slots that updates are written to.
public enum UpdateSlot: UInt8, Equatable, Hashable, Sendable {
  /// Partition `ota_0`.
  case slotA = 0
  /// Partition `ota_1`.
  case slotB = 1

  /// The place of its record among the two.
  var index: Int { Int(rawValue) }

  /// The other of the two.
  public var other: UpdateSlot { self == .slotA ? .slotB : .slotA }
}

/// A place a device can boot from.
public enum BootSlot: UInt8, Equatable, Hashable, Sendable {
  /// Partition `ota_0`.
  case slotA = 0
  /// Partition `ota_1`.
  case slotB = 1
  /// The image the device left the factory with; never written to, and without a state.
  case factory = 2

  /// The boot slot of an update slot.
  public init(_ slot: UpdateSlot) { self = slot == .slotA ? .slotA : .slotB }

  /// The update slot this is, or `nil` for factory.
  public var updateSlot: UpdateSlot? {
    switch self {
    case .slotA: .slotA
    case .slotB: .slotB
    case .factory: nil
    }
  }

  /// The published name: `slot-a`, `slot-b` or `factory`.
  public var name: StaticString {
    switch self {
    case .slotA: "slot-a"
    case .slotB: "slot-b"
    case .factory: "factory"
    }
  }
}
