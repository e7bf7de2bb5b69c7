internal import FlashEmulator
internal import NORFlash

extension ChainRunner {
  /// Goes through recorded steps from the start state, and says what is violated at their end.
  ///
  /// - Throws: `ReplayError.diverged` if the device does not do what the steps say.
  func follow(_ steps: [TraceStep]) throws(ReplayError) -> InvariantViolation? {
    var (memory, code) = begin()
    log = []
    for (number, step) in steps.enumerated() {
      let session = watched(step, number: number + 1)
      let start = (memory, code)
      let end = worker.live(memory, code, session)
      memory = worker.content(with: worker.device.flash)
      switch (step.ending, end) {
      case (_, .violation(let violation)):
        return violation
      case (.cut, .cut), (.cutAtRest, .life):
        let isWarm = step.outcome?.fault == .warmReset
        code = isWarm ? .warm : .powerOn
        if !isWarm { memory = memory.afterPowerLoss }
      case (.reset, .trapped): code = .trap
      case (.reset, .life(.resets(let next))): code = next
      case (.violation, .life), (.violation, .trapped):
        return difference(to: session, end, from: start) ?? endless(from: end, memory)
      default:
        throw .diverged(
          step: number + 1,
          "the power-on ended differently, after \(session.index) operations")
      }
    }
    return nil
  }

  /// A session that cuts where a step says so, and writes the log.
  private func watched(_ step: TraceStep, number: Int) -> PowerOnSession {
    let session = PowerOnSession(choices: step.choices)
    session.willPerform = { [unowned self] flash, operation, bytes, session in
      let isCut = step.ending == .cut && Int(session.index) == step.index
      log.append(
        LoggedOperation(
          powerOn: number, index: Int(session.index), operation: operation,
          partition: scenario.partitions.first { $0.range.contains(operation.address) }?.name
            ?? "",
          activity: "\(flash.activity)", outcome: isCut ? step.outcome : nil))
      guard step.ending == .cut, let outcome = step.outcome else { return .perform }
      if outcome.fault == .brownOutTail {
        let past = Int(session.index) - step.index
        guard past >= 0 else { return .perform }
        if past < Int(outcome.parameter) { return .drop }
      } else {
        guard isCut, step.operation == nil || step.operation == operation else { return .perform }
        flash.leave(operation, bytes: bytes, as: outcome)
      }
      flash.cutPowerNow()
      session.wasCut = true
      return .perform
    }
    return session
  }

  /// Nothing was violated at once: runs the life once more, and says what differs.
  private func difference(
    to first: PowerOnSession, _ end: LifeEnd, from start: (MemoryContent, ResetCode)
  ) -> InvariantViolation? {
    worker.rewind(first)
    let session = PowerOnSession(choices: first.choices)
    let repeated = worker.live(start.0, start.1, session)
    guard session.trace != first.trace || repeated != end else { return nil }
    return InvariantViolation(
      "deterministic",
      "the same state was run twice and led to \(first.index) operations the first time, "
        + "\(session.index) the second")
  }

  /// Lets the device go on without cuts, and says whether it settles.
  private func endless(from end: LifeEnd, _ memory: MemoryContent) -> InvariantViolation? {
    var end = end
    var memory = memory
    var seen: Set<ContentDigest> = []
    for _ in 0..<scenario.bootLimit {
      let code: ResetCode
      switch end {
      case .life(.resets(let next)): code = next
      case .trapped: code = .trap
      case .violation(let violation): return violation
      default: return nil
      }
      guard seen.insert(worker.key(&worker.device.flash, memory, code)).inserted else {
        return InvariantViolation(
          "settles", "without any further cut the device resets for ever and never settles")
      }
      end = worker.live(memory, code, PowerOnSession(choices: []))
      memory = worker.content(with: worker.device.flash)
    }
    return InvariantViolation(
      "settles in time", "the device needs more than \(scenario.bootLimit) power-ons to settle")
  }
}
