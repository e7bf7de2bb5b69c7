import ArgumentParser
import FlashEmulator
import OpenSSLCrypto
import PowerLoss

/// `brickproof powerloss run`: one search.
struct PowerLossRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Search a scenario for a sequence of power cuts that breaks it.",
    discussion: """
      Strategies: closure is any number of cuts, nested in any way, and with guided the only one \
      whose end says something about any number; single is one cut; nested:K up to K, each in the recovery from the one before; pairwise a \
      second one only before or after an operation; guided is closure with what is new first; \
      random[:SEED] is chains of random cuts until the budget is used up, 10 s without one.

      A violation ends with exit status 1 and a replay file, SCENARIO.replay here or in the folder \
      of the report. Status 0 means that the search closed, or that its budget was used up without \
      a violation: the text says which. Ctrl-C ends a search with a report of what was covered.

      Example:
        brickproof powerloss run copy-updater
        brickproof powerloss run copy-updater --preset ecc-mcu --part STM32L476 --report report
        brickproof powerloss run copy-updater --strategy nested:2 --budget 60 --json
      """)

  @Argument(help: "The scenario; 'brickproof powerloss list' lists them.")
  var scenario: String

  @Option(help: "What a cut may leave; 'brickproof powerloss list' lists the presets.")
  var preset = "nor-realistic"

  @Option(
    help: ArgumentHelp(
      "Which cuts are tried.", valueName: "closure|single|nested:K|pairwise|guided|random[:SEED]"))
  var strategy = "closure"

  @Option(help: "The flash part, instead of the scenario's; 'brickproof flash parts' lists them.")
  var part: String?

  @Option(help: "Chooses among the patterns of a preset, and the chains of random.")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "The processor time after which the search gives up.", valueName: "seconds"))
  var budget: Double?

  @Option(
    help: """
      The number of threads (default: one for each processor); only one alone finds the same of \
      several equally short failures each time.
      """)
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "Write a page for people (index.html) and report.json into this folder.",
      valueName: "folder"))
  var report: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    if let budget, !(budget > 0 && budget.isFinite) {
      throw ValidationError("--budget must be above 0")
    }
    if let jobs, !(1...256).contains(jobs) { throw ValidationError("--jobs must be 1 to 256") }
  }

  func run() throws {
    try reportingFailures {
      var search = try plan()
      let interruption = Interruption()
      let folder = try report.map { (path) throws(CommandFailure) in
        try ReportFolder(creating: path)
      }
      let line = ProgressLine()
      search.isCancelled = { interruption.isRequested }
      search.progress = line.map { line in { @Sendable progress in line.show(progress) } }
      defer { line?.finish() }
      var matrix: CutMatrix?
      if folder != nil {
        line?.show("one cut in each operation ...")
        matrix = try attempt { try search.cutMatrix(seconds: budget) }
      }
      let found = try attempt { try search.run() }
      line?.finish()
      let end: SearchEnd = interruption.isRequested ? .stopped : .itself
      try conclude(search, found, end, matrix, folder)
    }
  }

  /// The search that the command line asks for.
  private func plan() throws(CommandFailure) -> PowerLossSearch {
    let faults = try SearchChoices.preset(preset, seed: seed)
    let strategy = try SearchChoices.strategy(strategy, seed: seed)
    let scenario = try ScenarioRegistry.scenario(scenario, part: part)
    return PowerLossSearch(
      scenario, faults: faults, strategy: strategy, budgetSeconds: budget,
      jobs: jobs ?? Processors.count)
  }

  /// A scenario that cannot be prepared, or cuts nothing, is a defect of its own.
  private func attempt<Success>(_ body: () throws -> Success) throws(CommandFailure) -> Success {
    do {
      return try body()
    } catch {
      throw .failure("scenario \(scenario) cannot be run: \(error)")
    }
  }

  /// Writes the files, prints the result, and leaves.
  ///
  /// What took long to find is printed also if a file cannot be written.
  private func conclude(
    _ search: PowerLossSearch, _ found: SearchReport, _ end: SearchEnd, _ matrix: CutMatrix?,
    _ folder: ReportFolder?
  ) throws {
    var result = SearchResult(found, of: search, end: end)
    var obstacle: CommandFailure?
    do throws(CommandFailure) {
      result = try write(result, search, found, end, matrix, folder)
    } catch {
      obstacle = error
    }
    if json {
      try JSONOutput.print(result)
    } else {
      let page = obstacle == nil ? folder?.file("index.html") : nil
      let text = SearchText(report: found, end: end, replay: result.replay, page: page)
      for line in text.lines { print(line) }
    }
    if let obstacle { throw obstacle }
    if found.verdict == .violated { throw ExitStatus.bad.exitCode }
  }

  /// Writes the replay file of a failure and the report, and returns the result with its path.
  private func write(
    _ result: SearchResult, _ search: PowerLossSearch, _ found: SearchReport, _ end: SearchEnd,
    _ matrix: CutMatrix?, _ folder: ReportFolder?
  ) throws(CommandFailure) -> SearchResult {
    var result = result
    var page = ReportPage(search, found)
    page.end = end
    if let failure = found.failure {
      let name = "\(found.scenario).replay"
      let path = folder?.file(name) ?? name
      let file = try attempt { try ReplayFile(failure, of: search) }
      try OutputFile.writeAtomically(file.text.utf8, to: path)
      result.replay = path
      page.replayFile = name
      // A page without a log is worth having, so a replay that does not fit is no reason to stop.
      page.log = (try? Replay(search.scenario, file: file).run().log) ?? []
    }
    guard let folder else { return result }
    page.matrix = matrix
    page.files = ["report.json"]
    try folder.write(page, ReportResult(result: result, matrix: matrix.map(MatrixResult.init)))
    return result
  }
}
