internal import FlashEmulator
internal import NORFlash

/// Runs whole chains of power-ons, one behind the other, on one flash.
final class ChainRunner {
  struct Chain {
    var steps: [TraceStep] = []
    var violation: InvariantViolation?
  }

  let worker: SearchWorker
  let faults: FaultModel
  let scenario: Scenario
  /// Every operation of the steps that were followed last.
  var log: [LoggedOperation] = []
  /// The largest number of operations, and the longest time, of a life so far.
  private var longestLife: UInt64 = 64
  private var longestTime: UInt64 = 1

  private var random: SplitMix64
  var counts = SearchCounts()

  init(_ scenario: Scenario, _ faults: FaultModel, _ start: FlashSnapshot, seed: UInt64 = 0) {
    random = SplitMix64(seed: seed)
    self.scenario = scenario
    self.faults = faults
    worker = SearchWorker(
      scenario: scenario, faults: faults, strategy: .closure, determinism: .never,
      graph: SearchGraph(isGuided: false), start: start)
  }

  /// Puts the device into the start state.
  func begin() -> (memory: MemoryContent, code: ResetCode) {
    worker.device.flash.rollback(to: worker.base)
    worker.device.flash.restorePower()
    return (MemoryContent(durable: scenario.durable, observed: scenario.observed), .powerOn)
  }

  /// Cuts up to six times at random, then lets the device settle.
  func randomChain() -> Chain {
    var chain = Chain()
    var (memory, code) = begin()
    var cutsLeft = Int(random.next(below: 6)) + 1
    var quietBoots = 0
    while quietBoots <= scenario.bootLimit {
      let (session, plan) = plannedSession(isCut: cutsLeft > 0)
      let end = worker.live(memory, code, session)
      counts.boots += 1
      longestLife = max(longestLife, UInt64(session.index) + 1)
      longestTime = max(longestTime, plan.time + 1)
      memory = worker.content(with: worker.device.flash)
      var step = TraceStep(ending: .reset, index: Int(session.index), choices: session.choices)
      quietBoots += 1
      switch end {
      case .cut:
        guard let cut = plan.cut else { return chain }
        step = cut
        code = cut.outcome?.fault == .warmReset ? .warm : .powerOn
      case .trapped: code = .trap
      case .life(.resets(let next)): code = next
      case .violation(let violation):
        step.ending = .violation
        chain.steps.append(step)
        chain.violation = violation
        return chain
      case .life:
        guard cutsLeft > 0 else { return chain }
        step.ending = .cutAtRest
        code = .powerOn
      }
      chain.steps.append(step)
      if code == .powerOn { memory = memory.afterPowerLoss }
      guard step.ending != .reset else { continue }
      cutsLeft -= 1
      quietBoots = 0
      counts.deepestNesting = max(counts.deepestNesting, chain.steps.count)
    }
    chain.violation = InvariantViolation(
      "settles in time",
      "the device needs more than \(scenario.bootLimit) power-ons to settle")
    chain.steps.append(TraceStep(ending: .violation, index: 0))
    return chain
  }

  /// Where a life is to be cut, by the number of the operation or by the time that went by.
  private final class CutPlan {
    var operation: UInt64?
    var moment: UInt64?
    var time: UInt64 = 0
    var cut: TraceStep?

    func isDue(at index: UInt32) -> Bool {
      if let operation { return index >= operation }
      if let moment { return time > moment }
      return false
    }
  }

  /// A session that cuts at a random moment; half of them weighted by time, for most real cuts hit
  /// an erase, which takes about a hundred times as long as a program.
  private func plannedSession(isCut: Bool) -> (PowerOnSession, CutPlan) {
    let session = PowerOnSession(choices: [], seed: random.next())
    let plan = CutPlan()
    let isByTime = random.next(below: 2) == 0
    let operation = random.next(below: longestLife)
    let moment = random.next(below: longestTime)
    if isCut, isByTime { plan.moment = moment }
    if isCut, !isByTime { plan.operation = operation }
    session.willPerform = { [unowned self] flash, operation, bytes, session in
      plan.time += operation.kind == .erase ? 100 : 1
      counts.crashPoints += 1
      guard plan.isDue(at: session.index) else { return .perform }
      let outcomes = faults.outcomes(of: operation, bytes: bytes, on: flash)
        .filter { $0.fault != .brownOutTail }
      let outcome = outcomes[Int(random.next(below: UInt64(outcomes.count)))]
      flash.leave(operation, bytes: bytes, as: outcome)
      flash.cutPowerNow()
      session.wasCut = true
      plan.cut = TraceStep(
        ending: .cut, index: Int(session.index), operation: operation, outcome: outcome,
        choices: session.choices)
      return .perform
    }
    return (session, plan)
  }
}
