import FlashEmulator
import NORFlash
import PowerLoss
import Testing

/// The test that goes with the updater: what the device has at the start, what a life of it is, and
/// how it may end.
@Suite struct TwoSlotUpdaterTests {
  private func image(_ seed: UInt8) -> [UInt8] {
    (0..<TwoSlotUpdater.imageSize).map { UInt8(truncatingIfNeeded: $0 &* 7) ^ seed }
  }

  private func scenario(_ updater: TwoSlotUpdater) throws -> Scenario {
    let (old, new) = (image(1), image(2))
    var scenario = Scenario(name: "two-slots", part: try .named("AT25XE041B")) { flash in
      for (place, number, image) in [(0x1000, 1, old), (0x3000, 2, new)] as [(UInt32, UInt32, _)] {
        let header = TwoSlotUpdater.Header(number: number, image: image).bytes
        try flash.program(at: place, header.span)
        try flash.program(at: place + 16, image.span)
      }
    } powerOn: { device in
      let running = try updater.boot(on: &device.flash)
      return .settled(running == new ? "new" : running == old ? "old" : "brick")
    }
    scenario.allowedOutcomes = ["new"]
    return scenario
  }

  @Test func noNumberOfCutsBreaksIt() throws {
    let report = try PowerLossSearch(scenario(TwoSlotUpdater()), faults: .norRealistic).run()
    #expect(report.verdict == .closed, "\(report)")
    #expect(report.crashPoints > 100)
  }

  @Test func aHeaderBeforeTheImageBricksIt() throws {
    let scenario = try scenario(TwoSlotUpdater(order: .beforeImage, trust: .headerOnly))
    let search = PowerLossSearch(scenario, faults: .norRealistic)
    let report = try search.run()
    let failure = try #require(report.failure, "\(report)")
    #expect(failure.cuts.count == 1 && failure.detail.contains("brick"))
    #expect(try Replay(scenario, file: ReplayFile(failure, of: search)).run().reproduces)
  }
}
