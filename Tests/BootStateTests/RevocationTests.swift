import Testing

@testable import BootState

/// What a device without a factory image may revoke.
@Suite struct RevocationTests {
  private var record: BootRecord {
    var record = BootRecord()
    for slot in [UpdateSlot.slotA, .slotB] {
      record[slot].state = .confirmed
      record[slot].imageTag = 7
    }
    record.lastConfirmed = .slotA
    return record
  }

  private func running(_ slot: BootSlot) -> RunningImage {
    RunningImage(slot: slot, imageTag: 7, securityCounter: 0, signingKey: 0)
  }

  @Test func theNewestImageMayRevokeEveryKeyButItsOwn() throws {
    try record.checkRevocation(of: 0b110, running: running(.slotA))
    #expect(throws: TransitionError.lastKeyOfRunningImage(index: 0)) {
      try record.checkRevocation(of: 0b001, running: running(.slotA))
    }
  }

  @Test func anImageThatTheNextBootDoesNotChooseMayNot() {
    #expect(throws: TransitionError.runningImageNotConfirmed(.slotB)) {
      try record.checkRevocation(of: 0b110, running: running(.slotB))
    }
  }

  @Test(arguments: [SlotState.staged, .trial])
  func aKeyIsNotRevokedWhileAnUpdateIsUndecided(state: SlotState) {
    var record = record
    record.slotB.state = state
    let expected: TransitionError =
      state == .trial ? .trialInProgress(.slotB) : .updatePending(.slotB)
    #expect(throws: expected) {
      try record.checkRevocation(of: 0b010, running: running(.slotA))
    }
    // The trial itself may not either: the slot it falls back to may need the key.
    #expect(throws: TransitionError.self) {
      try record.checkRevocation(of: 0b010, running: running(.slotB))
    }
  }
}
