import FlashEmulator
import NORFlash
import PowerLoss
import Testing

/// The cut matrix against runs of the updater that know nothing of the search.
@Suite struct CutMatrixTests {
  /// What the updater comes to if it is cut once, as the emulator alone cuts it.
  private func cutOnce(
    _ updater: CopyUpdater, _ part: FlashPart, at index: Int, _ outcome: CutOutcome
  ) throws -> String {
    var flash = EmulatedFlash(part: part)
    try updater.prepare(&flash)
    flash.cutPower(at: UInt64(index), phase: .outcome(outcome))
    do {
      _ = try updater.run(on: &flash)
      Issue.record("operation \(index) was not cut")
    } catch FlashError.powerLost {
      // As it should be.
    }
    flash.restorePower()
    return try updater.run(on: &flash)
  }

  @Test(arguments: [false, true]) func agreesWithSingleRuns(marksFirst: Bool) throws {
    let updater = CopyUpdater(blocks: 2, marksFirst: marksFirst)
    let scenario = try updater.scenario()
    let search = PowerLossSearch(scenario, faults: .norRealistic, jobs: 2)
    let matrix = try search.cutMatrix()
    #expect(matrix.undisturbed == .settles("new"))
    #expect(matrix.powerOns == 1)
    #expect(matrix.unknownCells == 0)

    var flash = EmulatedFlash(part: scenario.part)
    try updater.prepare(&flash)
    let before = flash.operationCount
    _ = try updater.run(on: &flash)
    let operations = Int(flash.operationCount - before)
    #expect(matrix.rows.count == operations + 1)
    #expect(matrix.rows.last?.operation == nil)

    var violations = 0
    for row in matrix.rows where row.operation != nil {
      #expect(row.cells.count >= 4)
      for cell in row.cells {
        let outcome = try #require(cell.outcome)
        let end = try cutOnce(updater, scenario.part, at: row.index, outcome)
        switch cell.consequence {
        case .settles(let text): #expect(text == end, "\(row.index) \(outcome.name)")
        case .violates(let violation):
          violations += 1
          #expect(end == "mixed", "\(row.index) \(outcome.name)")
          #expect(violation.invariant == "old or new")
        case .unknown: Issue.record("\(row.index) \(outcome.name) is unknown")
        }
      }
    }
    #expect((violations > 0) == marksFirst)
  }

  @Test func countsErases() throws {
    let updater = CopyUpdater(blocks: 2)
    let matrix = try PowerLossSearch(try updater.scenario(), faults: .norRealistic).cutMatrix()
    #expect(matrix.wear.map(\.address) == [0, updater.block])
    #expect(matrix.wear.map(\.undisturbed) == [1, 1])
    // The recovery from one cut erases a block once more at most.
    #expect(matrix.wear.map(\.mostInARecovery) == [1, 1])
  }

  @Test func leavesOutWhatThereIsNoTimeFor() throws {
    let search = PowerLossSearch(try CopyUpdater(blocks: 2).scenario(), faults: .norRealistic)
    let matrix = try search.cutMatrix(seconds: 0)
    #expect(matrix.undisturbed == .unknown)
    #expect(matrix.rows.isEmpty)
    var cancelled = search
    cancelled.isCancelled = { true }
    #expect(try cancelled.cutMatrix().undisturbed == .unknown)
  }

  @Test func aFadingSupplyDropsWhatFollows() throws {
    let faults = FaultModel(name: "fading", faults: [.brownOutTail])
    let search = PowerLossSearch(try CopyUpdater(blocks: 2).scenario(), faults: faults)
    let cells = try search.cutMatrix().rows.flatMap(\.cells)
    let tails = cells.filter { $0.outcome?.fault == .brownOutTail }
    #expect(!tails.isEmpty)
    // A program that reports success and does nothing, and then its mark: the block stays erased.
    #expect(tails.contains { if case .settles = $0.consequence { true } else { false } })
    #expect(tails.allSatisfy { $0.consequence != .unknown })
  }

  /// Programs one unit in each of two lives, with a planned reset between them.
  private func twoLives() throws -> Scenario {
    var scenario = Scenario(name: "two-lives", part: try smallPart()) { _ in
    } powerOn: { device in
      let isWarm = device.resetCode == .warm || device.resetCode == .planned
      try device.require(isWarm || device.memory.retained.isEmpty, "retained", "RAM survived")
      var bytes: [UInt8] = [0, 0]
      var span = bytes.mutableSpan
      try device.flash.read(at: 0, into: &span)
      device.memory.retained = [1]
      if bytes[0] != 0 {
        try device.flash.program(at: 0, [0].span)
        return .resets(.planned)
      }
      if bytes[1] != 0 { try device.flash.program(at: 1, [0].span) }
      return .settled("done")
    }
    scenario.allowedOutcomes = ["done"]
    return scenario
  }

  @Test func followsResetsAndWhatOutlivesThem() throws {
    let search = PowerLossSearch(try twoLives(), faults: .norRealistic)
    let matrix = try search.cutMatrix()
    #expect(matrix.undisturbed == .settles("done"))
    #expect(matrix.powerOns == 2)
    #expect(matrix.rows.map(\.powerOn) == [1, 1, 2, 2])
    #expect(matrix.rows.map { $0.operation?.address } == [0, nil, 1, nil])
    let cells = matrix.rows.flatMap(\.cells)
    #expect(cells.allSatisfy { $0.consequence == .settles("done") })
    // Before the first unit is complete it takes both lives again, from then on one.
    #expect(matrix.rows[0].cells.first { $0.outcome == .before }?.powerOns == 2)
    #expect(matrix.rows[0].cells.first { $0.outcome == .after }?.powerOns == 1)
    #expect(matrix.rows[2].cells.allSatisfy { $0.powerOns == 1 })
  }

  @Test func aDeviceThatNeverSettlesIsNamed() throws {
    var scenario = Scenario(name: "endless", part: try smallPart()) { _ in
    } powerOn: { device in
      try device.flash.program(at: 0, [0].span)
      return .resets(.planned)
    }
    scenario.bootLimit = 3
    let matrix = try PowerLossSearch(scenario, faults: .atomic).cutMatrix()
    guard case .violates(let violation) = matrix.undisturbed else {
      Issue.record("\(matrix.undisturbed)")
      return
    }
    #expect(violation.invariant == "settles in time")
    #expect(matrix.powerOns == 3)
    #expect(matrix.rows.flatMap(\.cells).allSatisfy { $0.consequence == .violates(violation) })
  }
}
