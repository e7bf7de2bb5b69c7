/// Which states a search may leave out because another stands for them.
public enum SearchReduction: String, Hashable, Sendable {
  /// None but equal ones.
  case none
  /// Those that differ from one that was run only in content that is never looked at again: no life
  /// that follows reads or programs it before it is erased. Exact: what is looked at is observed, and
  /// each state that was left out is checked when everything that follows is known.
  case byReads = "by-reads"
}

/// Which crash images a search looks at.
public enum SearchStrategy: Hashable, Sendable {
  /// Every distinct image that any number of cuts can leave, until no new one appears.
  case closure
  /// One cut: every outcome of every operation.
  case single
  /// Up to this many cuts, each in the recovery from the one before.
  case nested(Int)
  /// Every outcome for the first cut; before and after every operation of the recovery for a second.
  case pairwise
  /// As `closure`, but images that show something new come first: for a state space too large to
  /// close within a budget.
  case guided
  /// Chains of random cuts, the same for a seed, until the budget is used up.
  case random(seed: UInt64)

  /// The form that `init?(_:)` reads: `closure`, `single`, `nested:3`, `pairwise`, `guided`,
  /// `random:7`.
  public var name: String {
    switch self {
    case .closure: "closure"
    case .single: "single"
    case .nested(let depth): "nested:\(depth)"
    case .pairwise: "pairwise"
    case .guided: "guided"
    case .random(let seed): "random:\(seed)"
    }
  }

  /// Reads a strategy; `random` without a seed takes 0.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    switch (parts.first.map { String($0) }, parts.count) {
    case ("closure"?, 1): self = .closure
    case ("single"?, 1): self = .single
    case ("pairwise"?, 1): self = .pairwise
    case ("guided"?, 1): self = .guided
    case ("random"?, 1): self = .random(seed: 0)
    case ("random"?, 2):
      guard let seed = UInt64(parts[1]) else { return nil }
      self = .random(seed: seed)
    case ("nested"?, 2):
      guard let depth = Int(parts[1]), depth > 0 else { return nil }
      self = .nested(depth)
    default: return nil
    }
  }

  /// The number of cuts in a chain at most; `nil` without a bound.
  var depthLimit: Int? {
    switch self {
    case .closure, .guided, .random: nil
    case .single: 1
    case .nested(let depth): depth
    case .pairwise: 2
    }
  }
}
