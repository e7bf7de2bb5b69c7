internal import FlashEmulator
internal import NORFlash

extension SearchWorker {
  /// Runs one power-on and adds every state that a cut in it, or its end, leads to.
  func explore(_ task: SearchTask) {
    let (start, nesting) = graph.locked { graph in
      (graph.start(of: task.node), graph.nodes[Int(task.node)].nesting)
    }
    let (image, shared, code) = start
    let memory = shared.unshared()
    load(image)
    device.flash.forgetTouchedChunks()
    let root = canonicalRoot(memory, code)
    if isReducing, !task.isForced, task.fading == nil, task.choices.isEmpty,
      looksLikeARun(task.node, root)
    {
      return
    }
    let canBeCut = strategy.depthLimit.map { Int(nesting) < $0 } ?? true
    let session = PowerOnSession(choices: task.choices, choiceLimit: undecidedReadLimit)
    if isReducing, task.fading == nil { session.reads = RunReads(settled: settledFromTheStart) }
    session.willPerform = { [unowned self] flash, operation, bytes, session in
      if let fading = task.fading { return Self.fade(fading, &flash, session) }
      if canBeCut { self.tryCuts(of: operation, bytes, on: &flash, task, session, nesting) }
      return .perform
    }
    let end = live(memory, code, session)
    if isReducing { record(session, of: task, root) }
    note(end, of: task, session, nesting, canBeCut: canBeCut)
    rewind(session)
    if determinism.includes(node: task.node), task.fading == nil {
      repeatRun(of: task, memory, code, session, end)
    }
    load(image)
  }

  /// Lets the device live once, from a reset.
  func live(_ memory: MemoryContent, _ code: ResetCode, _ session: PowerOnSession) -> LifeEnd {
    self.memory.content = memory
    device.flash.setWeakReadCounts(memory.weakReadCounts)
    device.resetCode = code
    session.start = device.flash.checkpoint()
    device.flash.restorePower()
    device.flash.observer = session
    session.attach(to: &device.flash)
    defer {
      device.flash.observer = nil
      session.detach(from: &device.flash)
    }
    do {
      let life = try scenario.powerOn(&device)
      if !device.flash.isPowered { return session.endWithoutPower(device.flash) }
      return try checked(life)
    } catch let violation as InvariantViolation {
      return .violation(violation)
    } catch {
      if !device.flash.isPowered { return session.endWithoutPower(device.flash) }
      return .violation(InvariantViolation("fails", "the code under test gave up: \(error)"))
    }
  }

  private func checked(_ life: Life) throws -> LifeEnd {
    if case .violates(let invariant, let detail) = life {
      return .violation(InvariantViolation(invariant, detail))
    }
    if case .settled(let outcome) = life, let allowed = scenario.allowedOutcomes,
      !allowed.contains(outcome)
    {
      let list = allowed.sorted().joined(separator: ", ")
      return .violation(
        InvariantViolation("old or new", "the device settled with \(outcome), not with \(list)"))
    }
    for invariant in scenario.invariants {
      if let detail = try invariant.check(&device, life) {
        return .violation(InvariantViolation(invariant.name, detail))
      }
    }
    return .life(life)
  }

  /// Takes back everything that a run did to the flash.
  func rewind(_ session: PowerOnSession) {
    guard let start = session.start else { return }
    device.flash.rollback(to: start)
    device.flash.restorePower()
  }

  // MARK: - States that a cut leaves

  /// Has the same power-on run again with a supply that fades from this operation on.
  func scheduleFading(
    _ outcome: CutOutcome, _ task: SearchTask, _ session: PowerOnSession, _ nesting: UInt16
  ) {
    let fading = SearchTask(
      node: task.node, choices: session.choices,
      fading: (session.index, outcome.parameter, outcome))
    graph.locked { $0.schedule(fading, nesting: nesting, isNovel: false) }
  }

  /// Adds the state that the flash holds now as one that a cut left.
  func addCut(
    _ edge: SearchEdge, from parent: UInt32, on flash: inout EmulatedFlash,
    _ kept: KeptMemory, _ code: ResetCode, _ nesting: UInt16
  ) -> UInt32 {
    let memoryDigest = code == .warm ? kept.warmDigest : kept.coldDigest
    let key = key(&flash, memoryDigest: memoryDigest, code)
    if !graph.isGuided, let number = familiar[key] { return number }
    let number = graph.locked { graph in
      let feature =
        UInt64(edge.outcome?.fault.rawValue ?? 0) << 40
        | UInt64(edge.operation.address >> 8) << 8 | UInt64(memoryDigest.low & 0xFF)
      let isNovel = graph.isGuided && graph.features.insert(feature).inserted
      let number = graph.number(of: code == .warm ? kept.warm : kept.cold)
      return graph.add(
        key,
        { images in
          SearchNode(
            image: images.keep(store(&flash, in: &images)), memory: number, resetCode: code,
            parent: parent, edge: edge, nesting: nesting + 1)
        }, isNovel: isNovel)
    }
    familiar.insert(key, number)
    return number
  }

  /// Adds the state that the flash holds after a loss of power at rest.
  private func addCut(_ edge: SearchEdge, from parent: UInt32, _ nesting: UInt16) -> UInt32 {
    let memory = content(with: device.flash)
    let kept = KeptMemory(memory, memory.digest)
    return addCut(edge, from: parent, on: &device.flash, kept, .powerOn, nesting)
  }

