import ArgumentParser
import FlashEmulator
import PowerLoss

/// `brickproof powerloss replay`: a recorded failure once more.
struct PowerLossReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Bring a recorded failure back, operation by operation.",
    discussion: """
      The file names scenario, part and preset. Exit status 1 means that something is violated, 0 \
      that nothing is any more, 64 that the file does not fit: the scenario has another start image, \
      or does something else than the file says, because it has changed since.

      Example:
        brickproof powerloss run copy-updater-marks-first
        brickproof powerloss replay copy-updater-marks-first.replay --trace
      """)

  @Argument(help: "The replay file.")
  var file: String

  @Flag(help: "Print every operation: where, who issued it, and what a cut left of it.")
  var trace = false

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    try reportingFailures {
      let recorded = try load()
      let scenario: Scenario
      do throws(CommandFailure) {
        scenario = try ScenarioRegistry.scenario(recorded.scenario, part: recorded.part)
      } catch {
        throw CommandFailure("\(file): \(error.message)", status: error.status)
      }
      let result: Replay.Result
      do {
        result = try Replay(scenario, file: recorded).run()
      } catch let error as ReplayError {
        throw CommandFailure.usage("\(file): \(error)")
      }
      var report = ReplayResult(file, recorded, result)
      if !trace { report.operations = nil }
      if json {
        try JSONOutput.print(report)
      } else {
        if trace { ReplayText.lines(of: result.log, recorded).forEach { print($0) } }
        print(report.line)
      }
      if result.violation != nil { throw ExitStatus.bad.exitCode }
    }
  }

  private func load() throws(CommandFailure) -> ReplayFile {
    let bytes = try InputFile.read(file)
    do throws(ReplayError) {
      return try ReplayFile(String(decoding: bytes, as: UTF8.self))
    } catch {
      throw .usage("\(file): \(error)")
    }
  }
}

/// What a replay showed, as JSON and in a line.
struct ReplayResult: Encodable {
  struct Operation: Encodable {
    var powerOn: Int
    var operation: Int
    var kind: String
    var address: UInt32
    var count: UInt32
    var partition: String
    var activity: String
    /// The name of what a cut left of it, if it was cut.
    var child: String?

    init(_ logged: LoggedOperation) {
      powerOn = logged.powerOn
      operation = logged.index
      kind = logged.operation.kind.rawValue
      address = logged.operation.address
      count = logged.operation.count
      partition = logged.partition
      activity = logged.activity
      child = logged.outcome?.name
    }
  }

  var formatVersion = 1
  var file: String
  var scenario: String
  var part: String
  var preset: String
  /// What the file says is violated.
  var recordedInvariant: String
  var reproduces: Bool
  /// What was violated now.
  var invariant: String?
  var detail: String?
  var operations: [Operation]?

  init(_ path: String, _ recorded: ReplayFile, _ result: Replay.Result) {
    file = path
    scenario = recorded.scenario
    part = recorded.part
    preset = recorded.preset
    recordedInvariant = recorded.failure.invariant
    reproduces = result.reproduces
    invariant = result.violation?.invariant
    detail = result.violation?.detail
    operations = result.log.map(Operation.init)
  }

  /// Whether it reproduces, in one line.
  var line: String {
    let place = "\(scenario) on \(part) under \(preset)"
    guard let invariant else {
      return "\(place): does not reproduce: the cuts of \(file) violate nothing"
    }
    let found = "\(invariant): \(detail ?? "")"
    return reproduces
      ? "\(place): reproduces: \(found)"
      : "\(place): violates something else than the file says (\(recordedInvariant)): \(found)"
  }
}

/// The log of a replay for people.
enum ReplayText {
  /// Every operation under its power-on, and what ended that.
  static func lines(of log: [LoggedOperation], _ recorded: ReplayFile) -> [String] {
    var lines: [String] = []
    let lives = Dictionary(grouping: log, by: \.powerOn)
    let last = max(recorded.failure.steps.count, lives.keys.max() ?? 0)
    for number in 1...max(last, 1) {
      lines.append("power-on \(number)")
      lines += (lives[number] ?? []).map { "  \($0)" }
      if number <= recorded.failure.steps.count {
        let step = recorded.failure.steps[number - 1]
        if step.ending != .violation { lines.append("  -- \(step)") }
      }
    }
    return lines + [""]
  }
}
