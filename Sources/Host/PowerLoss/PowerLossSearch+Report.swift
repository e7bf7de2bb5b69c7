internal import FlashEmulator
internal import NORFlash

extension PowerLossSearch {
  func report(_ graph: SearchGraph, _ clock: SearchClock) -> SearchReport {
    let isClosed = graph.openCount == 0 && graph.counts.choicesCutShort == 0
    let verdict: SearchReport.Verdict =
      graph.failure != nil ? .violated : isClosed && !graph.isStopped ? .closed : .budget
    return SearchReport(
      scenario: scenario.name, part: scenario.part.name, preset: faults.name,
      faults: faults.faults.map(\.name).sorted(), strategy: strategy, verdict: verdict,
      images: graph.counts.images, imagesAlike: graph.deferred.count,
      openImages: graph.openCount, boots: graph.counts.boots,
      crashPoints: graph.counts.crashPoints,
      crashPointsFromMemo: graph.counts.crashPointsFromMemo,
      deepestNesting: graph.counts.deepestNesting,
      longestRecovery: graph.counts.longestRecovery,
      undecidedReads: graph.counts.undecidedReads,
      choicesCutShort: graph.counts.choicesCutShort, cpuSeconds: clock.cpuSeconds,
      peakMemory: SearchClock.peakMemory,
      canonicalForm: scenario.counting(under: faults).canonicalForm?.summary,
      failure: graph.failure.map { trace(of: $0, in: graph) },
      growth: verdict == .budget ? growth(in: graph) : [], coverage: coverage(in: graph))
  }

  /// The way from the start to a failure.
  private func trace(of failure: SearchFailure, in graph: SearchGraph) -> FailureTrace {
    var steps: [TraceStep] = []
    var number = failure.node
    while true {
      let node = graph.nodes[Int(number)]
      let edge = node.edge
      let ending: TraceStep.Ending
      switch edge.kind {
      case .start:
        steps.reverse()
        steps.append(TraceStep(ending: .violation, index: 0, choices: failure.choices))
        return FailureTrace(
          invariant: failure.invariant, detail: failure.detail, steps: steps)
      case .cut: ending = .cut
      case .cutAtRest: ending = .cutAtRest
      case .reset: ending = .reset
      }
      steps.append(
        TraceStep(
          ending: ending, index: Int(edge.index),
          operation: edge.outcome == nil ? nil : edge.operation, outcome: edge.outcome,
          choices: edge.choices))
      number = node.parent
    }
  }

  /// The parts of the flash with the most contents, at most five.
  private func growth(in graph: SearchGraph) -> [GrowingPart] {
    let chunkSize = UInt32(graph.chunkSize)
    var parts: [String: GrowingPart] = [:]
    for (chunk, variants) in graph.images.variants where variants > 1 {
      let address = chunk * chunkSize
      let partition = scenario.partitions.first { $0.range.contains(address) }
      let block = scenario.part.geometry.eraseBlock(containing: address)
      let range = partition?.range ?? block
      let name = partition?.name ?? "0x" + String(range?.start ?? address, radix: 16)
      parts[
        name,
        default: GrowingPart(
          name: name, address: range?.start ?? address, count: range?.count ?? chunkSize,
          contents: 0)
      ].contents += Int(variants)
    }
    return Array(
      parts.values.sorted { ($0.contents, $1.address) > ($1.contents, $0.address) }.prefix(5))
  }
}
