internal import FlashEmulator
internal import NORFlash

extension PowerLossSearch {
  /// A failure and the search that found it.
  public struct SmallestFailure: Sendable {
    /// The search, of the smallest scenario that fails in the same way.
    public var search: PowerLossSearch
    /// Its failure.
    public var failure: FailureTrace
  }

  /// Looks for the same failure in a smaller scenario, with fewer cuts, and with simpler outcomes.
  ///
  /// - Parameters:
  ///   - failure: What this search found.
  ///   - budgetSeconds: The processor time for each search that this takes.
  /// - Throws: What the preparation of a start image throws.
  public func smallest(
    like failure: FailureTrace, budgetSeconds: Double = 5
  ) throws -> SmallestFailure {
    for scenario in scenario.smaller {
      var search = self
      search.scenario = scenario
      search.scenario.smaller = []
      search.budgetSeconds = budgetSeconds
      search.progress = nil
      guard let found = try search.run().failure, found.invariant == failure.invariant else {
        continue
      }
      return SmallestFailure(search: search, failure: found)
    }
    return SmallestFailure(search: self, failure: failure)
  }

  /// Makes a failure as short and as plain as it can be made.
  func shrunk(_ failure: FailureTrace, _ start: FlashSnapshot) throws -> FailureTrace {
    let shorter = try shortened(failure) ?? failure
    return simplified(shorter, start)
  }

  /// A failure with fewer cuts, if there is one: states that stand for others, and images in another
  /// order than by cuts, may have hidden it.
  private func shortened(_ failure: FailureTrace) throws -> FailureTrace? {
    let cuts = failure.cuts.count
    let mayBeLonger: Bool
    switch strategy {
    case .closure: mayBeLonger = reduction != .none
    case .guided, .random: mayBeLonger = true
    case .single, .nested, .pairwise: mayBeLonger = false
    }
    guard mayBeLonger, cuts > 1, cuts <= 4 else { return nil }
    var search = self
    search.strategy = .nested(cuts - 1)
    search.reduction = .none
    search.progress = nil
    search.budgetSeconds = min(budgetSeconds ?? 5, 5)
    guard let found = try search.run().failure, found.invariant == failure.invariant else {
      return nil
    }
    return found
  }

  /// Replaces outcomes by simpler ones, and readings of unstable bits by the first ones, as long as
  /// the same rule is broken at the end.
  private func simplified(_ failure: FailureTrace, _ start: FlashSnapshot) -> FailureTrace {
    let runner = ChainRunner(scenario, faults, start)
    var failure = failure
    func stillFails(_ steps: [TraceStep]) -> Bool {
      do throws(ReplayError) {
        return try runner.follow(steps)?.invariant == failure.invariant
      } catch {
        return false
      }
    }
    guard stillFails(failure.steps) else { return failure }
    for position in failure.steps.indices {
      if failure.steps[position].choices.contains(where: { $0 != 0 }) {
        var steps = failure.steps
        steps[position].choices = []
        if stillFails(steps) { failure.steps = steps }
      }
      guard let outcome = failure.steps[position].outcome else { continue }
      for simpler in [CutOutcome.before, .after] where outcome != simpler {
        if outcome == .before { break }
        var steps = failure.steps
        steps[position].outcome = simpler
        if stillFails(steps) {
          failure.steps = steps
          break
        }
      }
    }
    return failure
  }
}
