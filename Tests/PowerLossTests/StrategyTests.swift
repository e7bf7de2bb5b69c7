import FlashEmulator
import NORFlash
import PowerLoss
import Testing

@Suite struct StrategyTests {
  static let strategies: [SearchStrategy] = [
    .closure, .single, .nested(2), .pairwise, .guided, .random(seed: 7),
  ]

  private func search(
    _ strategy: SearchStrategy, marksFirst: Bool = false, blocks: UInt32 = 2
  ) throws -> PowerLossSearch {
    var search = PowerLossSearch(
      try CopyUpdater(blocks: blocks, marksFirst: marksFirst).scenario(), faults: .norRealistic,
      strategy: strategy)
    search.budgetSeconds = 5
    return search
  }

  @Test(arguments: strategies) func everyStrategyFindsTheDefect(_ strategy: SearchStrategy) throws {
    let search = try search(strategy, marksFirst: true)
    let report = try search.run()
    #expect(report.verdict == .violated, "\(report)")
    let failure = try #require(report.failure)
    #expect(failure.cuts.count == 1)
    let replay = try Replay(search.scenario, file: ReplayFile(failure, of: search)).run()
    #expect(replay.reproduces)
  }

  @Test(arguments: strategies) func noStrategyInventsOne(_ strategy: SearchStrategy) throws {
    var search = try search(strategy)
    if case .random = strategy { search.budgetSeconds = 0.5 }
    let report = try search.run()
    #expect(report.failure == nil, "\(report)")
    #expect(report.verdict != .violated)
    #expect(report.crashPoints > 100)
    if let limit = strategy.depth { #expect(report.deepestNesting <= limit) }
  }

  @Test func closureAndGuidedSeeTheSame() throws {
    var closure = try search(.closure)
    closure.faults = .prefix
    closure.reduction = .none
    var guided = closure
    guided.strategy = .guided
    let (one, other) = (try closure.run(), try guided.run())
    #expect(one.verdict == .closed && other.verdict == .closed)
    #expect(one.images == other.images && one.crashPoints == other.crashPoints)
  }

  @Test func aSeedGivesTheSameChain() throws {
    var search = try search(.random(seed: 3), marksFirst: true)
    search.jobs = 1
    let (first, second) = (try search.run(), try search.run())
    #expect(first.failure != nil)
    #expect(first.failure == second.failure)
  }

  @Test func twoWorkersCountAsOneDoes() throws {
    var search = try search(.closure)
    search.faults = .prefix
    search.reduction = .none
    search.jobs = 1
    let one = try search.run()
    search.jobs = 2
    let two = try search.run()
    #expect(one.verdict == .closed && two.verdict == .closed)
    #expect(one.images == two.images)
    #expect(one.crashPoints == two.crashPoints)
  }

  @Test func aBudgetEndsWithATruePartialReport() throws {
    var search = try search(.closure, blocks: 3)
    search.faults = .prefix
    search.reduction = .none
    let whole = try search.run()
    search.budgetSeconds = 0
    let report = try search.run()
    #expect(report.verdict == .budget, "\(report)")
    #expect(report.openImages > 0)
    #expect(report.images < whole.images)
    #expect(report.crashPoints < whole.crashPoints)
  }

  @Test func aCancelledSearchIsNoProof() throws {
    var search = try search(.closure, blocks: 3)
    search.isCancelled = { true }
    #expect(try search.run().verdict == .budget)
  }

  /// A counter that is never erased: every life leaves an image of its own.
  @Test func whatKeepsASearchFromClosingIsNamed() throws {
    let scenario = Scenario(name: "counting", part: try smallPart(blocks: 2)) { _ in
    } powerOn: { device in
      var bytes = [UInt8](repeating: 0, count: 1_024)
      var span = bytes.mutableSpan
      try device.flash.read(at: 1_024, into: &span)
      guard let free = bytes.firstIndex(of: 0xFF) else { return .settled("full") }
      try device.flash.program(at: 1_024 + UInt32(free), [0].span)
      return .settled("counted")
    }
    var search = PowerLossSearch(scenario, faults: .atomic)
    search.imageLimit = 60
    let report = try search.run()
    #expect(report.verdict == .budget, "\(report)")
    let growing = try #require(report.growth.first)
    #expect(growing.address >= 1_024, "\(growing)")
    #expect(growing.contents > 10)
  }

  @Test func aDeviceThatStopsSettlingIsFound() throws {
    // A torn first unit sends it round for ever.
    let scenario = Scenario(name: "torn", part: try smallPart(blocks: 1)) { _ in
    } powerOn: { device in
      var mark: [UInt8] = [0]
      var span = mark.mutableSpan
      try device.flash.read(at: 0, into: &span)
      if mark[0] == 0 { return .settled("done") }
      if mark[0] != 0xFF { return .resets(.planned) }
      try device.flash.program(at: 0, [0].span)
      return .settled("done")
    }
    let report = try PowerLossSearch(scenario, faults: .norRealistic).run()
    #expect(report.verdict == .violated, "\(report)")
    #expect(report.failure?.cuts.count == 1)
  }

  /// State of the program that outlives a power cut is not state of the device.
  @Test func aLeakThroughTheResetIsFound() throws {
    let leak = Leak()
    var scenario = Scenario(name: "leaking", part: try smallPart(blocks: 1)) { _ in
    } powerOn: { device in
      leak.lives += 1
      try device.flash.program(at: UInt32(leak.lives % 512), [0].span)
      return .settled("done")
    }
    scenario.bootLimit = 4
    var search = PowerLossSearch(scenario, faults: .atomic)
    search.jobs = 1
    search.determinism = .oneIn(1)
    let report = try search.run()
    #expect(report.verdict == .violated, "\(report)")
    #expect(report.failure?.invariant == "deterministic")
  }

  /// Counts lives where a device could not.
  private final class Leak: @unchecked Sendable {
    var lives = 0
  }
}

extension SearchStrategy {
  /// The cuts in a chain at most, or `nil` without a bound.
  fileprivate var depth: Int? {
    switch self {
    case .single: 1
    case .nested(let depth): depth
    case .pairwise: 2
    case .closure, .guided, .random: nil
    }
  }
}
