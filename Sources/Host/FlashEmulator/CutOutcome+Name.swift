extension CutOutcome: CustomStringConvertible {
  /// The outcome in a few words, such as `prefix 3` or `zeros from end 2/4`.
  ///
  /// "Zeros" are bits in the programmed state: on a part that erases to zeros they read 1.
  public var name: String {
    switch fault {
    case .before, .after: fault.name
    case .betweenChunks, .duringRead, .warmReset, .eraseNotStarted: Self.words(fault.name)
    case .brownOutTail: "brown-out tail \(parameter)"
    case .prefix, .suffix: "\(fault.name) \(parameter)"
    case .unitSubset: unitPatternName
    case .bitSubset: bitPatternName
    case .looksComplete, .looksUntouched: Self.seeded(Self.words(fault.name), parameter)
    case .pageCollateral: Self.numbered("page", ["zeros", "unstable"], parameter)
    case .sectorDisturb:
      "\(parameter & 1 == 0 ? "light" : "heavy") disturb of the block, seed \(parameter >> 1)"
    case .eccTear: eccTearName
    case .preProgrammed:
      "zeros from \(parameter & 1 == 1 ? "start" : "end") \(parameter >> 1)/4"
    case .eraseMix: mixPatternName
    case .looksErased:
      parameter == 1 ? "looks erased, all bits" : Self.seeded("looks erased", parameter)
    case .indeterminate:
      Self.numbered("indeterminate", ["as before", "as after", "zeros", "erased"], parameter)
    }
  }

  /// The ``name``.
  public var description: String { name }

  /// The outcome with the given name, or `nil` if no outcome has it.
  public init?(name: String) {
    if let fixed = Self.fixedNames[name] {
      self = fixed
      return
    }
    // The numbers of a name are all that tells the outcomes of one form apart.
    guard
      let outcome = Self.candidates(numbers: Self.numbers(in: name)).first(where: {
        $0.name == name
      })
    else { return nil }
    self = outcome
  }

  private static let bitNames = [
    "first bit", "last bit", "all bits but the first", "all bits but the last",
    "alternating bits", "other alternating bits", "first half of the bits",
    "last half of the bits",
  ]
  private static let mixNames = [
    "erased first half", "erased last half", "erased first half, zeros behind",
    "erased last half, zeros before", "erased even units", "erased odd units",
    "erased even bits", "erased odd bits", "erased even units, zeros between",
  ]

  private var unitPatternName: String {
    switch parameter {
    case 0: "even units"
    case 1: "odd units"
    default: "random units, seed \(parameter)"
    }
  }

  private var bitPatternName: String {
    parameter < 8 ? Self.bitNames[Int(parameter)] : "random bits, seed \(parameter)"
  }

  private var mixPatternName: String {
    guard parameter >= MixPattern.firstSeeded else { return Self.mixNames[Int(parameter)] }
    let base = parameter & 8 == 0 ? "data" : "zeros"
    return "\(parameter & 7)/8 of \(base) left, seed \(parameter >> 4)"
  }

  private var eccTearName: String {
    switch UnreadableBlockPart(rawValue: parameter) {
    case .all: "unreadable block"
    case .firstHalf: "unreadable first half"
    case .lastHalf: "unreadable last half"
    case .evenUnits: "unreadable even units"
    case nil: "unreadable unit \(parameter)"
    }
  }

  private static func words(_ name: String) -> String {
    String(name.map { $0 == "-" ? " " : $0 })
  }

  private static func seeded(_ name: String, _ seed: UInt32) -> String {
    seed == 0 ? name : "\(name), seed \(seed)"
  }

  private static func numbered(_ name: String, _ fixed: [String], _ number: UInt32) -> String {
    number < UInt32(fixed.count) ? "\(name) \(fixed[Int(number)])" : "\(name) noise, seed \(number)"
  }

  /// The outcomes whose names hold no number that matters.
  private static let fixedNames: [String: CutOutcome] = {
    var names: [String: CutOutcome] = [:]
    let blockParts = UnreadableBlockPart.allCases.map {
      CutOutcome(.eccTear, parameter: $0.rawValue)
    }
    let others = Fault.allCases.filter { $0 != .eccTear }.flatMap { fault in
      (0..<16).map { CutOutcome(fault, parameter: $0) }
    }
    for outcome in blockParts + others { names[outcome.name] = outcome }
    return names
  }()

  /// The numbers in a text that fit into 32 bits.
  private static func numbers(in text: String) -> [UInt32] {
    text.split { !$0.isASCII || !$0.isNumber }.compactMap { UInt32($0) }
  }

  /// Every outcome with a number in its name that could have these numbers there.
  private static func candidates(numbers: [UInt32]) -> [CutOutcome] {
    guard let number = numbers.last else { return [] }
    var parameters: [UInt32] = [number]
    if number <= .max >> 1 { parameters += [number << 1, number << 1 | 1] }
    if number <= .max >> 4, let eighths = numbers.first, eighths < 8 {
      parameters += [number << 4 | eighths, number << 4 | 8 | eighths]
    }
    return Fault.allCases.flatMap { fault in
      parameters.map { CutOutcome(fault, parameter: $0) }
    }
  }
}

extension CutOutcome: Codable {
  /// Reads the ``name``.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let outcome = CutOutcome(name: name) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "no outcome of a power cut is called '\(name)'")
    }
    self = outcome
  }

  /// Writes the ``name``.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