  /// Drops operations while the supply fades, then cuts.
  static func fade(
    _ fading: (index: UInt32, count: UInt32, outcome: CutOutcome), _ flash: inout EmulatedFlash,
    _ session: PowerOnSession
  ) -> FlashObserverVerdict {
    if session.index < fading.index { return .perform }
    if session.index < fading.index + fading.count { return .drop }
    flash.cutPowerNow()
    session.wasCut = true
    return .perform
  }

  // MARK: - The end of a life

  private func note(
    _ end: LifeEnd, of task: SearchTask, _ session: PowerOnSession, _ nesting: UInt16,
    canBeCut: Bool
  ) {
    graph.locked { graph in
      graph.counts.crashPoints += crashPointsFromMemo
      graph.counts.crashPointsFromMemo += crashPointsFromMemo
      graph.counts.boots += 1
      graph.counts.undecidedReads += session.decided
      graph.counts.choicesCutShort += session.choicesCutShort
    }
    crashPointsFromMemo = 0
    if task.fading == nil { scheduleOtherChoices(of: task, session, nesting) }
    switch end {
    case .cut:
      guard let fading = task.fading else { return }
      let edge = SearchEdge(
        kind: .cut, index: fading.index, outcome: fading.outcome, choices: session.choices)
      let child = addCut(edge, from: task.node, nesting)
      addEnd(child, to: task.node)
    case .violation(let violation):
      graph.locked { graph in
        guard graph.failure == nil else { return }
        graph.failure = SearchFailure(
          node: task.node, choices: session.choices, invariant: violation.invariant,
          detail: violation.detail)
      }
      graph.stop()
    case .trapped:
      addSuccessor(of: task, session, .trap, nesting)
    case .life(.resets(let code)):
      addRest(of: task, session, nesting, canBeCut: canBeCut)
      addSuccessor(of: task, session, code, nesting)
    case .life(.settled(let outcome)) where nesting == 0 && !isExpected(outcome):
      graph.locked { graph in
        guard graph.failure == nil else { return }
        graph.failure = SearchFailure(
          node: task.node, choices: session.choices, invariant: "undisturbed outcome",
          detail: "without any cut the device settles with \(outcome)")
      }
      graph.stop()
    case .life:
      graph.locked { $0.nodes[Int(task.node)].settles = true }
      addRest(of: task, session, nesting, canBeCut: canBeCut)
    }
  }

  /// Whether a device may settle so that was never cut.
  private func isExpected(_ outcome: String) -> Bool {
    scenario.undisturbedOutcomes?.contains(outcome) ?? true
  }

  /// Adds the state after a cut between the last operation and the next start.
  private func addRest(
    of task: SearchTask, _ session: PowerOnSession, _ nesting: UInt16, canBeCut: Bool
  ) {
    guard canBeCut else { return }
    let edge = SearchEdge(kind: .cutAtRest, index: session.index, choices: session.choices)
    let child = addCut(edge, from: task.node, nesting)
    addEnd(child, to: task.node)
    graph.locked { $0.counts.crashPoints += 1 }
  }

  /// Adds the state after a reset that ends a life.
  private func addSuccessor(
    of task: SearchTask, _ session: PowerOnSession, _ code: ResetCode, _ nesting: UInt16
  ) {
    let memory = content(with: device.flash)
    let key = key(&device.flash, memory, code)
    let edge = SearchEdge(kind: .reset, index: session.index, choices: session.choices)
    graph.locked { graph in
      let content = graph.number(of: memory)
      let number = graph.add(key) { images in
        SearchNode(
          image: images.keep(store(&device.flash, in: &images)), memory: content,
          resetCode: code, parent: task.node, edge: edge, nesting: nesting)
      }
      graph.lower(number, to: nesting, parent: task.node, edge)
      if !graph.nodes[Int(task.node)].successors.contains(number) {
        graph.nodes[Int(task.node)].successors.append(number)
      }
      let run = graph.nodes[Int(task.node)].run
      if run != .max { graph.runs[Int(run)].ends.append(number) }
    }
  }

  /// What an undecided read gave was one of several readings: the others get a run of their own.
  private func scheduleOtherChoices(
    of task: SearchTask, _ session: PowerOnSession, _ nesting: UInt16
  ) {
    guard session.choices.count > task.choices.count else { return }
    graph.locked { graph in
      for position in task.choices.count..<session.choices.count {
        for option in 1..<session.options[position] {
          var choices = Array(session.choices[..<position])
          choices.append(option)
          graph.schedule(
            SearchTask(node: task.node, choices: choices), nesting: nesting, isNovel: false)
        }
      }
    }
  }

  // MARK: - Determinism

  /// Runs a power-on once more: the same state must lead to the same operations and the same end.
  private func repeatRun(
    of task: SearchTask, _ memory: MemoryContent, _ code: ResetCode, _ first: PowerOnSession,
    _ end: LifeEnd
  ) {
    let session = PowerOnSession(choices: first.choices)
    let repeated = live(memory, code, session)
    rewind(session)
    guard session.trace != first.trace || repeated != end else { return }
    graph.locked { graph in
      guard graph.failure == nil else { return }
      let difference =
        session.index == first.index
        ? "\(first.index) operations, with other content or another end"
        : "\(first.index) operations the first time, \(session.index) the second"
      graph.failure = SearchFailure(
        node: task.node, choices: first.choices, invariant: "deterministic",
        detail: "the same state was run twice and led to \(difference): "
          + "something outlives the reset in memory of the code under test")
    }
    graph.stop()
  }
}
