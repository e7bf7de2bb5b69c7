internal import NORFlash

extension FaultModel {
  /// What a power cut during an operation can leave behind, `before` and `after` first.
  ///
  /// The list depends on the model, the operation, the bytes and the cells, and on nothing else. Of
  /// several outcomes that leave the same cells only the first is in it, except for `after` and
  /// `warmReset`. A program that changes nothing has the one outcome `before`: it is no crash point.
  ///
  /// - Precondition: The operation is inside the flash: whole program units inside one program page,
  ///   or one erase block.
  /// - Complexity: O(outcomes x bytes of the operation, its page or its block)
  public func outcomes(
    of operation: FlashOperation, bytes: Span<UInt8>, on flash: borrowing EmulatedFlash
  ) -> [CutOutcome] {
    let candidates: [CutOutcome]
    switch operation.kind {
    case .program:
      let summary = ProgramSummary(of: operation, bytes: bytes, on: flash)
      guard summary.changesSomething else { return [.before] }
      candidates = programOutcomes(of: operation, summary)
    case .erase:
      candidates = eraseOutcomes(of: operation, hasCode: flash.hasCode)
    }
    return distinct(candidates, of: operation, bytes: bytes, on: flash)
  }

  /// Keeps the first of each group that leaves the same cells.
  private func distinct(
    _ candidates: [CutOutcome], of operation: FlashOperation, bytes: Span<UInt8>,
    on flash: borrowing EmulatedFlash
  ) -> [CutOutcome] {
    var outcomes: [CutOutcome] = [.before, .after]
    var digests: [UInt64] = outcomes.map { _ in 0 }
    for index in outcomes.indices {
      digests[index] =
        flash.content(after: outcomes[index], of: operation, bytes: bytes).digest()
    }
    for fault in [Fault.warmReset, .brownOutTail] where faults.contains(fault) {
      // The cells are not all that differs.
      outcomes += fault == .warmReset ? [.warmReset] : [1, 2, 4].map { .brownOutTail($0) }
    }
    for candidate in candidates {
      let digest = flash.content(after: candidate, of: operation, bytes: bytes).digest()
      if digests.contains(digest) { continue }
      digests.append(digest)
      outcomes.append(candidate)
    }
    return outcomes
  }

  private func programOutcomes(
    of operation: FlashOperation, _ summary: ProgramSummary
  ) -> [CutOutcome] {
    var outcomes: [CutOutcome] = []
    func add(_ fault: Fault, _ parameters: [UInt32]) {
      guard faults.contains(fault) else { return }
      outcomes += parameters.map { CutOutcome(fault, parameter: $0) }
    }
    let units = summary.askedUnits
    let end = UInt32(summary.unitCount)
    let positions = Self.representatives(below: units.count - 1)
    add(.prefix, positions.map { units[$0] + 1 })
    if variety == .few {
      let middle = units.count / 2
      if units.count > 1 { add(.suffix, [end - units[middle]]) }
      if units.count > 2 { add(.unitSubset, [0]) }
    } else {
      add(.suffix, positions.map { end - units[units.count - 1 - $0] })
      if units.count > 2 { add(.unitSubset, [0, 1, choice(of: operation, 0, below: 0xFFFE) + 2]) }
    }
    if summary.hasCode {
      // Bits inside a unit with a code leave a unit that cannot be read.
      let torn = [0, units.count / 2, units.count - 1].map { UInt32(units[$0]) }
      if faults.contains(.bitSubset) || faults.contains(.eccTear) {
        outcomes += torn.map { .unreadableUnit($0) }
      }
    } else if variety == .few, units.count > 1 {
      add(.bitSubset, [0, 3, 4])
    } else {
      let seed = choice(of: operation, 1, below: 0xFFF8) + 8
      add(.bitSubset, Array(0...5) + [seed])
      if units.count == 1 { add(.bitSubset, [6, 7, seed ^ 0x1_0000]) }
    }
    let seeds = [2, 3, 4].map { choice(of: operation, $0, below: 0xFFF0) + 16 }
    add(.looksComplete, [0, seeds[0]])
    add(.looksUntouched, [0, seeds[1]])
    add(.pageCollateral, [0, 1, seeds[2]])
    add(.sectorDisturb, [seeds[0] << 1, seeds[1] << 1 | 1])
    add(.indeterminate, [0, 1, 2, 3, seeds[2]])
    return outcomes
  }

  private func eraseOutcomes(of operation: FlashOperation, hasCode: Bool) -> [CutOutcome] {
    var outcomes: [CutOutcome] = []
    func add(_ fault: Fault, _ added: [CutOutcome]) {
      if faults.contains(fault) { outcomes += added }
    }
    // A block is torn again and again by a search of repeated cuts: most patterns say what all of it
    // holds, or add to each other, so that a few hundred contents of a block are all there are. All
    // residues share one seed: cells keep their order of how easily they are erased.
    let seed = choice(of: operation, 0, below: 0xFFF0) + 16
    add(
      .preProgrammed,
      [
        .preProgrammed(3, from: .end), .preProgrammed(2, from: .start),
        .preProgrammed(4, from: .end),
      ])
    add(
      .eraseMix,
      [
        .eraseMix(.firstHalf), .eraseMix(.lastHalf), .eraseMix(.evenUnitsOfProgrammed),
        .eraseMix(.residueOfData(eighths: 1, seed: seed)),
        .eraseMix(.residueOfData(eighths: 4, seed: seed)),
        .eraseMix(.residueOfProgrammed(eighths: 1, seed: seed)),
        .eraseMix(.residueOfProgrammed(eighths: 6, seed: seed)),
      ])
    if variety == .many {
      add(.preProgrammed, [.preProgrammed(1, from: .end), .preProgrammed(2, from: .end)])
      add(
        .eraseMix,
        [
          .eraseMix(.firstHalfOfProgrammed), .eraseMix(.lastHalfOfProgrammed),
          .eraseMix(.residueOfData(eighths: 7, seed: seed)),
        ])
    }
    if hasCode, faults.contains(.eraseMix) || faults.contains(.eccTear) {
      outcomes += UnreadableBlockPart.allCases.map { .unreadable($0) }
    }
    add(.looksErased, [0, 1, seed].map { CutOutcome(.looksErased, parameter: $0) })
    add(.indeterminate, [0, 1, 2, seed].map { CutOutcome(.indeterminate, parameter: $0) })
    return outcomes
  }

  /// The first, the middle and the last of `count` positions.
  private static func representatives(below count: Int) -> [Int] {
    guard count > 0 else { return [] }
    var positions = [0]
    for position in [count / 2, count - 1] where !positions.contains(position) {
      positions.append(position)
    }
    return positions
  }
}

/// What a program would change.
struct ProgramSummary {
  /// The numbers of the units that the program asks for, counted from the start of the operation.
  let askedUnits: [UInt32]
  let unitCount: Int
  let askedBits: Int
  /// How many of these bits are not programmed yet.
  let changedBits: Int
  let changesSomething: Bool
  let hasCode: Bool

  init(
    of operation: FlashOperation, bytes: Span<UInt8>, on flash: borrowing EmulatedFlash
  ) {
    let content = flash.content(after: .before, of: operation, bytes: bytes)
    unitCount = content.unitCount
    hasCode = content.hasCode
    askedBits = content.askedCount
    changedBits = content.pendingCount
    var units: [UInt32] = []
    var changesSomething = false
    for unit in 0..<content.unitCount where content.isAsked(unit: unit) {
      units.append(UInt32(unit))
      if content.isChanging(unit: unit) { changesSomething = true }
    }
    askedUnits = units
    self.changesSomething = changesSomething
  }
}
