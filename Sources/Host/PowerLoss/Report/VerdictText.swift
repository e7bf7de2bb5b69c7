extension SearchReport {
  /// The verdict in one word or two, in capitals.
  public var headline: String {
    switch verdict {
    case .closed: strategy.depthLimit == nil ? "CLOSED" : "NO VIOLATION"
    case .budget: "NOT CLOSED"
    case .violated: "VIOLATED"
    }
  }

  /// What the verdict means, in one or two sentences.
  ///
  /// - Parameter reason: Whether somebody ended the search, rather than its budget.
  public func meaning(endedBy reason: SearchEnd = .itself) -> String {
    switch verdict {
    case .closed: closedMeaning
    case .violated:
      "\(failure?.invariant ?? ""): \(failure?.detail ?? ""). The shortest way there has "
        + "\(Quantity.text(failure?.cuts.count ?? 0, "power cut"))."
    case .budget: openMeaning(reason)
    }
  }

  private var closedMeaning: String {
    let covered = "Every outcome that \(preset) foresees was tried"
    switch strategy {
    case .closure, .guided, .random:
      return "No violation, whatever the number of power cuts and wherever they hit, recoveries "
        + "from earlier cuts included. \(covered), until no new state appeared."
    case .single:
      return "No violation with one power cut. \(covered) in every operation; cuts of the recovery "
        + "were not."
    case .nested(let depth):
      return "No violation with up to \(Quantity.text(depth, "power cut")), each in the recovery "
        + "from the one before. \(covered) in every operation."
    case .pairwise:
      return "No violation with one power cut, nor with a second one before or after an operation "
        + "of the recovery. \(covered) for the first."
    }
  }

  private func openMeaning(_ reason: SearchEnd) -> String {
    let end =
      reason == .stopped
      ? "The search was stopped" : "The budget of time or memory was used up"
    if case .random = strategy {
      return "\(end); random chains of power cuts found no violation. That is a sample and proves "
        + "nothing."
    }
    let short =
      "\(Quantity.text(choicesCutShort, "read")) of undecided bits kept the first reading only"
    if openImages == 0, choicesCutShort > 0 {
      return "No violation, but \(short): the search is not complete."
    }
    return "\(end) with \(Quantity.text(openImages, "power-on")) still to be run"
      + (choicesCutShort > 0 ? ", and \(short)" : "")
      + ". No violation was found so far; that is no proof."
  }
}

/// What ended a search that did not close.
public enum SearchEnd: Sendable {
  /// It came to its end, or used up its budget.
  case itself
  /// Somebody stopped it.
  case stopped
}
