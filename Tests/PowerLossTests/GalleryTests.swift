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
    let report = try brick.search(under: brick.preset).run()
    #expect(report.verdict == .violated, "\(report)")
    let failure = try #require(report.failure)
    #expect(failure.invariant == brick.finding.invariant, "\(report)")
    #expect(failure.cuts.count == brick.finding.cuts, "\(report)")
  }

  @Test(arguments: GalleryCase.defects) func theTraceReplays(_ brick: GalleryCase) throws {
    let search = try brick.search(under: brick.preset)
    let failure = try #require(try search.run().failure)
    let file = try ReplayFile(ReplayFile(failure, of: search).text)
    #expect(try Replay(brick.scenario, file: file).run().reproduces)
  }

  @Test(arguments: GalleryCase.twins) func theTwinHolds(_ brick: GalleryCase) throws {
    let strategy: SearchStrategy = brick.isQuick ? .closure : .nested(2)
    let report = try brick.search(under: brick.preset, strategy).run()
    #expect(report.verdict == .closed, "\(report)")
    #expect(report.crashPoints > 10, "\(report)")
  }

  /// Where nothing turns the fault of a read into an error, the mend of the updater is not reached.
  @Test func codeErrorsNeedADriverThatCatchesThem() throws {
    for variant in Variant.allCases {
      let brick = GalleryCase(CodeErrorLoop.self, variant)
      var search = try brick.search(under: brick.preset)
      search.faults.unreadableReading = .trap
      let report = try search.run()
      #expect(report.failure?.invariant == "settles", "\(report)")
      #expect(report.failure?.cuts.count == 1, "\(report)")
    }
  }
}

extension GalleryTests {
  /// The same for any number of cuts, under presets with thousands of images.
  @Suite(.serialized) struct Exhaustive {
    @Test(arguments: GalleryCase.twins) func theTwinCloses(_ brick: GalleryCase) throws {
      let report = try brick.search(under: brick.preset).run()
      #expect(report.verdict == .closed, "\(report)")
    }

    @Test(arguments: GalleryCase.twins) func theTwinHoldsOnRealFlash(_ brick: GalleryCase) throws {
      let report = try brick.search(under: "nor-realistic").run()
      #expect(report.verdict == .closed, "\(report)")
    }

    @Test(arguments: GalleryCase.defects.filter { $0.preset == "atomic" })
    func theDefectIsFoundOnRealFlash(_ brick: GalleryCase) throws {
      let report = try brick.search(under: "nor-realistic").run()
      #expect(report.verdict == .violated, "\(report)")
      #expect(report.failure?.cuts.count == brick.finding.cuts, "\(report)")
    }
  }
}
