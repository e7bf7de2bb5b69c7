internal import Dispatch
internal import FlashEmulator
internal import Synchronization

extension PowerLossSearch {
  /// Tries each outcome of each operation of the undisturbed life, and lets the device settle.
  ///
  /// Uses ``jobs`` threads, and ends early when ``isCancelled`` says so; what is not known then is
  /// marked.
  ///
  /// - Parameter seconds: The time after which the rest of the cells stays unknown; `nil` for none.
  /// - Throws: What the preparation of the start image throws.
  /// - Complexity: O(distinct states that one cut leaves × operations of a recovery)
  public func cutMatrix(seconds: Double? = nil) throws -> CutMatrix {
    let clock = SearchClock()
    let start = try startImage()
    let plain = withoutShortcuts
    let graph = SearchGraph(isGuided: false)
    let survey = MatrixSurvey(plain.makeWorker(graph, start))
    let isOver: @Sendable () -> Bool = { [isCancelled] in
      (seconds.map { clock.wallSeconds > $0 } ?? false) || isCancelled?() ?? false
    }
    survey.walk(until: isOver)
    let states = survey.states
    let recoveries = Recoveries(count: states.count)
    DispatchQueue.concurrentPerform(iterations: plain.jobs) { _ in
      let worker = plain.makeWorker(graph, start)
      while !isOver(), let number = recoveries.take() {
        recoveries.keep(worker.recover(from: states[number]), number)
      }
    }
    return survey.matrix(recoveries.all)
  }

  /// The same, with every content tried, also where the scenario declares that it makes no difference.
  private var withoutShortcuts: PowerLossSearch {
    var plain = self
    plain.scenario.canonicalForm = nil
    plain.scenario.collateralForm = nil
    plain.determinism = .never
    plain.reduction = .none
    return plain
  }
}

/// A state of the device at a power-on.
struct PowerOnState: Sendable {
  var image: StoredImage
  var memory: MemoryContent
  var code: ResetCode
}

/// How a device came to rest without a further cut.
struct Recovery: Sendable {
  var consequence = CutMatrix.Consequence.unknown
  var powerOns = 0
  var undecidedReads = 0
  /// Complete erases by the address of the block.
  var erases: [UInt32: Int] = [:]
}

/// The recoveries that the threads have found.
private final class Recoveries: Sendable {
  private struct State {
    var found: [Recovery]
    var next = 0
  }

  private let state: Mutex<State>

  init(count: Int) { state = Mutex(State(found: Array(repeating: Recovery(), count: count))) }

  var all: [Recovery] { state.withLock { $0.found } }

  func take() -> Int? {
    state.withLock { state in
      guard state.next < state.found.count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  func keep(_ recovery: Recovery, _ number: Int) {
    state.withLock { $0.found[number] = recovery }
  }
}

extension SearchWorker {
  /// Lets the device live from a state until it settles.
  func recover(from state: PowerOnState) -> Recovery {
    var recovery = Recovery()
    var (memory, code) = (state.memory, state.code)
    load(state.image)
    var first: PowerOnSession?
    defer { if let first { rewind(first) } }
    while recovery.powerOns < scenario.bootLimit {
      let session = PowerOnSession(choices: [])
      session.willPerform = { _, operation, _, _ in
        if operation.kind == .erase { recovery.erases[operation.address, default: 0] += 1 }
        return .perform
      }
      let end = live(memory, code, session)
      first = first ?? session
      recovery.powerOns += 1
      recovery.undecidedReads += session.decided
      switch end {
      case .life(.settled(let outcome)):
        recovery.consequence = .settles(outcome)
        return recovery
      case .life(.violates(let invariant, let detail)):
        recovery.consequence = .violates(InvariantViolation(invariant, detail))
        return recovery
      case .violation(let violation):
        recovery.consequence = .violates(violation)
        return recovery
      case .life(.resets(let next)): code = next
      case .trapped, .cut: code = .trap
      }
      memory = content(with: device.flash)
    }
    recovery.consequence = .violates(
      InvariantViolation(
        "settles in time", "the device needs more than \(scenario.bootLimit) power-ons to settle"))
    return recovery
  }
}
