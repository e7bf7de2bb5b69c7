internal import NORFlash

/// A run whose outcome has not been accounted for yet.
///
/// The raw values stand in flash; they never change their meaning.
public enum PendingRun: UInt8, Equatable, Sendable {
  /// Every run that was recorded has been accounted for.
  case none = 0
  /// A trial of slot A was started.
  case trialOfSlotA = 1
  /// A trial of slot B was started.
  case trialOfSlotB = 2
  /// A one-shot boot was started.
  case oneShot = 3

  /// The pending trial of a slot.
  public init(trialOf slot: UpdateSlot) {
    self = slot == .slotA ? .trialOfSlotA : .trialOfSlotB
  }

  /// The slot whose trial is pending.
  public var trialSlot: UpdateSlot? {
    switch self {
    case .trialOfSlotA: .slotA
    case .trialOfSlotB: .slotB
    case .none, .oneShot: nil
    }
  }
}

/// The whole boot state of a device: what one record of the metadata log holds.
///
/// Every record is a full snapshot, so that no record depends on an older one. The security floor is
/// not part of it: that lives in a monotonic store of its own.
public struct BootRecord: Equatable, Sendable {
  /// The records of slot A and slot B, reached by index so that a change of one field of one of them
  /// is a store and not a choice between two copies.
  var slots: [2 of SlotRecord]
  /// The slot that was confirmed last; it means something only if that slot is confirmed.
  public var lastConfirmed: UpdateSlot
  /// A slot to boot once, or `nil`.
  public var oneShot: BootSlot?
  /// A run whose outcome the next boot has to account for.
  public var pendingRun: PendingRun
  /// Trusted keys that are revoked: bit i stands for the key at index i.
  public var revokedKeys: UInt32
  /// Whether the log was lost and this state was found again from the images alone.
  public var isReconstructed: Bool

  // Exists once: a boot loader's size matters more than this call.

  /// Makes the state of a device with two empty slots.
  @inline(never)
  public init() {
    slots = [SlotRecord(), SlotRecord()]
    lastConfirmed = .slotA
    oneShot = nil
    pendingRun = .none
    revokedKeys = 0
    isReconstructed = false
  }

  /// The record of one slot.
  public subscript(slot: UpdateSlot) -> SlotRecord {
    get { slots.span[Int(slot.rawValue)] }
    _modify { yield &slots[Int(slot.rawValue)] }
  }

  /// The record of slot A.
  public var slotA: SlotRecord {
    get { slots.span[0] }
    _modify { yield &slots[0] }
  }

  /// The record of slot B.
  public var slotB: SlotRecord {
    get { slots.span[1] }
    _modify { yield &slots[1] }
  }

  /// Whether both records say the same of everything: whether the same bytes would stand in flash.
  public static func == (left: BootRecord, right: BootRecord) -> Bool {
    LogBody(of: left).bytes.span.isEqual(to: LogBody(of: right).bytes.span)
  }
}
