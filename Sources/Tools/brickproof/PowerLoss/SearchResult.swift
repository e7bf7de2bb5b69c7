import FlashEmulator
import PowerLoss

/// What a search found, as JSON.
struct SearchResult: Encodable {
  /// A value that is `null` rather than absent where there is none.
  struct Nullable<Value: Encodable>: Encodable {
    var value: Value?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if let value { try container.encode(value) } else { try container.encodeNil() }
    }
  }

  /// One power cut on the way to a violation.
  struct Cut: Encodable {
    /// The power-on, counted from 1.
    var powerOn: Int
    /// The operation since the reset, counted from 0; at rest, the number of operations before.
    var operation: Int
    /// `program`, `erase` or `rest`.
    var kind: String
    var address: UInt32?
    var count: UInt32?
    /// The name of the outcome.
    var child: String
    /// Which reading undecided bits got, read by read.
    var readings: [UInt8]

    init(_ step: TraceStep, powerOn: Int) {
      self.powerOn = powerOn
      operation = step.index
      kind = step.operation?.kind.rawValue ?? (step.ending == .cutAtRest ? "rest" : "drop")
      address = step.operation?.address
      count = step.operation?.count
      child = step.outcome?.name ?? "rest"
      readings = step.choices
    }
  }

  /// A part of the flash with many contents.
  struct Growth: Encodable {
    var name: String
    var address: UInt32
    var count: UInt32
    var contents: Int
  }

  /// The crash points of one kind in one partition.
  struct Coverage: Encodable {
    var partition: String
    var kind: String
    var operations: Int
    var situations: Int
    var crashPoints: Int
  }

  var formatVersion = 1
  var scenario: String
  var part: String
  var preset: String
  var faults: [String]
  var strategy: String
  var seed: UInt64
  var jobs: Int
  var verdict: String
  /// Whether Ctrl-C ended the search.
  var stopped: Bool
  var images: Int
  var imagesAlike: Int
  var openImages: Int
  var boots: Int
  var crashPoints: Int
  var crashPointsFromMemo: Int
  var deepestNesting: Int
  var longestRecovery: Int
  var undecidedReads: Int
  var choicesCutShort: Int
  var cpuSeconds: Double
  var peakMemory: Int
  var canonicalForm: Nullable<String>
  var growth: [Growth]
  var coverage: [Coverage]
  var invariant: String?
  var detail: String?
  var cuts: [Cut]?
  /// The path of the replay file.
  var replay: String?

  init(_ report: SearchReport, of search: PowerLossSearch, end: SearchEnd) {
    scenario = report.scenario
    part = report.part
    preset = report.preset
    faults = report.faults
    strategy = report.strategy.name
    seed = search.faults.seed
    jobs = search.jobs
    verdict = report.verdict.rawValue
    stopped = report.verdict == .budget && end == .stopped
    images = report.images
    imagesAlike = report.imagesAlike
    openImages = report.openImages
    boots = report.boots
    crashPoints = report.crashPoints
    crashPointsFromMemo = report.crashPointsFromMemo
    deepestNesting = report.deepestNesting
    longestRecovery = report.longestRecovery
    undecidedReads = report.undecidedReads
    choicesCutShort = report.choicesCutShort
    cpuSeconds = report.cpuSeconds
    peakMemory = report.peakMemory
    canonicalForm = Nullable(value: report.canonicalForm)
    growth = report.growth.map {
      Growth(name: $0.name, address: $0.address, count: $0.count, contents: $0.contents)
    }
    coverage = report.coverage.map {
      Coverage(
        partition: $0.partition, kind: $0.kind.rawValue, operations: $0.operations,
        situations: $0.situations, crashPoints: $0.crashPoints)
    }
    guard let failure = report.failure else { return }
    invariant = failure.invariant
    detail = failure.detail
    cuts = failure.steps.enumerated()
      .filter { $0.element.ending == .cut || $0.element.ending == .cutAtRest }
      .map { Cut($0.element, powerOn: $0.offset + 1) }
  }
}

/// A search result with its cut matrix, as it lies in a report folder.
struct ReportResult: Encodable {
  var result: SearchResult
  var matrix: MatrixResult?

  private enum CodingKeys: String, CodingKey { case matrix }

  /// The fields of the result, and one more.
  func encode(to encoder: any Encoder) throws {
    try result.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(matrix, forKey: .matrix)
  }
}
