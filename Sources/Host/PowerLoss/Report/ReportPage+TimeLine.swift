internal import FlashEmulator

extension ReportPage {
  /// The shortest way to the violation, power-on by power-on.
  var timeLine: HTMLText {
    guard let failure = report.failure else { return HTMLText() }
    let lives = Dictionary(grouping: log, by: \.powerOn)
    let longest = max(
      lives.values.map(\.count).max() ?? 0, failure.steps.map(\.index).max() ?? 0, 1)
    let items = failure.steps.enumerated().map { number, step in
      HTMLText(
        "li", content: power(step, number + 1, lives[number + 1] ?? [], longest: longest, failure))
    }
    var content = HTMLText("ol", class: "line", content: HTMLText(items))
    if let replayFile {
      content +=
        HTMLText("p", "It comes back, operation by operation, with")
        + HTMLText("pre", "brickproof powerloss replay \(replayFile) --trace")
    }
    if !log.isEmpty {
      let lines = log.prefix(2_000).map(\.description).joined(separator: "\n")
      let rest =
        log.count > 2_000 ? "\n... \(Quantity.text(log.count - 2_000)) more; see the replay" : ""
      content += HTMLText(
        "details",
        content: HTMLText("summary", "All \(Quantity.text(log.count, "operation"))")
          + HTMLText("pre", lines + rest))
    }
    return section("The shortest way there", content)
  }

  /// One power-on: how far it came, its last operations, and what ended it.
  private func power(
    _ step: TraceStep, _ number: Int, _ life: [LoggedOperation], longest: Int,
    _ failure: FailureTrace
  ) -> HTMLText {
    let count = max(life.count, step.index)
    var content =
      HTMLText("strong", "Power-on \(number)")
      + HTMLText(" \(Quantity.text(count, "operation"))")
    let percent = count * 100 / longest
    content += HTMLText(
      markup: "<div class=\"bar\"><span style=\"width:\(percent)%\"></span></div>\n")
    let shown = life.suffix(4)
    if !shown.isEmpty {
      var lines = shown.map(\.description)
      if life.count > shown.count {
        lines.insert("... \(Quantity.text(life.count - shown.count)) before", at: 0)
      }
      content += HTMLText("pre", lines.joined(separator: "\n"))
    }
    content += HTMLText("p", class: "ending", Self.ending(step, failure))
    return content
  }

  private static func ending(_ step: TraceStep, _ failure: FailureTrace) -> String {
    switch step.ending {
    case .cut:
      let place = step.operation.map {
        " (\($0.kind.rawValue) of \(Quantity.text($0.count.asInt, "byte")) at "
          + "\(Quantity.address($0.address)))"
      }
      let outcome = step.outcome.map { ": \($0.name) (\($0.fault.meaning))" }
      return "\u{26A1} Power cut in operation \(step.index)\(place ?? "")\(outcome ?? "")"
    case .cutAtRest: return "\u{26A1} Power lost at rest"
    case .reset: return "\u{21BB} Reset"
    case .violation: return "\u{2717} Violated: \(failure.invariant): \(failure.detail)"
    }
  }
}
