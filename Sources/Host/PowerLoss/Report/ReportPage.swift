/// A search and what it found as one page of HTML that needs nothing else: no script, no network.
///
///     let search = PowerLossSearch(scenario, faults: .norRealistic)
///     var page = ReportPage(search, try search.run())
///     page.matrix = try search.cutMatrix()
///     try page.html.write(toFile: "index.html", atomically: true, encoding: .utf8)
public struct ReportPage: Sendable {
  /// What was searched, and how.
  public var search: PowerLossSearch
  /// What it found.
  public var report: SearchReport
  /// What ended it.
  public var end = SearchEnd.itself
  /// What follows each single cut, if that is to be shown.
  public var matrix: CutMatrix?
  /// Every operation of the failure, if there is one.
  public var log: [LoggedOperation] = []
  /// The name of the replay file beside the page.
  public var replayFile: String?
  /// The names of other files beside the page.
  public var files: [String] = []

  /// Plans a page.
  public init(_ search: PowerLossSearch, _ report: SearchReport) {
    self.search = search
    self.report = report
  }

  /// The page.
  public var html: String {
    let title = "\(report.scenario): \(report.headline.lowercased()) under \(report.preset)"
    var body = HTMLText("h1", "Power loss: \(report.scenario)") + verdict
    if report.verdict == .violated { body += timeLine }
    body += assumptions + counts
    if report.verdict == .budget { body += growth }
    if let matrix { body += cutMatrix(matrix) }
    body += coverage
    if let matrix { body += wear(matrix) }
    body += filesBeside
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(HTMLText.escaped(title))</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <main>
      \(body.source)</main>
      </body>
      </html>

      """
  }

  /// A part of the page under a heading.
  func section(_ title: String, _ content: HTMLText) -> HTMLText {
    HTMLText("section", content: HTMLText("h2", title) + content)
  }

  private var verdict: HTMLText {
    let type: String
    switch report.verdict {
    case .closed: type = "verdict good"
    case .budget: type = "verdict open"
    case .violated: type = "verdict bad"
    }
    let summary =
      search.scenario.summary.isEmpty ? HTMLText() : HTMLText("p", search.scenario.summary)
    return summary
      + HTMLText(
        "div", class: type,
        content: HTMLText("p", class: "headline", report.headline)
          + HTMLText("p", report.meaning(endedBy: end)))
  }

  private var filesBeside: HTMLText {
    let names = files + (replayFile.map { [$0] } ?? [])
    guard !names.isEmpty else { return HTMLText() }
    let items = names.map { HTMLText("li", content: .link(to: $0)) }
    return section("Files beside this page", HTMLText("ul", content: HTMLText(items)))
  }
}
