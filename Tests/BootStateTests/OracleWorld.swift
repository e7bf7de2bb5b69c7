import FirmwareImage
import Testing

@testable import BootState

/// What lies in an update slot: version 0 is nothing, or an image in pieces.
struct OracleContent: Hashable {
  var version: UInt8 = 0
  var counter: UInt8 = 0

  var tag: UInt64 { UInt64(version) << 8 | UInt64(counter) }
}

/// A pair of values, one an update slot.
struct BySlot<Value: Hashable>: Hashable {
  var slotA: Value
  var slotB: Value

  subscript(slot: UpdateSlot) -> Value {
    get { slot == .slotA ? slotA : slotB }
    set { if slot == .slotA { slotA = newValue } else { slotB = newValue } }
  }
}

/// Everything of a device that outlives a loss of power, and what a test remembers of its past.
struct OracleWorld: Hashable {
  var record: BootRecord
  var content: BySlot<OracleContent>
  var floor: UInt8 = 0
  var updatesLeft: Int
  var decaysLeft: Int
  /// Starts and faults of each unconfirmed image as they really happened, whatever is on record.
  var starts = BySlot<UInt8>(slotA: 0, slotB: 0)
  var faults = BySlot<UInt8>(slotA: 0, slotB: 0)

  /// A device that runs version 1 from slot A.
  init(updates: Int, decays: Int) {
    content = BySlot(slotA: OracleContent(version: 1), slotB: OracleContent())
    record = BootRecord()
    record.slotA.state = .confirmed
    record.slotA.imageTag = content.slotA.tag
    updatesLeft = updates
    decaysLeft = decays
  }
}

extension OracleWorld {
  func hash(into hasher: inout Hasher) {
    hasher.combine(content)
    hasher.combine(floor)
    hasher.combine(updatesLeft)
    hasher.combine(decaysLeft)
    hasher.combine(starts)
    hasher.combine(faults)
    for slot in [record.slotA, record.slotB] {
      hasher.combine(slot.state)
      hasher.combine(slot.started)
      hasher.combine(slot.excused)
      hasher.combine(slot.faulted)
    }
    hasher.combine(record.lastConfirmed)
    hasher.combine(record.oneShot)
    hasher.combine(record.pendingRun.rawValue)
  }
}

/// What is explored, and which protection is taken away.
struct OracleConfiguration: CustomTestStringConvertible {
  enum Mutation {
    /// M1: the security floor rises as soon as an update is staged.
    case floorRaisedWhenStaged
    /// M2: the attempt is not on record when the image is started.
    case attemptNotRecorded
    /// M3: nothing refuses an update while another is on trial.
    case updateNotGuarded
    /// M4: a confirmation erases the record before it writes the new one.
    case confirmErasesFirst
    /// M5: power cycles are excused without end.
    case startsNotLimited
    /// M6: a power cycle counts like a fault; stricter, and legal.
    case powerCyclesNotExcused
    /// The attempt may fail to be recorded, and the image is started all the same.
    case failedAttemptIgnored
  }

  var testDescription: String
  var hasFactory = true
  var isFactoryUnderFloor = true
  var decays = 0
  var updates = 2
  var mutation: Mutation?
  var confirmedFaultLimit: UInt8 = 0
  var lateFallback = LateFallback.allowed
  /// Any record may fail to be written.
  var writesMayFail = false
  /// The application may ask for a one-shot boot of any slot it may ask for.
  var usesOneShot = false
  /// Factory may write to the slot confirmed last too.
  var updatesAnySlotFromFactory = false
  /// Whether the explorer notes every situation it decides.
  var collectsSituations = false

  init(
    _ name: String, hasFactory: Bool = true, isFactoryUnderFloor: Bool = true, decays: Int = 0,
    mutation: Mutation? = nil
  ) {
    testDescription = name
    self.hasFactory = hasFactory
    self.isFactoryUnderFloor = isFactoryUnderFloor
    self.decays = decays
    self.mutation = mutation
  }

  var policy: BootPolicy {
    BootPolicy(
      faultLimit: Self.faultLimit, startLimit: Self.startLimit,
      confirmedFaultLimit: confirmedFaultLimit, lateFallback: lateFallback)
  }

  static var faultLimit: UInt8 { 2 }
  static var startLimit: UInt8 { 4 }
}

/// The invariants of the boot state machine.
enum OracleInvariant: String, Hashable {
  case somethingBoots = "I1"
  case startsAreLimited = "I2"
  case faultsAreLimited = "I2b"
  case confirmationIsOldOrNew = "I3"
  case lastFallbackStays = "I4"
  case floorIsConfirmed = "I5"
  case confirmedImageIsChosen = "I6"
  case ordinaryBootWritesNothing = "I7"
}
