import FirmwareImage
import Testing

@testable import BootState

/// What a test says about the image in a slot: its tag is its version.
func image(_ version: UInt8, counter: UInt32 = 0) -> BootableImage {
  BootableImage(
    version: ImageVersion(major: version, minor: 0, revision: 0), imageTag: UInt64(version),
    securityCounter: counter)
}

/// The verdict on a good image of this version.
func good(_ version: UInt8, counter: UInt32 = 0) -> CandidateVerdict {
  .bootable(image(version, counter: counter))
}

extension SlotRecord {
  static func make(
    _ state: SlotState, version: UInt8 = 0, started: UInt8 = 0, faulted: UInt8 = 0,
    excused: UInt8 = 0, faultLimit: UInt8 = 2, startLimit: UInt8 = 4
  ) -> SlotRecord {
    var slot = SlotRecord()
    slot.state = state
    slot.imageTag = UInt64(version)
    slot.started = started
    slot.faulted = faulted
    slot.excused = excused
    slot.faultLimit = faultLimit
    slot.startLimit = startLimit
    return slot
  }

  static var empty: SlotRecord { SlotRecord() }
  static func writing(_ version: UInt8) -> SlotRecord { make(.writing, version: version) }
  static func staged(_ version: UInt8) -> SlotRecord { make(.staged, version: version) }
  static func confirmed(_ version: UInt8, faulted: UInt8 = 0) -> SlotRecord {
    make(.confirmed, version: version, faulted: faulted)
  }
  static func suspended(_ version: UInt8, faulted: UInt8 = 0) -> SlotRecord {
    make(.suspended, version: version, faulted: faulted)
  }
  static func trial(
    _ version: UInt8, started: UInt8 = 1, faulted: UInt8 = 0, excused: UInt8 = 0
  ) -> SlotRecord {
    make(.trial, version: version, started: started, faulted: faulted, excused: excused)
  }
  static func rejected(_ version: UInt8, _ cause: RejectionCause) -> SlotRecord {
    var slot = make(.rejected, version: version)
    slot.cause = cause
    return slot
  }
}

extension BootRecord {
  init(
    slotA: SlotRecord, slotB: SlotRecord, lastConfirmed: UpdateSlot = .slotA,
    pendingRun: PendingRun = .none, oneShot: BootSlot? = nil
  ) {
    self.init()
    self.slotA = slotA
    self.slotB = slotB
    self.lastConfirmed = lastConfirmed
    self.pendingRun = pendingRun
    self.oneShot = oneShot
  }
}

/// A decision and the slots that had to be verified for it, in order.
struct DecisionRun: Equatable {
  var decision: BootDecision
  var examined: [BootSlot]

  var slot: BootSlot? {
    if case .boot(let slot) = decision.outcome { slot } else { nil }
  }
  var isRequired: Bool {
    if case .required = decision.duty { true } else { false }
  }
}

/// Asks `decide` until it has decided, giving it the verdicts it asks for, and only those.
///
/// Returns `nil` if it asks for a slot twice, or for more slots than there are.
func run(_ situation: BootSituation, knowing verdicts: CandidateVerdicts) -> DecisionRun? {
  var situation = situation
  situation.verdicts = CandidateVerdicts()
  var examined: [BootSlot] = []
  while true {
    switch decide(situation) {
    case .decided(let decision): return DecisionRun(decision: decision, examined: examined)
    case .examine(let slot):
      guard examined.count < 3, situation.verdicts[slot] == .notExamined else { return nil }
      situation.verdicts[slot] = verdicts[slot]
      examined.append(slot)
    }
  }
}

/// A device with three good images: versions 1 and 2 in the slots, 9 in factory.
struct Device {
  var record: BootRecord?
  var access = LogAccess.writable
  var verdicts = CandidateVerdicts(slotA: good(1), slotB: good(2), factory: good(9))
  var floor: UInt32 = 0
  var policy = BootPolicy(faultLimit: 2, startLimit: 4, confirmedFaultLimit: 3)
  /// Whether RAM survives a warm reset.
  var keepsRAM = true
  var retained: RetainedState?

  init(_ record: BootRecord?) { self.record = record }

  init(
    _ slotA: SlotRecord, _ slotB: SlotRecord, lastConfirmed: UpdateSlot = .slotA,
    pendingRun: PendingRun = .none, oneShot: BootSlot? = nil
  ) {
    record = BootRecord(
      slotA: slotA, slotB: slotB, lastConfirmed: lastConfirmed, pendingRun: pendingRun,
      oneShot: oneShot)
  }

  /// What the device would do after this reset.
  func decision(after cause: ResetCause) throws -> DecisionRun {
    let situation = BootSituation(
      record: record, logAccess: access, resetCause: cause, retained: retained,
      securityFloor: floor, policy: policy)
    return try #require(run(situation, knowing: verdicts), "decide does not come to an end")
  }

  /// Boots, keeping the record and what is left in RAM.
  @discardableResult
  mutating func boot(after cause: ResetCause) throws -> DecisionRun {
    if cause == .powerOn || cause == .brownOut { retained = nil }
    let run = try decision(after: cause)
    if let written = run.decision.duty.record, access == .writable { record = written }
    if keepsRAM {
      retained = RetainedState(phase: .application, runningSlot: run.slot)
      retained?.faultsWithoutLog = run.decision.faultsWithoutLog
    }
    return run
  }

  /// Boots after each cause in turn, and says what was started.
  mutating func slots(after causes: [ResetCause]) throws -> [BootSlot?] {
    var slots: [BootSlot?] = []
    for cause in causes { slots.append(try boot(after: cause).slot) }
    return slots
  }
}
