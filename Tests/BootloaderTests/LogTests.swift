import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import NORFlash
import TestSupport
import Testing

@Suite struct LogTests {
  @Test func aLostLogStartsFactoryAndNothingIsTried() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    bench.flash.fill(bench.configuration.layout.metadata, with: [1, 2, 3])
    let before = bench.changes
    let handover = try bench.boot()
    #expect(handover.chosen == Chosen(slot: .factory, reason: .logLostFactory))
    #expect(handover.logHealth?.condition == .lost)
    #expect(handover.decision.attempt == nil)
    #expect(bench.changes == before)
    #expect(try bench.powerUp().chosen == handover.chosen)
  }

  @Test func withoutFactoryTheNewestImageThatVerifiesRuns() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged, factory: .absent)
    bench.flash.fill(bench.configuration.layout.metadata, with: [1, 2, 3])
    let handover = try bench.boot()
    #expect(handover.chosen == Chosen(slot: .slotB, reason: .logLostVersion))
    #expect(handover.factory.verdict == .absent)
    bench.damagePayload(in: .slotB)
    #expect(try bench.powerUp().chosen == Chosen(slot: .slotA, reason: .logLostVersion))
  }

  @Test func withoutALogFaultsAreCountedInRetainedMemory() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged, factory: .absent)
    bench.flash.fill(bench.configuration.layout.metadata, with: [1, 2, 3])
    var slots: [BootSlot?] = [try bench.boot().slot]
    for _ in 0..<3 { slots.append(try bench.boot(.watchdog).slot) }
    #expect(slots == [.slotB, .slotB, .slotB, .slotA])
  }

  @Test func theStateOfAnotherTableIsNotBelieved() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    bench.configuration.layout.tableDigest = 0xBAD
    let handover = try bench.boot()
    #expect(handover.chosen == Chosen(slot: .factory, reason: .logLostFactory))
    #expect(handover.logHealth?.condition == .otherTable)
    bench.configuration.layout.tableDigest = 0x5EED
    #expect(try bench.powerUp().chosen == Chosen(slot: .slotB, reason: .trial))
  }

  @Test func aVirginLogStartsFactory() throws {
    var bench = try BootBench()
    bench.place(try ImageFixture.image(1), in: .factory)
    let handover = try bench.boot()
    #expect(handover.chosen == Chosen(slot: .factory, reason: .logLostFactory))
    #expect(handover.logHealth?.condition == .virgin)
    #expect(bench.changes == [0, 0])
  }

  @Test func aPartitionThatHoldsNoLogStartsFactory() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .confirmed)
    bench.configuration.layout.metadata.count = 0x1000
    let handover = try bench.boot()
    #expect(handover.chosen == Chosen(slot: .factory, reason: .logLostFactory))
    #expect(handover.logHealth == nil)
  }

  /// The counts could not be kept, so that a bad update would be started for ever.
  @Test func aLogThatTakesNoRecordStartsNoTrial() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    bench.flash.protected = bench.configuration.layout.metadata
    for _ in 0..<3 {
      let handover = try bench.boot(.watchdog)
      #expect(handover.chosen == Chosen(slot: .slotA, reason: .confirmed))
      #expect(handover.logHealth?.isWritable == false)
      #expect(bench.platform.events.last == .armed(.operation))
    }
    bench.flash.protected = nil
    #expect(try bench.powerUp().chosen == Chosen(slot: .slotB, reason: .trial))
  }

  @Test func aTrialWithoutAWritableLogEndsInTheConfirmedImage() throws {
    var bench = try BootBench.withThreeImages(.trial, .confirmed, lastConfirmed: .slotB)
    bench.flash.protected = bench.configuration.layout.metadata
    #expect(try bench.boot().slot == .slotB)
  }

  @Test func aLogThatCannotBeReadOnceIsThereTheNextTime() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .confirmed)
    bench.flash.silent = bench.configuration.layout.metadata
    let before = bench.changes
    #expect(try bench.boot().chosen == Chosen(slot: .factory, reason: .logLostFactory))
    bench.flash.silent = nil
    #expect(try bench.powerUp().chosen == Chosen(slot: .slotA, reason: .confirmed))
    #expect(bench.changes == before)
  }

  @Test func aRequestForOneBootIsClearedBeforeTheJump() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .confirmed)
    var record = try #require(try bench.record())
    record.oneShot = .factory
    try bench.write(record)
    #expect(try bench.boot().chosen == Chosen(slot: .factory, reason: .oneShot))
    #expect(try bench.record()?.oneShot == nil)
    #expect(try bench.powerUp().chosen == Chosen(slot: .slotA, reason: .confirmed))
  }

  @Test func aRequestThatCannotBeClearedIsNotFollowed() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .confirmed)
    var record = try #require(try bench.record())
    record.oneShot = .slotB
    try bench.write(record)
    bench.flash.protected = bench.configuration.layout.metadata
    #expect(try bench.boot().chosen == Chosen(slot: .slotA, reason: .confirmed))
  }

  @Test(arguments: BenchPart.all)
  func anUpdateThatHangsIsStartedNTimes(part: BenchPart) throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged, part: part)
    var slots: [BootSlot?] = [try bench.boot(.softwarePlanned).slot]
    for _ in 0..<4 { slots.append(try bench.boot(.watchdog).slot) }
    #expect(slots == [.slotB, .slotB, .slotB, .slotA, .slotA])
    #expect(try bench.record()?.slotB.cause == .faults)
  }

  @Test func lossesOfPowerAreExcusedMTimes() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    var trials = 0
    while try bench.powerUp().slot == .slotB { trials += 1 }
    #expect(trials == 8)
    #expect(try bench.record()?.slotB.cause == .starts)
  }

  /// A watchdog that bites while the loader verifies is not booked on the image.
  @Test func faultsOfTheLoaderAreNotTheImages() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    _ = try bench.boot()
    bench.platform.retained?.phase = .loader
    _ = try bench.boot(.watchdog)
    #expect(try bench.record()?.slotB.faulted == 0)
    _ = try bench.boot(.watchdog)
    #expect(try bench.record()?.slotB.faulted == 1)
  }

  @Test func theLoaderSaysThatItRunsBeforeItTouchesTheFlash() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    bench.flash.base.cutPowerNow()
    #expect(throws: BootError<FlashError>.powerLost(.powerLost)) { try bench.boot() }
    #expect(bench.platform.events == [.retained(.loader)])
    #expect(bench.platform.retained?.phase == .loader)
  }

  @Test func recoveryLeavesTheLoaderInChargeAndTheWatchdogOff() throws {
    var bench = try BootBench()
    let handover = try bench.boot()
    #expect(handover.decision.outcome == .recovery)
    #expect(handover.entry == nil && handover.running == nil && handover.state == nil)
    #expect(bench.platform.retained?.phase == .loader)
    #expect(!bench.platform.events.contains { if case .armed = $0 { true } else { false } })
  }

  @Test func aWakeFromDeepSleepGoesOnWithTheRun() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .staged)
    _ = try bench.boot()
    let before = bench.changes
    let handover = try bench.boot(.deepSleepWake)
    #expect(handover.chosen == Chosen(slot: .slotB, reason: .resumed))
    #expect(handover.decision.attempt == 1)
    #expect(bench.platform.events.last == .armed(.trial))
    #expect(bench.changes == before)
  }

  /// Each cut of the record of an attempt: the trial starts, or starts again; nothing else boots.
  @Test func everyCutOfABootOfAnUpdate() throws {
    for phase in [PowerCutPhase.before, .torn(seed: 1), .torn(seed: 2), .after] {
      var operation: UInt64 = 0
      while true {
        var bench = try BootBench.withThreeImages(.confirmed, .staged)
        bench.flash.base.cutPower(at: operation, phase: phase)
        do throws(BootError<FlashError>) {
          _ = try bench.boot()
          #expect(operation > 1)
          break
        } catch {}
        let handover = try bench.powerUp()
        #expect(handover.slot == .slotB)
        #expect([1, 2].contains(handover.decision.attempt))
        operation += 1
      }
    }
  }
}
