public import FlashEmulator

/// Brings a recorded failure back, operation by operation.
///
///     let result = try Replay(scenario, file: ReplayFile(text)).run()
///     #expect(result.reproduces)
public struct Replay: Sendable {
  /// The device.
  public var scenario: Scenario
  /// The recorded failure.
  public var file: ReplayFile

  /// Plans a replay.
  public init(_ scenario: Scenario, file: ReplayFile) {
    self.scenario = scenario
    self.file = file
  }

  /// What a replay showed.
  public struct Result: Equatable, Sendable {
    /// The violation that came up, or `nil`.
    public var violation: InvariantViolation?
    /// Whether it is the recorded one.
    public var reproduces: Bool
    /// Every operation.
    public var log: [LoggedOperation]
  }

  /// Replays.
  ///
  /// - Throws: `ReplayError` if the file does not fit the scenario; what the preparation throws.
  public func run() throws -> Result {
    guard file.scenario == scenario.name else {
      throw ReplayError.otherScenario(file.scenario, expected: scenario.name)
    }
    guard file.part == scenario.part.name, file.partSize == scenario.part.size else {
      throw ReplayError.otherPart(file.part, expected: scenario.part.name)
    }
    guard var faults = FaultModel.named(file.preset) else {
      throw ReplayError.unknownPreset(file.preset)
    }
    faults.seed = file.seed
    let search = PowerLossSearch(scenario, faults: faults)
    let start = try search.startImage()
    let digest = PowerLossSearch.digest(of: start, scenario)
    guard digest == file.start else {
      throw ReplayError.otherStart(digest, expected: file.start)
    }
    let runner = ChainRunner(scenario, faults, start)
    let violation = try runner.follow(file.failure.steps)
    return Result(
      violation: violation, reproduces: isRecorded(violation?.invariant), log: runner.log)
  }

  /// Whether a violation is the recorded one; a device that never settles may have been recorded as
  /// one that does not settle in time, for chains of random cuts do not look for circles.
  private func isRecorded(_ invariant: String?) -> Bool {
    let endless: Set<String> = ["settles", "settles in time"]
    let recorded = file.failure.invariant
    guard let invariant, endless.contains(recorded) else { return invariant == recorded }
    return endless.contains(invariant)
  }
}

/// One operation of a replay.
public struct LoggedOperation: Equatable, Sendable {
  /// The power-on it belongs to, counted from 1.
  public var powerOn: Int
  /// Its number since the reset, counted from 0.
  public var index: Int
  /// What it is.
  public var operation: FlashOperation
  /// The partition it is in, or an empty text.
  public var partition: String
  /// Who issued it.
  public var activity: String
  /// What a cut left of it, if it was cut.
  public var outcome: CutOutcome?
}

extension LoggedOperation: CustomStringConvertible {
  /// The operation in one line.
  public var description: String {
    let address = String(operation.address, radix: 16)
    let padded = String(repeating: "0", count: max(0, 8 - address.count)) + address
    var text =
      "\(powerOn).\(index) \(operation.kind.rawValue) 0x\(padded)+\(operation.count)"
    if !partition.isEmpty { text += " \(partition)" }
    text += " (\(activity))"
    if let outcome { text += "  <-- power cut: \(outcome.name)" }
    return text
  }
}

extension ReplayFile {
  /// Records the failure of a search.
  ///
  /// - Throws: What the preparation of the start image throws.
  public init(_ failure: FailureTrace, of search: PowerLossSearch) throws {
    let start = try search.startImage()
    self.init(
      scenario: search.scenario.name, part: search.scenario.part.name,
      partSize: search.scenario.part.size, preset: search.faults.name, seed: search.faults.seed,
      start: PowerLossSearch.digest(of: start, search.scenario), failure: failure)
  }
}
