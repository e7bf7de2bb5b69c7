internal import FlashEmulator
internal import NORFlash

extension PowerLossSearch {
  /// Chains of random cuts until the budget is used up; ten seconds if there is none.
  func runRandom(
    seed: UInt64, _ start: FlashSnapshot, _ clock: SearchClock
  ) throws -> SearchReport {
    let graph = SearchGraph(isGuided: false)
    let runner = ChainRunner(scenario, faults, start, seed: seed)
    var lastReport = 0.0
    while clock.cpuSeconds < budgetSeconds ?? 10, !(isCancelled?() ?? false) {
      let chain = runner.randomChain()
      graph.counts = runner.counts
      if let violation = chain.violation {
        let trace = FailureTrace(
          invariant: violation.invariant, detail: violation.detail, steps: chain.steps)
        var report = report(graph, clock)
        report.verdict = .violated
        report.failure = try shrunk(trace, start)
        return report
      }
      guard clock.wallSeconds - lastReport > 0.2 else { continue }
      lastReport = clock.wallSeconds
      progress?(
        SearchProgress(
          images: graph.counts.images, openImages: 0, boots: graph.counts.boots,
          crashPoints: graph.counts.crashPoints, deepestNesting: graph.counts.deepestNesting,
          seconds: clock.wallSeconds))
    }
    let isStopped = isCancelled?() ?? false
    guard graph.counts.crashPoints > 0 || isStopped else { throw SearchError.nothingToCut }
    var report = report(graph, clock)
    report.verdict = .budget
    report.growth = []
    return report
  }
}
