import FlashEmulator
import PowerLoss

/// What a search found, for people.
struct SearchText {
  var report: SearchReport
  var end: SearchEnd
  /// The path of the replay file.
  var replay: String?
  /// The path of the page.
  var page: String?

  /// The lines to print.
  var lines: [String] {
    var lines = [
      "\(report.scenario) on \(report.part) under \(report.preset), \(report.strategy.name): "
        + report.headline,
      "  " + report.meaning(endedBy: end), "",
    ]
    if let failure = report.failure { lines += trace(failure) + [""] }
    lines += counts
    if let form = report.canonicalForm { lines.append("  counted as equal: \(form)") }
    lines += report.growth.map {
      "  grows: \($0.name), \(Count.text($0.contents)) different contents"
    }
    if let replay {
      lines += ["", "To see it again: brickproof powerloss replay \(replay) --trace"]
    }
    if let page { lines += ["", "Report: \(page)"] }
    return lines
  }

  private func trace(_ failure: FailureTrace) -> [String] {
    failure.steps.enumerated().map { number, step in
      let text = step.ending == .violation ? "violated: \(failure.invariant)" : "\(step)"
      return "  power-on \(number + 1): \(text)"
    }
  }

  private var counts: [String] {
    let alike = report.imagesAlike > 0 ? ", \(Count.text(report.imagesAlike)) of them alike" : ""
    return [
      "  \(Count.text(report.images, "image"))\(alike), "
        + "\(Count.text(report.openImages)) open, \(Count.text(report.boots, "boot"))",
      "  \(Count.text(report.crashPoints, "crash point")), "
        + "\(Count.text(report.crashPointsFromMemo)) of them from memo",
      "  deepest nesting \(report.deepestNesting), longest recovery "
        + Count.text(report.longestRecovery, "power-on"),
      "  \(Count.seconds(report.cpuSeconds)) of processor time, "
        + "\(Count.text(report.peakMemory >> 20)) MiB at most",
    ]
  }
}
