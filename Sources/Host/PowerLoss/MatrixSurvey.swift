internal import FlashEmulator
internal import NORFlash

/// Walks through the undisturbed life once and collects the states that a cut leaves.
final class MatrixSurvey {
  /// A cell whose consequence is that of a state.
  private struct Cell {
    var outcome: CutOutcome?
    var state: Int
  }

  private(set) var states: [PowerOnState] = []
  private let worker: SearchWorker
  private var numbers: [ContentDigest: Int] = [:]
  private var rows: [CutMatrix.Row] = []
  private var cells: [[Cell]] = []
  private var erases: [UInt32: Int] = [:]
  private var powerOns = 0
  private var undisturbed = CutMatrix.Consequence.unknown

  init(_ worker: SearchWorker) { self.worker = worker }

  private var scenario: Scenario { worker.scenario }

  /// Lives the life that nothing disturbs.
  func walk(until isOver: () -> Bool) {
    let memory = MemoryContent(durable: scenario.durable, observed: scenario.observed)
    var state: PowerOnState? = PowerOnState(image: [], memory: memory, code: .powerOn)
    while let current = state, !isOver() {
      guard powerOns < scenario.bootLimit else {
        undisturbed = .violates(
          InvariantViolation(
            "settles in time",
            "the device needs more than \(scenario.bootLimit) power-ons to settle"))
        return
      }
      powerOns += 1
      state = live(current)
    }
  }

  /// One power-on; returns what the next one begins with, or `nil` if there is none.
  private func live(_ state: PowerOnState) -> PowerOnState? {
    worker.load(state.image)
    worker.device.flash.forgetTouchedChunks()
    let session = PowerOnSession(choices: [])
    var fading: [(row: Int, cell: Int, outcome: CutOutcome, index: UInt32)] = []
    session.willPerform = { [unowned self] flash, operation, bytes, session in
      for (cell, outcome) in cut(operation, bytes, on: &flash, session).enumerated() {
        guard outcome.fault == .brownOutTail else { continue }
        fading.append((rows.count - 1, cell, outcome, session.index))
      }
      return .perform
    }
    let end = worker.live(state.memory, state.code, session)
    let next = finish(end, session)
    worker.rewind(session)
    for tail in fading {
      cells[tail.row][tail.cell].state = fade(tail.index, tail.outcome, from: state)
    }
    return next
  }

  /// Adds the row of an operation, with a cell for each outcome.
  private func cut(
    _ operation: FlashOperation, _ bytes: Span<UInt8>, on flash: inout EmulatedFlash,
    _ session: PowerOnSession
  ) -> [CutOutcome] {
    let outcomes = worker.faults.outcomes(of: operation, bytes: bytes, on: flash)
    var row: [Cell] = []
    for outcome in outcomes {
      guard outcome.fault != .brownOutTail else {
        row.append(Cell(outcome: outcome, state: -1))
        continue
      }
      let checkpoint = flash.checkpoint()
      flash.leave(operation, bytes: bytes, as: outcome)
      let content = worker.content(with: flash)
      let isWarm = outcome.fault == .warmReset
      row.append(
        Cell(
          outcome: outcome,
          state: add(
            isWarm ? content : content.afterPowerLoss, isWarm ? .warm : .powerOn, on: &flash)))
      flash.rollback(to: checkpoint)
    }
    append(row, operation, session, "\(flash.activity)")
    if operation.kind == .erase { erases[operation.address, default: 0] += 1 }
    return outcomes
  }

  private func append(
    _ row: [Cell], _ operation: FlashOperation?, _ session: PowerOnSession, _ activity: String
  ) {
    cells.append(row)
    rows.append(
      CutMatrix.Row(
        powerOn: powerOns, index: Int(session.index), operation: operation,
        partition: operation.map { scenario.partitionName(at: $0.address) } ?? "",
        activity: activity, cells: []))
  }

  /// Adds the state that the flash holds now, unless it is known.
  private func add(
    _ memory: MemoryContent, _ code: ResetCode, on flash: inout EmulatedFlash
  ) -> Int {
    let key = worker.key(&flash, memory, code)
    if let known = numbers[key] { return known }
    let image = worker.graph.locked { graph in worker.store(&flash, in: &graph.images) }
    states.append(PowerOnState(image: image, memory: memory, code: code))
    numbers[key] = states.count - 1
    return states.count - 1
  }

  /// Adds the rest at the end of a life.
  private func finish(_ end: LifeEnd, _ session: PowerOnSession) -> PowerOnState? {
    let code: ResetCode
    switch end {
    case .life(.settled(let outcome)):
      undisturbed = .settles(outcome)
      if let expected = scenario.undisturbedOutcomes, !expected.contains(outcome) {
        undisturbed = .violates(
          InvariantViolation(
            "undisturbed outcome", "without any cut the device settles with \(outcome)"))
      }
      rest(session)
      return nil
    case .life(.violates(let invariant, let detail)):
      undisturbed = .violates(InvariantViolation(invariant, detail))
      return nil
    case .violation(let violation):
      undisturbed = .violates(violation)
      return nil
    case .life(.resets(let next)):
      rest(session)
      code = next
    case .trapped, .cut: code = .trap
    }
    let memory = worker.content(with: worker.device.flash)
    let image = worker.graph.locked { graph in
      worker.store(&worker.device.flash, in: &graph.images)
    }
    return PowerOnState(image: image, memory: memory, code: code)
  }

  private func rest(_ session: PowerOnSession) {
    let memory = worker.content(with: worker.device.flash).afterPowerLoss
    let state = add(memory, .powerOn, on: &worker.device.flash)
    append([Cell(outcome: nil, state: state)], nil, session, "")
  }

  /// The state after a supply that fades has dropped operations; the state at the end of the life if
  /// that ends before.
  private func fade(_ index: UInt32, _ outcome: CutOutcome, from state: PowerOnState) -> Int {
    worker.load(state.image)
    worker.device.flash.forgetTouchedChunks()
    let session = PowerOnSession(choices: [])
    session.willPerform = { flash, _, _, session in
      SearchWorker.fade((index, outcome.parameter, outcome), &flash, session)
    }
    _ = worker.live(state.memory, state.code, session)
    let memory = worker.content(with: worker.device.flash).afterPowerLoss
    let number = add(memory, .powerOn, on: &worker.device.flash)
    worker.rewind(session)
    return number
  }

  // MARK: - The matrix

  /// The matrix, from what the states lead to.
  func matrix(_ recoveries: [Recovery]) -> CutMatrix {
    var rows = rows
    for index in rows.indices {
      rows[index].cells = cells[index].map { cell in
        let recovery = recoveries[cell.state]
        return CutMatrix.Cell(
          outcome: cell.outcome, consequence: recovery.consequence, powerOns: recovery.powerOns,
          undecidedReads: recovery.undecidedReads)
      }
    }
    return CutMatrix(
      undisturbed: undisturbed, powerOns: powerOns, rows: rows, wear: wear(recoveries),
      states: states.count)
  }

  private func wear(_ recoveries: [Recovery]) -> [CutMatrix.BlockWear] {
    var most: [UInt32: Int] = [:]
    for recovery in recoveries {
      for (address, count) in recovery.erases { most[address] = max(most[address] ?? 0, count) }
    }
    return Set(erases.keys).union(most.keys).sorted().map { address in
      CutMatrix.BlockWear(
        address: address,
        count: scenario.part.geometry.eraseBlock(containing: address)?.count ?? 0,
        partition: scenario.partitionName(at: address), undisturbed: erases[address] ?? 0,
        mostInARecovery: most[address] ?? 0)
    }
  }
}
