import BootState
import Bootloader
import DeviceModel
import FlashEmulator
import NORFlash
import Testing

@testable import PowerLoss
@testable import UpdateScenarios

/// An updater with the order of two steps reversed: the security floor rises when the update is
/// staged, and not after it has been confirmed.
///
/// Then an update that is cut short in each of its trials is rejected, and what ran before it lies
/// below the floor.
@Suite struct UpdaterMutationTests {
  private func story() throws -> UpdateStory {
    try #require(UpdateScenarios.stories.first { $0.name == "update-raising-counter" })
  }

  private func scenario(raisingFloorEarly isEarly: Bool) throws -> Scenario {
    let part = try ScenarioParts.named(UpdateScenarios.defaultPart)
    let story = try story()
    let base = try story.scenario(on: part, .twoSectors)
    let device = try story.begin(on: part, .twoSectors)
    let layout = device.configuration.layout
    var scenario = Scenario(name: base.name, part: part, start: base.prepare) { device in
      if isEarly {
        let record = try device.flash.withPartition(
          layout.metadata, mapFailure: { MetadataLogError.flash($0) }
        ) { (view) throws(MetadataLogError<FlashError>) in
          try MetadataLog.mount(on: &view, tableDigest: layout.tableDigest).record
        }
        let states = [record?.slotA.state, record?.slotB.state]
        if states.contains(.staged) || states.contains(.trial) {
          device.memory.durable = DeviceRecord.durable(floor: 2)
        }
      }
      return try base.powerOn(&device)
    }
    scenario.partitions = base.partitions
    scenario.allowedOutcomes = base.allowedOutcomes
    scenario.undisturbedOutcomes = base.undisturbedOutcomes
    scenario.durable = base.durable
    scenario.observed = base.observed
    scenario.canonicalForm = base.canonicalForm
    scenario.collateralForm = base.collateralForm
    return scenario
  }

  private func search(raisingFloorEarly isEarly: Bool, cuts: Int) throws -> SearchReport {
    var search = PowerLossSearch(
      try scenario(raisingFloorEarly: isEarly), faults: .atomic, strategy: .nested(cuts))
    search.determinism = .never
    return try search.run()
  }

  @Test func theRightOrderHolds() throws {
    let report = try search(raisingFloorEarly: false, cuts: 4)
    #expect(report.failure == nil, "\(report)")
  }

  @Test func aFloorThatRisesEarlyBricksTheUpdate() throws {
    let report = try search(raisingFloorEarly: true, cuts: 4)
    let failure = try #require(report.failure, "\(report)")
    #expect(failure.cuts.count > 1, "\(report)")
  }
}
