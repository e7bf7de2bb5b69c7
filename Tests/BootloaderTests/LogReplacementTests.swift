import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import NORFlash
import TestSupport
import Testing

/// When a session may put a new log in the place of what it finds, and what it takes over.
@Suite struct LogReplacementTests {
  @Test func aLogThatOnlyTheBootLoaderCouldReadIsNotReplacedByAConfirmation() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    let handover = try bench.boot()
    #expect(handover.chosen == Chosen(slot: .slotB, reason: .trial))
    #expect(handover.running?.logCondition == .sound)
    let before = try bench.record()
    let changes = bench.changes
    bench.flash.unreadable = bench.configuration.layout.metadata
    var session = try bench.session(of: try #require(handover.running))
    bench.flash.unreadable = nil
    #expect(session.log.health.condition == .lost)
    #expect(throws: BootStateError<FlashError>.transition(.logUnreadable)) {
      try session.confirm(on: &bench.flash, securityCounter: &bench.platform)
    }
    #expect(throws: BootStateError<FlashError>.transition(.logUnreadable)) {
      try session.rejectRunning(on: &bench.flash)
    }
    #expect(bench.changes == changes)
    #expect(try bench.record() == before)
    #expect(try bench.confirm(handover) == .confirmed)
  }

  @Test func norByARequestOfFactory() throws {
    var bench = try BootBench.withThreeImages(.rejected, .empty)
    let handover = try bench.boot()
    #expect(handover.slot == .factory)
    let before = try bench.record()
    bench.flash.unreadable = bench.configuration.layout.metadata
    var session = try bench.session(of: try #require(handover.running))
    bench.flash.unreadable = nil
    #expect(throws: BootStateError<FlashError>.transition(.logUnreadable)) {
      try session.update(on: &bench.flash) { (record) in record.oneShot = .factory }
    }
    #expect(try bench.record() == before)
  }

  /// Revocations would be lost with it.
  @Test func theStateOfAnotherTableIsNotReplacedUnread() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .confirmed)
    bench.configuration.layout.tableDigest = 0xBAD
    let handover = try bench.boot()
    #expect(handover.running?.logCondition == .otherTable)
    bench.flash.unreadable = bench.configuration.layout.metadata
    var session = try bench.session(of: try #require(handover.running))
    bench.flash.unreadable = nil
    #expect(throws: BootStateError<FlashError>.transition(.logUnreadable)) {
      try session.update(on: &bench.flash) { (record) in record.oneShot = .factory }
    }
  }

  @Test func aLogThatASessionBeganIsNotReplacedByTheNextSession() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged, factory: .absent)
    bench.flash.fill(bench.configuration.layout.metadata, with: [1, 2, 3])
    let running = try #require(try bench.boot().running)
    #expect(running.logCondition == .lost)
    var session = try bench.session(of: running)
    #expect(
      try session.confirm(on: &bench.flash, securityCounter: &bench.platform) == .confirmed)
    #expect(session.running.logCondition == .sound)
    let before = try bench.record()
    bench.flash.unreadable = bench.configuration.layout.metadata
    var next = try bench.session(of: session.running)
    bench.flash.unreadable = nil
    #expect(throws: BootStateError<FlashError>.transition(.logUnreadable)) {
      try next.confirm(on: &bench.flash, securityCounter: &bench.platform)
    }
    #expect(try bench.record() == before)
  }

  @Test func aKeyStaysRevokedWhenTheTableChanges() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .confirmed)
    var record = try #require(try bench.record())
    record.revokedKeys = 1
    try bench.write(record)
    bench.configuration.layout.tableDigest = 0xBAD
    let handover = try bench.boot(.powerOn)
    #expect(handover.slot == .factory)
    #expect(handover.logHealth?.condition == .otherTable)
    bench.flash.fill(bench.range(of: .factory), with: [])
    let second = try bench.powerUp()
    #expect(second.decision.outcome == .recovery)
    #expect(second.slotA.refusal == .revokedKey(index: 0))
    #expect(second.slotB.refusal == .revokedKey(index: 0))
  }

  @Test func theFirstStateUnderANewTableTakesRevocationsOver() throws {
    for factory in [FactoryPresence.present, .absent] {
      var bench = try BootBench.withThreeImages(.confirmed, .confirmed, factory: factory)
      var record = try #require(try bench.record())
      record.revokedKeys = 0b10
      try bench.write(record)
      bench.configuration.layout.tableDigest = 0xBAD
      let handover = try bench.boot()
      var session = try bench.session(of: try #require(handover.running))
      if factory == .absent {
        #expect(
          try session.confirm(on: &bench.flash, securityCounter: &bench.platform) == .confirmed)
      } else {
        #expect(handover.slot == .factory)
        try session.update(on: &bench.flash) { (record) in record.oneShot = .factory }
      }
      #expect(session.log.inheritedRevocations == 0)
      let first = try #require(try bench.record())
      #expect(first.revokedKeys == 0b10)
      #expect(first.isReconstructed)
    }
  }
}
