public import FlashEmulator

/// What a search found out.
public struct SearchReport: Equatable, Sendable {
  /// What it comes to.
  public enum Verdict: String, Sendable {
    /// No state is left to look at, and nothing is violated: a proof for the fault model.
    case closed
    /// The budget was used up, or the search was stopped, without a violation.
    case budget
    /// Something that must never happen can happen.
    case violated
  }

  /// The name of the scenario.
  public var scenario: String
  /// The part it ran on.
  public var part: String
  /// The name of the fault model.
  public var preset: String
  /// The faults of the model, by name.
  public var faults: [String]
  /// What was searched.
  public var strategy: SearchStrategy
  /// What it comes to.
  public var verdict: Verdict
  /// The distinct states found: images with what else outlives a reset.
  public var images: Int
  /// Those of them that were not run because they differ from one that was only in content that is
  /// never looked at again; 0 without that reduction.
  public var imagesAlike: Int
  /// The states that were not run yet when the search ended.
  public var openImages: Int
  /// The lives that were run.
  public var boots: Int
  /// The crash points covered: outcomes of operations in those lives.
  public var crashPoints: Int
  /// Those of them that were known from the same operation on the same image.
  public var crashPointsFromMemo: Int
  /// The largest number of cuts on the shortest way to a state.
  public var deepestNesting: Int
  /// The most power-ons from a state until the device settled.
  public var longestRecovery: Int
  /// Reads that met bits a cut left undecided.
  public var undecidedReads: Int
  /// Such reads beyond the limit of one life, which kept their first reading.
  public var choicesCutShort: Int
  /// The processor time used, in seconds.
  public var cpuSeconds: Double
  /// The largest resident memory of the process, in bytes.
  public var peakMemory: Int
  /// What the scenario declared to make no difference, if anything.
  public var canonicalForm: String?
  /// What was violated, with the shortest way there.
  public var failure: FailureTrace?
  /// The parts of the flash with the most different contents, if the search did not close.
  public var growth: [GrowingPart]
  /// The crash points by partition and kind, without those at rest; empty for random chains.
  public var coverage: [OperationCoverage] = []
}

/// A part of the flash and how many different contents of it a search has met.
public struct GrowingPart: Equatable, Sendable {
  /// The name of the partition, or its address.
  public var name: String
  /// The first byte.
  public var address: UInt32
  /// The number of bytes.
  public var count: UInt32
  /// The number of different contents.
  public var contents: Int
}

/// The shortest way to a violation.
public struct FailureTrace: Equatable, Sendable {
  /// The rule that is broken.
  public var invariant: String
  /// What happened, in one line.
  public var detail: String
  /// The steps from the start, each the life of a power-on and what ended it.
  public var steps: [TraceStep]

  /// The cuts among the steps.
  public var cuts: [TraceStep] { steps.filter { $0.ending == .cut || $0.ending == .cutAtRest } }
}

/// One power-on of a trace.
public struct TraceStep: Equatable, Sendable {
  /// What ended a power-on.
  public enum Ending: String, Sendable {
    /// The power was cut in an operation.
    case cut
    /// The power was cut when the life had ended.
    case cutAtRest = "cut-at-rest"
    /// A reset on purpose.
    case reset
    /// The violation came to light.
    case violation
  }

  /// What ended the power-on.
  public var ending: Ending
  /// The number of the operation that was cut, or the number of operations of the whole life.
  public var index: Int
  /// The operation that was cut.
  public var operation: FlashOperation?
  /// What the cut left of it.
  public var outcome: CutOutcome?
  /// What reads of undecided bits gave, as numbers of options.
  public var choices: [UInt8]

  /// Makes a step.
  public init(
    ending: Ending, index: Int, operation: FlashOperation? = nil, outcome: CutOutcome? = nil,
    choices: [UInt8] = []
  ) {
    self.ending = ending
    self.index = index
    self.operation = operation
    self.outcome = outcome
    self.choices = choices
  }
}

extension TraceStep: CustomStringConvertible {
  /// The step in one line.
  public var description: String {
    var text: String
    switch ending {
    case .cut:
      text = "cut in operation \(index)"
      if let operation {
        let address = String(operation.address, radix: 16)
        text += " (\(operation.kind.rawValue) of \(operation.count) bytes at 0x\(address))"
      }
      if let outcome { text += ": \(outcome.name)" }
    case .cutAtRest: text = "power lost at rest, after \(index) operations"
    case .reset: text = "reset after \(index) operations"
    case .violation: text = "violated after \(index) operations"
    }
    if choices.contains(where: { $0 != 0 }) {
      text += ", undecided reads " + choices.map(String.init).joined(separator: ",")
    }
    return text
  }
}

extension SearchReport: CustomStringConvertible {
  /// The verdict in words, and the trace of a failure.
  public var description: String {
    let covered =
      "\(images) images, \(boots) boots, \(crashPoints) crash points "
      + "(\(crashPointsFromMemo) from memo), deepest nesting \(deepestNesting)"
    switch verdict {
    case .closed:
      let depth = strategy.depthLimit.map { $0 == 1 ? "one cut" : "up to \($0) cuts" }
      return "\(scenario): closed: no violation, \(depth ?? "any number of cuts") under "
        + "\(preset) (\(covered))"
    case .budget:
      return "\(scenario): budget used without violation under \(preset), not closed: "
        + "\(openImages) images are open (\(covered))"
        + growth.map { "\n  grows: \($0.name), \($0.contents) contents" }.joined()
    case .violated:
      let lines = failure?.steps.enumerated().map { "\n  \($0 + 1). \($1)" }.joined() ?? ""
      return "\(scenario): violated under \(preset): \(failure?.invariant ?? ""): "
        + "\(failure?.detail ?? "") (\(covered))" + lines
    }
  }
}
