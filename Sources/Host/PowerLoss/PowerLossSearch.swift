internal import Dispatch
public import FlashEmulator
internal import NORFlash

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Looks for a sequence of power cuts that breaks a device, or proves that there is none.
///
///     let report = try PowerLossSearch(scenario, faults: .norRealistic).run()
///
/// After a cut only the flash and what little outlives a reset are left, so these *are* the state.
/// The search runs every distinct state once, tries at each operation everything that a cut may
/// leave, and goes on with the states that are new. When none is left, any number of nested cuts is
/// covered, for the faults of the model.
public struct PowerLossSearch: Sendable {
  /// The device.
  public var scenario: Scenario
  /// What a cut may leave.
  public var faults: FaultModel
  /// Which crash images are looked at.
  public var strategy: SearchStrategy
  /// The processor time after which the search gives up, in seconds; `nil` for none.
  public var budgetSeconds: Double?
  /// The number of states after which the search gives up: each takes up to a kilobyte of memory.
  public var imageLimit = 4_000_000
  /// The reads of unstable bits in one life of which every reading is tried; what is beyond keeps
  /// the reading as stored, and the search does not count as closed.
  public var undecidedReadLimit = 4
  /// The number of threads.
  public var jobs: Int
  /// Which states are run twice.
  public var determinism: DeterminismCheck = .oneIn(64)
  /// Which states are left out; takes effect where the number of cuts has no limit.
  public var reduction: SearchReduction = .byReads
  /// What makes two crash points one, if not what the canonical form says: tests compare the ways.
  var crashPointIdentity: CrashPointIdentity?
  /// Called about five times a second, from any thread.
  public var progress: (@Sendable (SearchProgress) -> Void)?
  /// Ends the search early when it says so; the report then covers what was done.
  public var isCancelled: (@Sendable () -> Bool)?

  /// Plans a search.
  public init(
    _ scenario: Scenario, faults: FaultModel, strategy: SearchStrategy = .closure,
    budgetSeconds: Double? = nil, jobs: Int = 1
  ) {
    self.scenario = scenario
    self.faults = faults
    self.strategy = strategy
    self.budgetSeconds = budgetSeconds
    self.jobs = max(1, jobs)
  }

  /// Searches.
  ///
  /// - Throws: What the preparation of the start image throws, or `SearchError`.
  /// - Complexity: O(distinct states × operations of a life)
  public func run() throws -> SearchReport {
    let clock = SearchClock()
    let start = try startImage()
    if case .random(let seed) = strategy { return try runRandom(seed: seed, start, clock) }
    let graph = explored(from: start, clock)
    if graph.failure == nil { graph.checkLiveness(bootLimit: scenario.bootLimit) }
    if graph.failure == nil, !graph.isStopped, graph.counts.crashPoints == 0 {
      throw SearchError.nothingToCut
    }
    var report = report(graph, clock)
    if let failure = report.failure { report.failure = try shrunk(failure, start) }
    return report
  }

  /// Everything that is found from a start image.
  func explored(from start: FlashSnapshot, _ clock: SearchClock) -> SearchGraph {
    let graph = SearchGraph(isGuided: strategy == .guided)
    seed(graph, start)
    work(on: graph, start, clock)
    return graph
  }

  /// The start image of the scenario.
  func startImage() throws -> FlashSnapshot {
    var flash = scenario.makeFlash(under: faults)
    try scenario.prepare(&flash)
    return flash.snapshot()
  }

  /// The digest of a start image, as a replay file names it.
  static func digest(of start: FlashSnapshot, _ scenario: Scenario) -> ContentDigest {
    var flash = EmulatedFlash(part: scenario.part)
    flash.restore(start)
    return flash.contentDigest(of: FlashRange(start: 0, count: flash.size))
  }

  private func seed(_ graph: SearchGraph, _ start: FlashSnapshot) {
    let memory = MemoryContent(durable: scenario.durable, observed: scenario.observed)
    let worker = makeWorker(graph, start)
    let key = worker.key(&worker.device.flash, memory, .powerOn)
    graph.locked { graph in
      graph.chunkSize = worker.device.flash.chunkSize
      graph.unitShift = scenario.part.programUnit.trailingZeroBitCount
      graph.hasUnits = worker.device.flash.hasUnitStates
      let number = graph.number(of: memory)
      _ = graph.add(key) { images in
        SearchNode(
          image: images.keep([]), memory: number, resetCode: .powerOn, parent: 0,
          edge: SearchEdge(kind: .start), nesting: 0)
      }
    }
  }

  func makeWorker(_ graph: SearchGraph, _ start: FlashSnapshot) -> SearchWorker {
    SearchWorker(
      scenario: scenario.counting(under: faults), faults: faults, strategy: strategy,
      determinism: determinism,
      graph: graph, start: start, reduction: reduction,
      identity: crashPointIdentity, undecidedReadLimit: undecidedReadLimit)
  }

  private func work(on graph: SearchGraph, _ start: FlashSnapshot, _ clock: SearchClock) {
    // A queue of its own has a thread even while all processors search.
    DispatchQueue(label: "search watcher").async { [self] in watch(graph, clock) }
    if jobs == 1 {
      makeWorker(graph, start).work()
    } else {
      DispatchQueue.concurrentPerform(iterations: jobs) { _ in makeWorker(graph, start).work() }
    }
    graph.locked { $0.isDone = true }
  }

  /// Stops the search when its budget is used up, and tells how far it is.
  private func watch(_ graph: SearchGraph, _ clock: SearchClock) {
    var lastReport = 0.0
    while true {
      let (isDone, state) = graph.locked { graph in
        (
          graph.isDone,
          SearchProgress(
            images: graph.counts.images, openImages: graph.openCount, boots: graph.counts.boots,
            crashPoints: graph.counts.crashPoints, deepestNesting: graph.counts.deepestNesting,
            seconds: clock.wallSeconds)
        )
      }
      if isDone { return }
      let isOver = budgetSeconds.map { clock.cpuSeconds > $0 } ?? false
      if isOver || state.images >= imageLimit || isCancelled?() ?? false { graph.stop() }
      if clock.wallSeconds - lastReport > 0.2 {
        lastReport = clock.wallSeconds
        progress?(state)
      }
      usleep(20_000)
    }
  }
}

/// How far a search is.
public struct SearchProgress: Equatable, Sendable {
  /// The distinct states found.
  public var images: Int
  /// The states that are still to be run.
  public var openImages: Int
  /// The lives that were run.
  public var boots: Int
  /// The crash points covered.
  public var crashPoints: Int
  /// The most nested cuts so far.
  public var deepestNesting: Int
  /// The time since the search began, in seconds.
  public var seconds: Double
}

/// Why a search could not say anything.
public enum SearchError: Error, Equatable, Sendable {
  /// The device did nothing to the flash that a cut could hit.
  case nothingToCut
}

extension SearchError: CustomStringConvertible {
  /// The reason in one line.
  public var description: String {
    switch self {
    case .nothingToCut:
      "the device did no flash operation in any life: there was nothing to cut; let the scenario "
        + "write to `device.flash`"
    }
  }
}
