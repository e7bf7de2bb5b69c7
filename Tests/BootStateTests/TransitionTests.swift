import FirmwareImage
import Testing

@testable import BootState

@Suite("What an application may change")
struct TransitionTests {
  private let running = BootRecord(slotA: .confirmed(1), slotB: .empty)

  private func begin(
    _ slot: UpdateSlot, _ record: BootRecord, running: BootSlot = .slotA,
    factory: FactoryPresence = .present
  ) throws(TransitionError) -> BootRecord {
    var record = record
    try record.beginUpdate(
      of: slot, imageTag: 7, storedForm: .ciphertext, running: running, factory: factory)
    return record
  }

  @Test("an update goes from writing over staged to confirmed")
  func wholeUpdate() throws {
    var record = try begin(.slotB, running)
    #expect(record.slotB.state == .writing)
    #expect(record.slotB.imageTag == 7)
    #expect(record.slotB.storedForm == .ciphertext)
    try record.noteProgress(of: .slotB, sixteenths: 9)
    #expect(record.slotB.progress == 9)
    try record.stage(
      .slotB, imageTag: 7, policy: BootPolicy(faultLimit: 2, startLimit: 5))
    #expect(record.slotB.state == .staged)
    #expect(record.slotB.progress == 0)
    #expect(record.slotB.faultLimit == 2)
    #expect(record.slotB.startLimit == 5)
    record.slotB.state = .trial
    record.slotB.started = 2
    record.slotB.faulted = 1
    record.pendingRun = .trialOfSlotB
    #expect(try record.confirm(running: .slotB, imageTag: 7) == .confirmed)
    #expect(record.slotB.state == .confirmed)
    #expect(record.slotB.faulted == 0)
    #expect(record.lastConfirmed == .slotB)
    #expect(record.pendingRun == .none)
    #expect(record.slotA == running.slotA)
  }

  @Test("confirming again changes nothing, and factory needs none")
  func confirmAgain() throws {
    var record = running
    #expect(try record.confirm(running: .slotA, imageTag: 1) == .unchanged)
    #expect(try record.confirm(running: .factory, imageTag: 9) == .unchanged)
    #expect(record == running)
  }

  @Test(
    "a slot may be written again whatever it holds but a trial",
    arguments: [SlotState.empty, .writing, .staged, .confirmed, .suspended, .rejected])
  func beginAgain(_ state: SlotState) throws {
    var record = running
    record.slotB = .make(state, version: 2, started: 3, faulted: 2, excused: 1)
    let after = try begin(.slotB, record)
    #expect(after.slotB.state == .writing)
    #expect(after.slotB.started == 0)
    #expect(after.slotB.faulted == 0)
    #expect(after.slotB.excused == 0)
  }

  @Test("an update takes a one-shot request for its slot with it, and leaves the other")
  func oneShotOfOverwrittenSlot() throws {
    var record = BootRecord(slotA: .confirmed(1), slotB: .confirmed(2), oneShot: .slotB)
    #expect(try begin(.slotB, record).oneShot == nil)
    record.oneShot = .factory
    #expect(try begin(.slotB, record).oneShot == .factory)
  }

  @Test("the running slot is not written to")
  func slotIsRunning() {
    #expect(throws: TransitionError.slotIsRunning(.slotA)) { try begin(.slotA, running) }
  }

