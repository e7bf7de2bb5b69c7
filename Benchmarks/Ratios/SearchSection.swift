import Dispatch
import FlashEmulator
import PowerLoss
import Synchronization
import UpdateScenarios
import Workloads

extension Section {
  /// The power-loss search on an updater with a slot of 64 KiB.
  static func search(_ settings: Settings) throws -> Section {
    var section = Section(
      title: "Power-loss search",
      about: """
        An updater that copies a slot of 64 KiB, block by block, and checks both slots with a \
        cheap sum at each boot; figures for a second of processor time. A crash point is one \
        outcome of one operation on one state; one that is known from the same operation on the \
        same content is answered from memory, and counted apart.
        """)
    settings.say("power-loss search, every state run")
    section.findings += try everyState(settings)
    settings.say("power-loss search, as it is by default")
    section.findings += try byReads(settings)
    settings.say("power-loss search, one worker against two")
    section.findings += try workers(settings)
    return section
  }

  /// Every distinct state is run, none is left out because it is alike: the speed of the machinery.
  private static func everyState(_ settings: Settings) throws -> [Finding] {
    var search = PowerLossSearch(
      try CopyUpdater(slotSize: 65_536).scenario(), faults: .norRealistic,
      budgetSeconds: settings.isQuick ? 5 : 20)
    search.reduction = .none
    let report = try search.run()
    try check(report)
    let name = "nor-realistic, every state run"
    return [
      Finding(
        "\(name): crash points", perSecond(report.crashPoints, report), .perSecond,
        goal: .atLeast(1_000_000), note: fromMemory(report)),
      Finding(
        "\(name): boots", perSecond(report.boots, report), .perSecond, goal: .atLeast(2_000)),
    ]
  }

  /// The proof as a user gets it: states that differ only in what is never read are left out.
  private static func byReads(_ settings: Settings) throws -> [Finding] {
    let search = PowerLossSearch(
      try CopyUpdater(slotSize: 65_536).scenario(), faults: .norRealistic)
    let report = try search.run()
    try check(report)
    return [
      Finding(
        "nor-realistic, closed: processor time", Figure([report.cpuSeconds]), .seconds,
        note: "\(text(report.images)) states, \(text(report.imagesAlike)) of them alike another"),
      Finding(
        "nor-realistic, closed: crash points", perSecond(report.crashPoints, report), .perSecond,
        note: fromMemory(report)),
      Finding("nor-realistic, closed: boots", perSecond(report.boots, report), .perSecond),
    ]
  }

  /// Two workers on one search, and what the machine gives two searches that share nothing: where
  /// both processors draw on the same core or the same memory, that is less than twice one.
  private static func workers(_ settings: Settings) throws -> [Finding] {
    let scenario = try CopyUpdater(slotSize: 65_536).scenario()
    @Sendable func search(_ jobs: Int) throws {
      var search = PowerLossSearch(scenario, faults: .prefix, jobs: jobs)
      search.reduction = .none
      try check(search.run())
    }
    let one = Contestant(Workload("1", .operations(1)) { try search(1) })
    let two = Contestant(Workload("2", .operations(1)) { try search(2) })
    let apart = Contestant(
      Workload("1 + 1", .operations(2)) {
        let failures = Mutex<[any Error]>([])
        DispatchQueue.concurrentPerform(iterations: 2) { _ in
          do { try search(1) } catch { failures.withLock { $0.append(error) } }
        }
        if let failure = failures.withLock({ $0.first }) { throw failure }
      })
    let rounds = try Rounds([one, two, apart], count: settings.rounds, needing: .twoProcessors)
    return [
      Finding(
        "two workers, against one", rounds.wallSpeed(of: "2", against: "1"), goal: .atLeast(1.8),
        note: "preset prefix, by the time that passed"),
      Finding(
        "two searches side by side, against one", rounds.wallSpeed(of: "1 + 1", against: "1"),
        note: "what this machine gives two threads that share nothing"),
      Finding(
        "two workers, of two searches side by side", rounds.wallSpeed(of: "2", against: "1 + 1"),
        goal: .atLeast(0.9)),
    ]
  }

  /// The processor time after which a story is given up, in seconds.
  private static let storyBudget = 180.0

  /// The updates of this project's own boot loader and installer.
  static func stories(_ settings: Settings) throws -> Section {
    var section = Section(
      title: "Proofs of the update stories",
      about: """
        Processor time until every state is explored that any number of power cuts leaves, under \
        nor-realistic, with the real boot loader and installer and real hashes at each boot. One \
        worker; two take more processor time together, and less of the clock.
        """)
    let names = UpdateScenarios.all.map(\.name)
    for name in settings.isQuick ? Array(names.prefix(1)) : names {
      settings.say("update story \(name)")
      let search = PowerLossSearch(
        try UpdateScenarios.named(name), faults: .norRealistic, budgetSeconds: storyBudget)
      let report = try search.run()
      try check(report)
      let end = report.verdict == .closed ? "closed" : "given up, not closed"
      section.findings.append(
        Finding(
          name, Figure([report.cpuSeconds]), .seconds, goal: .atMost(60),
          note: "\(end): \(text(report.images)) states, \(text(report.crashPoints)) crash points"))
    }
    return section
  }

  /// The memory of a search with very many distinct states; runs in a process of its own.
  static func searchMemory(_ settings: Settings, program: String) throws -> Section {
    let states = settings.isQuick ? 50_000 : 1_000_000
    settings.say("memory of a search with \(text(states)) states")
    let usage = try ChildProcess.run([program, "--search-states", "\(states)"])
    var section = Section(
      title: "Memory of a search",
      about:
        "The largest resident set of a process that searches an updater with a slot of 192 KiB.")
    section.findings.append(
      Finding(
        "power-loss search, \(text(states)) distinct states", Figure([Double(usage.peakMemory)]),
        .bytes, goal: settings.isQuick ? nil : .atMost(1_073_741_824)))
    return section
  }

  /// Searches until so many distinct states are found.
  static func search(untilStates states: Int) throws {
    var search = PowerLossSearch(
      try CopyUpdater(slotSize: 192 << 10).scenario(), faults: .norRealistic, jobs: 2)
    search.reduction = .none
    search.determinism = .never
    search.imageLimit = states
    let report = try search.run()
    guard report.images >= states else { throw WrongResult("\(report)") }
  }

  private static func check(_ report: SearchReport) throws {
    guard report.verdict != .violated, report.crashPoints > 0 else {
      throw WrongResult("\(report)")
    }
  }

  private static func perSecond(_ count: Int, _ report: SearchReport) -> Figure? {
    Figure([Double(count) / report.cpuSeconds])
  }

  private static func fromMemory(_ report: SearchReport) -> String {
    "\(text(report.crashPointsFromMemo)) of \(text(report.crashPoints)) from memory"
  }

  private static func text(_ number: Int) -> String { FigureUnit.grouped(Double(number)) }
}
