internal import FlashEmulator
internal import NORFlash

extension SearchWorker {
  /// Adds the state after each outcome of a cut in an operation, unless that was done or is being
  /// done.
  func tryCuts(
    of operation: FlashOperation, _ bytes: Span<UInt8>, on flash: inout EmulatedFlash,
    _ task: SearchTask, _ session: PowerOnSession, _ nesting: UInt16
  ) {
    let memory = content(with: flash)
    let memoryDigest = memory.digest
    let point = crashPoint(operation, bytes, on: &flash, memoryDigest)
    let number: UInt32?
    switch meet(point, operation) {
    case .known(_, let other), .underWay(let other): return session.pass(other)
    case .new(let own): number = own
    }
    var outcomes = faults.outcomes(of: operation, bytes: bytes, on: flash)
    if strategy == .pairwise, nesting > 0 {
      outcomes.removeAll { $0.fault != .before && $0.fault != .after }
    }
    let kept = KeptMemory(memory, memoryDigest)
    var children: [CrashPoint.Child] = []
    for outcome in outcomes {
      if outcome.fault == .brownOutTail {
        scheduleFading(outcome, task, session, nesting)
        continue
      }
      let checkpoint = flash.checkpoint()
      flash.leave(operation, bytes: bytes, as: outcome)
      let edge = SearchEdge(
        kind: .cut, index: session.index, operation: operation, outcome: outcome,
        choices: session.choices)
      let isWarm = outcome.fault == .warmReset
      let child = addCut(
        edge, from: task.node, on: &flash, kept.unlessCounting(flash.packedWeakReadCounts),
        isWarm ? .warm : .powerOn, nesting)
      flash.rollback(to: checkpoint)
      let isErased = operation.kind == .erase && (isWarm || outcome.fault == .after)
      if isReducing { children.append(CrashPoint.Child(node: child, isErased: isErased)) }
    }
    session.pass(number)
    keep(point, operation, number, outcomes: outcomes.count, children)
  }

  /// Comes to a crash point; one that is known counts as covered once more.
  private func meet(
    _ point: ContentDigest, _ operation: FlashOperation
  ) -> CrashPointMemo.Standing {
    let standing =
      familiarPoints[point]
      ?? graph.locked {
        $0.memo.meet(point, operation, keeping: isReducing ? .children : .outcomeCount)
      }
    if case .known(let outcomes, _) = standing {
      familiarPoints.insert(point, standing)
      crashPointsFromMemo += outcomes
    }
    return standing
  }

  /// Keeps a crash point that was cut in every way, and counts it for all that came to it meanwhile.
  private func keep(
    _ point: ContentDigest, _ operation: FlashOperation, _ number: UInt32?, outcomes: Int,
    _ children: [CrashPoint.Child]
  ) {
    graph.locked { graph in
      let meetings = graph.memo.keep(
        point, operation, number: number, outcomes: outcomes, children: children)
      graph.counts.crashPoints += outcomes * (1 + meetings)
      graph.counts.crashPointsFromMemo += outcomes * meetings
    }
  }

  // MARK: - What a crash point is

  /// What tells one crash point from another: what the flash holds, and what the operation makes of it.
  ///
  /// Where a canonical form is true in the middle of a life too, both count by their reduced forms. A log writes a greater number every time, so by its bytes hardly an operation comes twice;
  /// what it changes comes again and again.
  private func crashPoint(
    _ operation: FlashOperation, _ bytes: Span<UInt8>, on flash: inout EmulatedFlash,
    _ memoryDigest: ContentDigest
  ) -> ContentDigest {
    let place = ContentDigest(
      high: UInt64(operation.address) << 32 | UInt64(operation.count),
      low: operation.kind == .erase ? 1 : 0)
    let isByForm =
      identity == .reducedForm && operation.kind == .program
      && flash.lines(at: operation.address, count: operation.count).allSatisfy {
        apart.contains($0.chunk)
      }
    let effect =
      isByForm
      ? reducedDigest(after: operation, bytes, on: &flash) : ContentDigest(of: bytes)
    let content =
      identity == .reducedForm
      ? canonicalDigest(&flash)
      : flash.contentDigest().combined(with: flash.digestSetApart())
    return content.combined(with: memoryDigest).combined(with: place).combined(with: effect)
  }

  private func reducedDigest(
    after operation: FlashOperation, _ bytes: Span<UInt8>, on flash: inout EmulatedFlash
  ) -> ContentDigest {
    let checkpoint = flash.checkpoint()
    flash.leave(operation, bytes: bytes, as: CutOutcome(.after))
    defer { flash.rollback(to: checkpoint) }
    return reducedDigest(&flash)
  }
}

/// What makes two crash points one.
package enum CrashPointIdentity: Sendable {
  /// What a canonical form leaves of the content and of the effect of the operation.
  case reducedForm
  /// Every byte of both.
  case everyByte
}