  @Test("nothing is written during a trial, neither its slot nor the one to fall back to")
  func trialInProgress() {
    var record = running
    record.slotB = .trial(2)
    #expect(throws: TransitionError.trialInProgress(.slotB)) { try begin(.slotB, record) }
    #expect(throws: TransitionError.trialInProgress(.slotB)) {
      try begin(.slotA, record, running: .factory)
    }
    #expect(throws: TransitionError.slotIsRunning(.slotB)) {
      try begin(.slotB, record, running: .slotB)
    }
    #expect(throws: TransitionError.trialInProgress(.slotB)) {
      try begin(.slotA, record, running: .slotB)
    }
  }

  @Test("a second update waits for the first")
  func updatePending() {
    let record = BootRecord(slotA: .staged(1), slotB: .confirmed(2), lastConfirmed: .slotB)
    #expect(throws: TransitionError.updatePending(.slotA)) {
      try begin(.slotB, record, running: .factory)
    }
  }

  @Test(
    "an image that never confirmed itself may not overwrite the other",
    arguments: [SlotState.empty, .writing, .staged, .rejected])
  func runningImageNotConfirmed(_ state: SlotState) {
    let record = BootRecord(slotA: .make(state, version: 1), slotB: .confirmed(2))
    let expected: TransitionError =
      state == .staged ? .updatePending(.slotA) : .runningImageNotConfirmed(.slotA)
    #expect(throws: expected) { try begin(.slotB, record) }
  }

  @Test("without a factory image nothing is written from nowhere")
  func lastBootableSlot() {
    #expect(throws: TransitionError.lastBootableSlot(.slotB)) {
      try begin(.slotB, running, running: .factory, factory: .absent)
    }
  }

  @Test("a refused update changes nothing")
  func refusalChangesNothing() {
    var record = running
    try? record.beginUpdate(
      of: .slotA, imageTag: 7, storedForm: .plain, running: .slotA, factory: .present)
    #expect(record == running)
  }

  @Test(
    "only an update that is being written makes progress or is staged",
    arguments: [SlotState.empty, .staged, .trial, .confirmed, .suspended, .rejected])
  func notWriting(_ state: SlotState) {
    var record = running
    record.slotB = .make(state, version: 7)
    let before = record
    #expect(throws: TransitionError.notWriting(.slotB)) {
      try record.noteProgress(of: .slotB, sixteenths: 1)
    }
    #expect(throws: TransitionError.notWriting(.slotB)) {
      try record.stage(.slotB, imageTag: 7, policy: BootPolicy())
    }
    #expect(record == before)
  }

  @Test("another image than the one on record is neither staged, confirmed nor rejected")
  func otherImage() {
    var record = running
    record.slotB = .writing(7)
    let error = TransitionError.otherImage(expected: 7, found: 8)
    #expect(throws: error) { try record.stage(.slotB, imageTag: 8, policy: BootPolicy()) }
    record.slotB = .trial(7)
    #expect(throws: error) { try record.confirm(running: .slotB, imageTag: 8) }
    #expect(throws: error) { try record.rejectRunning(.slotB, imageTag: 8) }
    #expect(record.slotB == .trial(7))
  }

  @Test(
    "only a trial confirms itself",
    arguments: [SlotState.empty, .writing, .staged, .rejected])
  func confirmWithoutTrial(_ state: SlotState) {
    var record = running
    record.slotB = .make(state, version: 2)
    #expect(throws: TransitionError.slotNotConfirmed(.slotB)) {
      try record.confirm(running: .slotB, imageTag: 2)
    }
  }

  @Test("a trial that rejects itself is not started again")
  func rejectRunning() throws {
    var record = BootRecord(slotA: .confirmed(1), slotB: .trial(2), pendingRun: .trialOfSlotB)
    try record.rejectRunning(.slotB, imageTag: 2)
    #expect(record.slotB.state == .rejected)
    #expect(record.slotB.cause == .application)
    #expect(record.pendingRun == .none)
    #expect(throws: TransitionError.noTrial(.slotB)) {
      try record.rejectRunning(.slotB, imageTag: 2)
    }
    #expect(try Device(record).decision(after: .software).slot == .slotA)
  }

  @Test(
    "an update that waits, or whose slot cannot be read, can be given up",
    arguments: [SlotState.writing, .staged, .trial])
  func abandonUpdate(_ state: SlotState) throws {
    var record = running
    record.slotB = .make(state, version: 2, started: 1)
    try record.abandonUpdate(of: .slotB)
    #expect(record.slotB.state == .rejected)
    #expect(try begin(.slotB, record).slotB.state == .writing)
  }

  @Test(
    "what is no update cannot be given up",
    arguments: [SlotState.empty, .confirmed, .suspended, .rejected])
  func abandonNothing(_ state: SlotState) {
    var record = running
    record.slotB = .make(state, version: 2)
    #expect(throws: TransitionError.notWriting(.slotB)) { try record.abandonUpdate(of: .slotB) }
  }

  @Test("a trial in a slot that cannot be read does not block updates for ever")
  func unreadableTrialDoesNotBlock() throws {
    var device = Device(.confirmed(1), .trial(2), pendingRun: .trialOfSlotB)
    device.verdicts.slotB = .unreadable
    #expect(try device.boot(after: .powerOn).slot == .slotA)
    #expect(device.record?.slotB.state == .trial)
    try device.record?.abandonUpdate(of: .slotB)
    #expect(try begin(.slotB, try #require(device.record)).slotB.state == .writing)
  }

  @Test("a one-shot boot reaches confirmed slots and factory only")
  func oneShot() throws {
    for state in [SlotState.empty, .writing, .staged, .trial, .rejected] {
      var record = running
      record.slotB = .make(state, version: 2)
      #expect(throws: TransitionError.slotNotConfirmed(.slotB)) {
        try record.requestOneShot(.slotB)
      }
      try record.requestOneShot(.factory)
      #expect(record.oneShot == .factory)
    }
    var record = running
    record.slotB = .suspended(2)
    try record.requestOneShot(.slotB)
    #expect(record.oneShot == .slotB)
  }

  @Test("limits of a policy that make no sense are staged as the nearest that do")
  func limitsAreSane() throws {
    var policy = BootPolicy(faultLimit: 0, startLimit: 0)
    #expect(policy.faultLimit == 1)
    #expect(policy.startLimit == 1)
    policy.faultLimit = 3
    policy.startLimit = 0
    var record = try begin(.slotB, running)
    try record.stage(.slotB, imageTag: 7, policy: policy)
    #expect(record.slotB.startLimit == 3)
    policy.faultLimit = 0
    record = try begin(.slotB, running)
    try record.stage(.slotB, imageTag: 7, policy: policy)
    #expect(record.slotB.faultLimit == 1)
    #expect(record.slotB.startLimit == 1)
  }

  @Test("every error has its published name")
  func names() {
    let named: [(TransitionError, String)] = [
      (.logLost, "log-lost"), (.logUnreadable, "log-unreadable"),
      (.slotIsRunning(.slotA), "slot-is-running"),
      (.lastBootableSlot(.slotA), "last-bootable-slot"),
      (.trialInProgress(.slotA), "trial-in-progress"),
      (.updatePending(.slotA), "update-pending"),
      (.runningImageNotConfirmed(.slotA), "running-image-not-confirmed"),
      (.notWriting(.slotA), "not-writing"),
      (.otherImage(expected: 1, found: 2), "other-image"),
      (.slotNotConfirmed(.slotA), "slot-not-confirmed"), (.noTrial(.slotA), "no-trial"),
      (.factoryIsRunning, "factory-is-running"), (.everyKeyRevoked, "every-key-revoked"),
      (.lastKeyOfRunningImage(index: 0), "last-key-of-running-image"),
    ]
    for (error, name) in named { #expect("\(error.name)" == name) }
  }
}

