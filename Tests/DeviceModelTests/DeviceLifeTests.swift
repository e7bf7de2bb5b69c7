import BootState
import Bootloader
import DeviceModel
import ImageBuilder
import OpenSSLCrypto
import Testing

@Suite struct DeviceLifeTests {
  @Test func anUpdateIsTriedConfirmedAndFollowedByARollback() throws {
    let description = try DeviceFixture.description()
    var factory = MemoryStorage(try DeviceFixture.image("1.0.0"))
    var device = try EmulatedDevice.manufacture(description, factoryImage: &factory)

    let first = try device.boot()
    #expect(first.slot == .factory)
    #expect(first.decision.reason == .factoryInitial)

    var update = MemoryStorage(try DeviceFixture.image("2.0.0"))
    let report = try device.install(&update)
    #expect(report.slot == .slotA)
    device.resetAsPlanned()
    let trial = try device.run(.healthy)
    #expect(trial.handover.slot == .slotA)
    #expect(trial.handover.decision.reason == .trial)
    #expect(trial.handover.decision.attempt == 1)
    #expect(trial.event == .confirmed(.confirmed))

    var bad = MemoryStorage(try DeviceFixture.image("3.0.0"))
    #expect(try device.install(&bad).slot == .slotB)
    device.resetAsPlanned()
    for attempt in 1...3 {
      let life = try device.run(.hangs)
      #expect(life.handover.slot == .slotB)
      #expect(life.handover.decision.attempt == UInt8(attempt))
    }
    let rollback = try device.run(.healthy)
    #expect(rollback.handover.slot == .slotA)
    #expect(rollback.handover.decision.reason == .rollback)
    #expect(try device.boot().decision.reason == .confirmed)
  }

  @Test func anOlderImageThatIsBootedOnceDoesNotLiftTheFloorAboveTheNewestOne() throws {
    let description = try DeviceFixture.description()
    var factory = MemoryStorage(try DeviceFixture.image("1.0.0"))
    var device = try EmulatedDevice.manufacture(description, factoryImage: &factory)
    try device.boot()
    // Version 2 has the higher counter, and its floor is never raised before version 3 is confirmed.
    device.platform.floorLimit = 9
    for (version, counter) in [("2.0.0", UInt32(9)), ("3.0.0", 5)] {
      let image = try DeviceFixture.image(version) { $0.securityCounter = .value(counter) }
      var update = MemoryStorage(image)
      _ = try device.install(&update)
      device.resetAsPlanned()
      try device.run(.healthy)
      device.platform.floor = 0
    }
    try device.requestOneShot(.slotA)
    #expect(try device.boot().decision.reason == .oneShot)
    try device.confirm()
    #expect(device.platform.floor == 0)
    let next = try device.boot()
    #expect(next.slot == .slotB)
    #expect(next.decision.reason == .confirmed)
  }
}
