import FlashEmulator
import NORFlash
import PowerLoss
import Testing

/// The page that shows a search to people.
@Suite struct ReportPageTests {
  private func page(
    _ updater: CopyUpdater, _ strategy: SearchStrategy = .closure,
    _ change: (inout Scenario) -> Void = { _ in }
  ) throws -> ReportPage {
    var scenario = try updater.scenario()
    change(&scenario)
    let search = PowerLossSearch(scenario, faults: .norRealistic, strategy: strategy)
    var page = ReportPage(search, try search.run())
    page.matrix = try search.cutMatrix()
    if let failure = page.report.failure {
      let file = try ReplayFile(failure, of: search)
      page.log = try Replay(scenario, file: file).run().log
      page.replayFile = "copy.replay"
    }
    return page
  }

  /// The names of the elements of a page, which must be closed in the right order.
  private func elements(of html: String) throws -> [String] {
    let empty: Set<String> = ["meta"]
    var open: [String] = []
    var names: [String] = []
    var rest = html[...]
    while let start = rest.firstIndex(of: "<") {
      let end = try #require(rest[start...].firstIndex(of: ">"))
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("!") { continue }
      if tag.hasPrefix("/") {
        #expect(open.popLast() == String(tag.dropFirst()))
        continue
      }
      let name = String(tag.prefix { $0 != " " })
      names.append(name)
      if !empty.contains(name) { open.append(name) }
    }
    #expect(open.isEmpty)
    return names
  }

  @Test func aClosedSearchSaysWhatIsProved() throws {
    let html = try page(CopyUpdater(blocks: 2)).html
    #expect(html.contains("CLOSED"))
    #expect(html.contains("No violation, whatever the number of power cuts"))
    #expect(html.contains("nor-realistic"))
    #expect(!html.contains("The shortest way there"))
    #expect(!html.contains("\u{2717}"))
    let names = try elements(of: html)
    #expect(names.count { $0 == "table" } >= 5)
  }

  @Test func aViolationIsATimeLine() throws {
    let html = try page(CopyUpdater(blocks: 2, marksFirst: true)).html
    #expect(html.contains("VIOLATED"))
    #expect(html.contains("The shortest way there"))
    #expect(html.contains("Power cut in operation"))
    #expect(html.contains("brickproof powerloss replay copy.replay --trace"))
    #expect(html.contains("\u{2717} "))
    _ = try elements(of: html)
  }

  @Test func aBoundedSearchDoesNotClaimMore() throws {
    let html = try page(CopyUpdater(blocks: 2), .single).html
    #expect(!html.contains("whatever the number"))
    #expect(html.contains("No violation with one power cut"))
    #expect(!html.contains(">CLOSED<"))
  }

  @Test func textsAreEscaped() throws {
    let html = try page(CopyUpdater(blocks: 2)) { scenario in
      scenario.name = "<script>alert('x')</script>"
      scenario.summary = "a & b \"c\" \u{1B}[31m"
      scenario.partitions = [
        ScenarioPartition("<img src=x>", FlashRange(start: 0, count: 2_048))
      ]
    }.html
    let names = try elements(of: html)
    #expect(!names.contains("script"))
    #expect(!names.contains("img"))
    #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"))
    #expect(html.contains("a &amp; b &quot;c&quot;"))
    #expect(!html.contains("\u{1B}"))
  }

  @Test func nothingIsFetched() throws {
    let html = try page(CopyUpdater(blocks: 2, marksFirst: true)).html
    for text in ["http", "//", "src=", "url(", "@import", "<link", "<script", "<iframe"] {
      #expect(!html.contains(text), "\(text)")
    }
  }

  @Test func longOutcomesGetALetterAndALegend() throws {
    let long = "the new version 2.0.0 of the application"
    let updater = CopyUpdater(blocks: 2)
    var scenario = Scenario(name: "long", part: try updater.scenario().part) { flash in
      try updater.prepare(&flash)
    } powerOn: { device in
      _ = try updater.run(on: &device.flash)
      return .settled(long)
    }
    scenario.allowedOutcomes = [long]
    let search = PowerLossSearch(scenario, faults: .atomic)
    var page = ReportPage(search, try search.run())
    page.matrix = try search.cutMatrix()
    #expect(page.html.contains("<td class=\"good\">A</td>"))
    #expect(page.html.contains("<th scope=\"row\">A</th><td>settles with \(long)</td>"))
  }

  @Test func equalRowsAreGrouped() throws {
    let updater = CopyUpdater(blocks: 2)
    let page = try page(updater) { scenario in
      scenario.partitions = [
        ScenarioPartition("image", FlashRange(start: 0, count: 2 * updater.block)),
        ScenarioPartition("journal", FlashRange(start: updater.journal, count: updater.block)),
      ]
    }
    let matrix = try #require(page.matrix)
    // Eight pages of each block are programmed one after the other.
    #expect(matrix.rows.count { $0.operation?.count == 128 } == 16)
    #expect(page.html.contains("program 128 bytes (8 times)"))
  }

  @Test(arguments: [SearchStrategy.closure, .random(seed: 1)])
  func aSearchStoppedAtOnceIsNoProof(_ strategy: SearchStrategy) throws {
    var search = PowerLossSearch(
      try CopyUpdater(blocks: 6).scenario(), faults: .norRealistic, strategy: strategy)
    search.isCancelled = { true }
    let report = try search.run()
    #expect(report.verdict == .budget)
    let html = ReportPage(search, report).html
    #expect(html.contains("NOT CLOSED"))
    #expect(!html.contains("No violation, whatever"))
  }

  @Test func readingsThatWereNotTriedAreNoProof() throws {
    let scenario = try CopyUpdater(blocks: 1).scenario()
    var search = PowerLossSearch(scenario, faults: .norParanoid, strategy: .single)
    let complete = try search.run()
    #expect(complete.undecidedReads > 0)
    search.undecidedReadLimit = 0
    let report = try search.run()
    #expect(report.choicesCutShort > 0)
    #expect(report.verdict == .budget)
    #expect(report.meaning().contains("of undecided bits kept the first reading only"))
    #expect(!report.meaning().contains("was used up"))
  }
}
