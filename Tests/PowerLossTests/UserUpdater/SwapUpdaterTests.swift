import FlashEmulator
import NORFlash
import PowerLoss
import Testing

@Suite struct SwapUpdaterTests {
  func scenario(_ name: String, _ order: SwapUpdater.Order) throws -> Scenario {
    var scenario = Scenario(name: name, part: try .named("AT25XE041B")) { flash in
      let (old, new) = (SwapUpdater.image(filledWith: 0x17), SwapUpdater.image(filledWith: 0x2A))
      try SwapUpdater.manufacture(&flash, running: old, staged: new)
    } powerOn: { device in
      .settled(try SwapUpdater(order: order).update(&device.flash).rawValue)
    }
    scenario.allowedOutcomes = ["updated"]
    return scenario
  }

  @Test func everyPowerCutEndsWithTheUpdate() throws {
    let scenario = try scenario("swap-updater", .copyThenMark)
    let report = try PowerLossSearch(scenario, faults: .norRealistic).run()
    #expect(report.verdict == .closed, "\(report)")
  }

  @Test func markingFirstIsFoundAndReplayed() throws {
    let scenario = try scenario("swap-updater-marks-first", .markThenCopy)
    let search = PowerLossSearch(scenario, faults: .norRealistic)
    let failure = try #require(try search.run().failure)
    let text = try ReplayFile(failure, of: search).text
    let result = try Replay(scenario, file: ReplayFile(text)).run()
    #expect(result.reproduces, "\(result.log)")
  }
}
