import FlashEmulator
import NORFlash
import PowerLoss
import Testing

/// One at a time: a brick of the gallery keeps a global variable, and that is its defect.
@Suite(.serialized) struct GalleryTests {
  /// Without a cut defect and mend do the same: start after start the device ends well.
  @Test(arguments: GalleryCase.all) func endsWellWithoutCuts(_ brick: GalleryCase) throws {
    var flash = try brick.manufactured()
    var witness: [UInt8] = []
    var life = BrickLife.resets
    for _ in 0..<3 where life == .resets { life = try brick.powerOn(&flash, &witness) }
    guard case .runs(let outcome) = life else {
      Issue.record("\(brick) ends with \(life)")
      return
    }
    #expect(brick.allowedOutcomes.contains(outcome))
    #expect(flash.operationCount > 2, "an updater that changes nothing proves nothing")
  }

  @Test(arguments: GalleryCase.defects) func theDefectIsFound(_ brick: GalleryCase) throws {
    let search = PowerLossSearch(brick.scenario, faults: try brick.faults(), budgetSeconds: 20)
    let report = try search.run()
    #expect(report.verdict == .violated, "\(report)")
    let failure = try #require(report.failure)
    #expect(failure.invariant == brick.finding.invariant, "\(report)")
    #expect(failure.cuts.count == brick.finding.cuts, "\(report)")
    let file = try ReplayFile(failure, of: search)
    #expect(try Replay(brick.scenario, file: file).run().reproduces)
  }

  @Test(arguments: GalleryCase.twins) func theTwinCloses(_ brick: GalleryCase) throws {
    let report = try PowerLossSearch(brick.scenario, faults: try brick.faults(), budgetSeconds: 20)
      .run()
    #expect(report.verdict == .closed, "\(report)")
    #expect(report.deepestNesting >= 2, "\(report)")
  }
}