@Suite("Revoking keys")
struct TransitionRevocationTests {
  @Test("adds up, and ignores keys that the device does not have")
  func addsUp() throws {
    var record = BootRecord()
    try record.revoke(keys: 0b001, trustedKeyCount: 3)
    try record.revoke(keys: 0b1_0010, trustedKeyCount: 3)
    #expect(record.revokedKeys == 0b011)
  }

  @Test("is never undone, even by a loader that trusts fewer keys")
  func isNeverUndone() throws {
    var record = BootRecord()
    try record.revoke(keys: 0b1000, trustedKeyCount: 4)
    try record.revoke(keys: 0b0001, trustedKeyCount: 3)
    #expect(record.revokedKeys == 0b1001)
  }

  @Test("leaves at least one key", arguments: [1, 2, 3, 31, 32, 33])
  func leavesOneKey(_ count: Int) throws {
    var record = BootRecord()
    #expect(throws: TransitionError.everyKeyRevoked) {
      try record.revoke(keys: .max, trustedKeyCount: count)
    }
    #expect(record.revokedKeys == 0)
    try record.revoke(keys: .max - 1, trustedKeyCount: count)
    #expect(throws: TransitionError.everyKeyRevoked) {
      try record.revoke(keys: 1, trustedKeyCount: count)
    }
  }

  @Test("on a device without keys is refused", arguments: [0, -1])
  func withoutKeys(_ count: Int) {
    var record = BootRecord()
    #expect(throws: TransitionError.everyKeyRevoked) {
      try record.revoke(keys: 1, trustedKeyCount: count)
    }
  }
}
