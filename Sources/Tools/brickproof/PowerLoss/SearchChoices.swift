import FlashEmulator
import PowerLoss

/// Names on the command line, with what is known in the line that refuses others.
enum SearchChoices {
  /// The forms of a strategy.
  static let strategies = [
    "closure", "single", "nested:K", "pairwise", "guided", "random[:SEED]",
  ]

  /// The preset with the given name.
  ///
  /// - Throws: `CommandFailure` with status 64.
  static func preset(_ name: String, seed: UInt64?) throws(CommandFailure) -> FaultModel {
    guard var faults = FaultModel.named(name) else {
      let known = FaultModel.presets.map(\.name).joined(separator: ", ")
      throw .usage("unknown preset '\(name)'; known: \(known)")
    }
    if let seed { faults.seed = seed }
    return faults
  }

  /// The strategy with the given name; `random` without a seed of its own takes `seed`.
  ///
  /// - Throws: `CommandFailure` with status 64.
  static func strategy(_ name: String, seed: UInt64?) throws(CommandFailure) -> SearchStrategy {
    if name == "random", let seed { return .random(seed: seed) }
    guard let strategy = SearchStrategy(name) else {
      throw .usage(
        "unknown strategy '\(name)'; known: \(strategies.joined(separator: ", ")), with K from 1")
    }
    return strategy
  }
}
