import FlashEmulator
import PowerLoss
import Testing
import UpdateScenarios

@Suite struct UpdateScenarioTests {
  static let names = UpdateScenarios.all.map(\.name)
  /// The stories on a metadata log of two sectors.
  static let single = names.filter { !$0.hasSuffix("-mirrored") }
  /// The same on one of four.
  static let mirrored = names.filter { $0.hasSuffix("-mirrored") }

  @Test func everyPromisedStoryIsTold() {
    let promised = [
      "update", "update-raising-counter", "update-that-hangs", "update-that-crashes",
      "update-that-fails-verification", "update-that-rejects-itself", "update-never-confirmed",
      "two-updates", "update-over-decayed-slot", "encrypted-at-rest", "fallback-to-factory",
      "first-update", "log-lost",
    ]
    #expect(Set(Self.single) == Set(promised))
    #expect(Set(Self.mirrored) == Set(promised.map { $0 + "-mirrored" }))
  }

  /// Every single cut between two operations; the exhaustive suites do the rest in release.
  @Test(arguments: names) func noSingleCutBetweenOperationsBreaksIt(name: String) throws {
    for part in [UpdateScenarios.defaultPart, UpdateScenarios.errorCorrectingPart] {
      var search = PowerLossSearch(
        try UpdateScenarios.named(name, part: part), faults: .atomic, strategy: .single)
      search.determinism = .oneIn(4)
      let report = try search.run()
      #expect(report.verdict == .closed, "\(report)")
      #expect(report.crashPoints > 20)
    }
  }

  @Test func anUnknownStoryIsRefused() throws {
    let error = #expect(throws: ScenarioError.self) { _ = try UpdateScenarios.named("updat") }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("there is no scenario `updat`; known: update, "))
  }

  /// The real parts: large slots and logs, so only as far as a debug build gets.
  @Test(arguments: ["W25Q16JV", "STM32L476", "STM32H743", "nRF52840", "STM32L072"])
  func realPartsTakeTheStories(part: String) throws {
    var search = PowerLossSearch(
      try UpdateScenarios.named("update", part: part), faults: .atomic, strategy: .single)
    search.determinism = .never
    let report = try search.run()
    #expect(report.verdict == .closed, "\(report)")
  }
}

/// Any number of cuts: a proof for the preset, on a part of the kind it describes.
@Suite struct ExhaustiveUpdateClosureTests {
  @Test(arguments: UpdateScenarioTests.single)
  func noNumberOfCutsBreaksItOnSerialFlash(name: String) throws {
    try expectClosure(name, .norRealistic, on: UpdateScenarios.defaultPart)
  }

  @Test(arguments: UpdateScenarioTests.single)
  func noNumberOfCutsBreaksItWithErrorCorrection(name: String) throws {
    try expectClosure(name, .eccMCU, on: UpdateScenarios.errorCorrectingPart)
  }

  /// One story on a log that is held twice: the states of its halves multiply.
  @Test func noNumberOfCutsBreaksALogThatIsHeldTwice() throws {
    try expectClosure("update-mirrored", .norRealistic, on: UpdateScenarios.defaultPart)
  }

  private func expectClosure(_ name: String, _ faults: FaultModel, on part: String) throws {
    let search = PowerLossSearch(try UpdateScenarios.named(name, part: part), faults: faults)
    let report = try search.run()
    #expect(report.verdict == .closed, "\(report)")
    #expect(report.crashPoints > 90_000)
    #expect(report.deepestNesting > 3)
  }
}

/// Unstable bits, collateral damage, and all that vendors leave open: as deep as it can be reached, on
/// a metadata log that is held twice.
@Suite struct ExhaustiveUpdateDepthTests {
  @Test(arguments: UpdateScenarioTests.mirrored)
  func oneCutUnderTheHarshPresets(name: String) throws {
    for faults in [FaultModel.norParanoid, .vendorWorst, .disturb] {
      let search = PowerLossSearch(
        try UpdateScenarios.named(name), faults: faults, strategy: .single)
      let report = try search.run()
      #expect(report.verdict != .violated, "\(report)")
      #expect(report.openImages == 0)
      #expect(report.crashPoints > 200)
    }
  }

  /// Why the log is held twice: where a torn program can damage what was complete before, one cut
  /// makes a log of two sectors forget how often a trial was started.
  @Test(arguments: [FaultModel.norParanoid, .disturb])
  func oneCutBreaksALogThatIsHeldOnce(faults: FaultModel) throws {
    let search = PowerLossSearch(
      try UpdateScenarios.named("update-that-hangs"), faults: faults, strategy: .single)
    let report = try search.run()
    #expect(report.verdict == .violated, "\(report)")
    #expect(report.failure?.invariant == "start limit")
  }
}
