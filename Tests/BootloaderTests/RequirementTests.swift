import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct RequirementTests {
  /// A device with version 1 in factory and an image in slot A.
  private func device(
    _ state: SlotState, trustedKeys: [PrivateKey] = [ImageFixture.key],
    signedBy key: PrivateKey = ImageFixture.key,
    configuration: (inout BootConfiguration) -> Void = { _ in },
    _ change: (inout ImageRecipe) throws -> Void
  ) throws -> BootBench {
    var bench = try BootBench(
      trustedKeys: trustedKeys.map(\.publicKey), configuration)
    bench.place(try ImageFixture.image(1, signedBy: trustedKeys[0], change), in: .factory)
    let image = try ImageFixture.image(2, signedBy: key, change)
    bench.place(image, in: .slotA)
    var record = BootRecord()
    record.slotA = SlotRecord(state, imageTag: try ImageFixture.tag(of: image))
    try bench.write(record)
    return bench
  }

  private func counter(_ value: UInt32) -> (inout ImageRecipe) -> Void {
    { $0.securityCounter = .value(value) }
  }

  @Test func anImageBelowTheFloorIsRefusedButFactoryIsNot() throws {
    var bench = try device(.confirmed, counter(4))
    bench.platform.floor = 5
    let handover = try bench.boot()
    #expect(handover.slot == .factory)
    #expect(handover.slotA.verdict == .refused(.securityCounter))
    #expect(handover.slotA.refusal == .securityCounter(found: 4, minimum: 5))
    #expect(handover.securityFloor == 5)
    bench.platform.floor = 4
    #expect(try bench.powerUp().slot == .slotA)
  }

  @Test func anImageWithoutACounterHasZero() throws {
    var bench = try device(.confirmed) { _ in }
    bench.platform.floor = 1
    #expect(try bench.boot().slotA.refusal == .securityCounter(found: 0, minimum: 1))
  }

  @Test func aTrialLeavesTheFloorAlone() throws {
    var bench = try device(.staged, counter(9))
    let trial = try bench.boot()
    #expect(trial.slot == .slotA)
    #expect(trial.running?.securityCounter == 9)
    #expect(bench.platform.floor == 0)
    #expect(try bench.confirm(trial) == .confirmed)
    #expect(bench.platform.floor == 9)
  }

  /// Every cut of a confirmation: the floor is never above a counter that is not confirmed on
  /// record, and what the cut left out the next boot makes good.
  @Test func theFloorRisesOnlyBehindTheRecord() throws {
    for phase in [PowerCutPhase.before, .torn(seed: 3), .torn(seed: 4), .after] {
      var operation: UInt64 = 0
      while true {
        var bench = try device(.staged, counter(9))
        let trial = try bench.boot()
        bench.flash.base.cutPower(at: operation, phase: phase)
        do throws(BootStateError<FlashError>) {
          try bench.confirm(trial)
          break
        } catch {}
        #expect(bench.platform.floor == 0)
        let next = try bench.powerUp()
        #expect(next.slot == .slotA)
        #expect(bench.platform.floor == (next.state == .confirmed ? 9 : 0))
        operation += 1
      }
      #expect(operation > 1)
    }
  }

  @Test func aFloorThatDidNotRiseIsRepairedAtTheNextBoot() throws {
    var bench = try device(.staged, counter(9))
    let trial = try bench.boot()
    bench.platform.floorFault = .unwritable
    #expect(
      throws: BootStateError<FlashError>.securityCounter(.writeFailed(value: 9))
    ) { try bench.confirm(trial) }
    let still = try bench.powerUp()
    #expect(still.chosen == Chosen(slot: .slotA, reason: .confirmed))
    #expect(still.securityFloor == 0)
    bench.platform.floorFault = nil
    let changes = bench.changes
    let repaired = try bench.powerUp()
    #expect(repaired.decision.floorRepair == 9)
    #expect(repaired.securityFloor == 9)
    #expect(bench.platform.floor == 9)
    #expect(bench.changes == changes)
    #expect(try bench.powerUp().decision.floorRepair == nil)
  }

  @Test func withoutTheFloorOnlyFactoryBoots() throws {
    var bench = try device(.staged, counter(9))
    bench.platform.floorFault = .unreadable
    let handover = try bench.boot()
    #expect(handover.chosen == Chosen(slot: .factory, reason: .factoryFallback))
    #expect(handover.slotA.verdict == .unreadable)
    #expect(handover.securityFloor == nil)
    #expect(try bench.record()?.slotA.state == .staged)
    bench.platform.floorFault = nil
    #expect(try bench.powerUp().slot == .slotA)
  }

  @Test func aRevokedKeySignsNothingButFactory() throws {
    let keys = [ImageFixture.key, ImageFixture.otherKey]
    var bench = try device(.confirmed, trustedKeys: keys) { _ in }
    var record = try #require(try bench.record())
    record.revokedKeys = 0b10
    try bench.write(record)
    #expect(try bench.boot().slot == .slotA)
    record.revokedKeys = 0b01
    try bench.write(record)
    let handover = try bench.boot()
    #expect(handover.slot == .factory)
    #expect(handover.slotA.refusal == .revokedKey(index: 0))
  }

  @Test func dependenciesAreHeldAgainstTheDevice() throws {
    let two = ImageVersion(major: 2, minor: 0, revision: 0)
    let three = ImageVersion(major: 3, minor: 0, revision: 0)
    func boot(
      _ dependency: ImageDependency, radio: ImageVersion?
    ) throws -> BootHandover {
      var others = AvailableImages()
      if let radio { try others.insert(AvailableImage(id: 1, version: radio)) }
      var bench = try device(.staged, configuration: { $0.otherImages = others }) {
        if $0.version == two { $0.dependencies = [dependency] }
      }
      return try bench.boot()
    }
    let itself = ImageDependency(imageID: 0, minimumVersion: two)
    #expect(try boot(itself, radio: nil).slot == .slotA)
    let newer = ImageDependency(imageID: 0, minimumVersion: three)
    #expect(
      try boot(newer, radio: nil).slotA.refusal
        == .dependency(imageID: 0, minimum: three))
    let radio = ImageDependency(imageID: 1, minimumVersion: two)
    #expect(try boot(radio, radio: three).slot == .slotA)
    #expect(
      try boot(radio, radio: nil).slotA.refusal
        == .dependency(imageID: 1, minimum: two))
  }

  @Test func hardwareIdsAreHeldAgainstTheDevice() throws {
    let vendor = HardwareIdentifier.name("example.com")
    let board = HardwareIdentifier.name("board-a")
    let boardID = try board.classUUID(of: vendor)
    func boot(_ recipe: (inout ImageRecipe) -> Void) throws -> BootHandover {
      var bench = try device(
        .staged,
        configuration: {
          $0.vendorID = vendor.vendorUUID()
          $0.classID = boardID
        }, recipe)
      return try bench.boot()
    }
    #expect(
      try boot {
        $0.vendorID = vendor
        $0.classID = board
      }.slot == .slotA)
    #expect(try boot { _ in }.slotA.verdict == .refused(.hardware))
    #expect(
      try boot {
        $0.vendorID = vendor
        $0.classID = .name("board-b")
      }.slotA.refusal == .classID)
  }

  @Test func aLostLogHonoursTheFloor() throws {
    var bench = try device(.confirmed, counter(4))
    bench.flash.fill(bench.configuration.layout.metadata, with: [9])
    bench.flash.fill(bench.range(of: .factory), with: [])
    bench.platform.floor = 5
    #expect(try bench.boot().decision.outcome == .recovery)
    bench.platform.floor = 4
    let handover = try bench.powerUp()
    #expect(handover.chosen == Chosen(slot: .slotA, reason: .logLostVersion))
    #expect(try bench.confirm(handover) == .confirmed)
    #expect(try bench.record()?.isReconstructed == true)
    #expect(try bench.powerUp().chosen == Chosen(slot: .slotA, reason: .confirmed))
  }

  @Test func faultsOfAConfirmedImageEndInASuspension() throws {
    var bench = try BootBench.withThreeImages(.confirmed, .confirmed)
    var slots: [BootSlot?] = [try bench.boot().slot]
    for _ in 0..<5 { slots.append(try bench.boot(.watchdog).slot) }
    #expect(slots == [.slotA, .slotA, .slotA, .slotA, .slotA, .slotB])
    #expect(try bench.record()?.slotA.state == .suspended)
  }
}
