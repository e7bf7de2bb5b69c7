internal import FlashEmulator

extension ReportPage {
  /// What the verdict rests on.
  var assumptions: HTMLText {
    let scenario = search.scenario
    let faults = search.faults
    var table = HTMLTable()
    func add(_ name: String, _ text: String) { table.rows.append([.head(name), .init(text)]) }
    add("Part", "\(scenario.part.name), \(Quantity.text(Int(scenario.part.size))) bytes")
    add(
      "Preset", "\(faults.name), seed \(faults.seed), \(faults.variety.rawValue) patterns a fault")
    add("Faults", report.faults.joined(separator: ", "))
    add("Unstable bits", Self.text(faults.weakReading))
    add(
      "Undecided reads",
      "every reading of the first \(search.undecidedReadLimit) in a life; "
        + "beyond them as stored, and then the search does not count as closed")
    add(
      "Unreadable units",
      faults.unreadableReading == .error ? "the read fails" : "the processor takes a fault")
    add(
      "Erased units",
      faults.erasedReading == .defined
        ? "read as erased" : "read as anything until they are programmed, where the part has a code"
    )
    add(
      "One operation",
      scenario.operationGranularity == .programPage
        ? "a program page or an erase block" : "a program unit or an erase block")
    add("Cuts", "strategy \(report.strategy.name)")
    add("States that count as equal", report.canonicalForm ?? "equal content only")
    add(
      "States left out",
      search.reduction == .none || report.strategy.depthLimit != nil
        ? "none"
        : "those that differ from one that was run only in content that nothing reads again before "
          + "it is erased")
    add(
      "Allowed to settle with",
      scenario.allowedOutcomes.map { $0.sorted().joined(separator: ", ") } ?? "anything")
    add("Must settle within", Quantity.text(scenario.bootLimit, "power-on"))
    if !scenario.invariants.isEmpty {
      add("Rules", scenario.invariants.map(\.name).joined(separator: ", "))
    }
    return section("What was assumed", table.html)
  }

  private static func text(_ reading: WeakBitReading) -> String {
    switch reading {
    case .independent: "each bit of each read at random"
    case .correlated: "all bits of a read alike, at random"
    case .chosen(.forGood): "every reading is tried, and stays"
    case .chosen(.untilReset): "every reading is tried, anew after each reset"
    case .flipsAfter(let reads):
      "as stored for \(Quantity.text(reads.asInt, "read")), then inverted"
    }
  }

  /// What it took.
  var counts: HTMLText {
    var table = HTMLTable()
    func add(_ name: String, _ number: Int, _ text: String) {
      table.rows.append([.head(name), .init(number), .init(text)])
    }
    add("States", report.images, "distinct images, with what else outlives a reset")
    add("Left out", report.imagesAlike, "states that stand for nothing new")
    add("Open", report.openImages, "power-ons that were still to be run")
    add("Boots", report.boots, "lives that were run")
    add("Crash points", report.crashPoints, "outcomes of operations in those lives")
    add("From memo", report.crashPointsFromMemo, "crash points known from the same image")
    add("Deepest nesting", report.deepestNesting, "cuts on the shortest way to a state, at most")
    add("Longest recovery", report.longestRecovery, "power-ons until the device settled, at most")
    add("Undecided reads", report.undecidedReads, "reads that met bits a cut left undecided")
    add("Cut short", report.choicesCutShort, "of those, reads that kept their first reading")
    let cost = HTMLText(
      "p",
      "\(Quantity.seconds(report.cpuSeconds)) of processor time, at most "
        + "\(Quantity.mebibytes(report.peakMemory)) of memory.")
    return section("Counts", table.html + cost)
  }

  /// What keeps a search from closing.
  var growth: HTMLText {
    guard !report.growth.isEmpty else { return HTMLText() }
    var table = HTMLTable()
    table.head = ["Part of the flash", "Address", "Bytes", "Different contents"]
    table.rows = report.growth.map {
      [
        .head($0.name), .init(Quantity.address($0.address)), .init($0.count.asInt),
        .init($0.contents),
      ]
    }
    return section("What grows", table.html)
  }

  /// Which operations were cut.
  var coverage: HTMLText {
    guard !report.coverage.isEmpty else { return HTMLText() }
    var table = HTMLTable()
    table.head = [
      "Partition", "Operation", "Different operations", "On different images", "Crash points",
    ]
    table.rows = report.coverage.map {
      [
        .head($0.partition.isEmpty ? "(none)" : $0.partition), .init($0.kind.rawValue),
        .init($0.operations), .init($0.situations), .init($0.crashPoints),
      ]
    }
    return section("What was cut", table.html)
  }

  /// How often blocks are erased.
  func wear(_ matrix: CutMatrix) -> HTMLText {
    guard !matrix.wear.isEmpty else { return HTMLText() }
    var runs: [(first: CutMatrix.BlockWear, last: CutMatrix.BlockWear, blocks: Int)] = []
    for block in matrix.wear {
      if let run = runs.last, run.last.address + run.last.count == block.address,
        run.last.partition == block.partition, run.last.undisturbed == block.undisturbed,
        run.last.mostInARecovery == block.mostInARecovery
      {
        runs[runs.count - 1].last = block
        runs[runs.count - 1].blocks += 1
      } else {
        runs.append((block, block, 1))
      }
    }
    var table = HTMLTable()
    table.head = [
      "Blocks", "Partition", "Number", "Erases, undisturbed", "Erases, most in one recovery",
    ]
    table.rows = runs.map { run in
      let end = run.last.address + (run.last.count - 1)
      return [
        .head("\(Quantity.address(run.first.address)) to \(Quantity.address(end))"),
        .init(run.first.partition), .init(run.blocks), .init(run.first.undisturbed),
        .init(run.first.mostInARecovery),
      ]
    }
    let note = HTMLText(
      "p",
      "Erases of each block in the life that nothing cuts, and the most that the device needs to "
        + "recover from one cut. The part is specified for "
        + "\(Quantity.text(search.scenario.part.endurance.asInt)) erases of a block.")
    return section("Wear", note + table.html)
  }
}

extension UInt32 {
  /// The same number.
  var asInt: Int { Int(self) }
}
