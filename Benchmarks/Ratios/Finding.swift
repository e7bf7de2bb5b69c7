/// What a figure ought to be.
enum Goal {
  case atLeast(Double)
  case atMost(Double)

  func isMet(by value: Double) -> Bool {
    switch self {
    case .atLeast(let bound): value >= bound
    case .atMost(let bound): value <= bound
    }
  }
}

/// What a figure counts.
enum FigureUnit {
  case ratio
  case bytesPerSecond
  case perSecond
  case seconds
  case bytes
  case count
  /// Seconds for one operation.
  case secondsEach

  func text(_ value: Double) -> String {
    switch self {
    case .ratio: "\(Self.decimals(value, value < 10 ? 2 : 1)) x"
    case .bytesPerSecond: "\(Self.grouped(value / 1e6)) MB/s"
    case .perSecond: "\(Self.grouped(value))/s"
    case .seconds: "\(Self.decimals(value, value < 10 ? 2 : 1)) s"
    case .bytes: "\(Self.decimals(value / 1_048_576, 1)) MiB"
    case .count: Self.grouped(value)
    case .secondsEach: Self.duration(value)
    }
  }

  private static func duration(_ seconds: Double) -> String {
    if seconds < 1e-6 { return "\(decimals(seconds * 1e9, 1)) ns" }
    if seconds < 1e-3 { return "\(decimals(seconds * 1e6, 1)) us" }
    return "\(decimals(seconds * 1e3, 2)) ms"
  }

  /// A number with so many digits behind the point.
  static func decimals(_ value: Double, _ digits: Int) -> String {
    var factor = 1.0
    for _ in 0..<digits { factor *= 10 }
    let scaled = Int((value.magnitude * factor).rounded())
    let whole = grouped(Double(scaled / Int(factor)))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return sign + whole }
    let rest = String(scaled % Int(factor))
    return sign + whole + "." + String(repeating: "0", count: digits - rest.count) + rest
  }

  /// A whole number with a comma after each three digits.
  static func grouped(_ value: Double) -> String {
    let digits = String(Int(value.rounded()))
    var text = ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return text
  }
}

/// One line of the results.
struct Finding {
  var what: String
  var figure: Figure?
  var unit: FigureUnit
  var goal: Goal?
  /// Why there is no figure, or what to know about it.
  var note = ""

  init(
    _ what: String, _ figure: Figure?, _ unit: FigureUnit = .ratio, goal: Goal? = nil,
    note: String = ""
  ) {
    self.what = what
    self.figure = figure
    self.unit = unit
    self.goal = goal
    self.note = note
  }

  /// The figure in words.
  var valueText: String { figure.map { unit.text($0.median) } ?? "-" }

  /// The spread between the quartiles, if there was more than one round.
  var spreadText: String {
    guard let figure, figure.count > 1 else { return "" }
    return "\(unit.text(figure.lower)) to \(unit.text(figure.upper))"
  }

  /// The goal in words.
  var goalText: String {
    switch goal {
    case .atLeast(let bound): "at least \(unit.text(bound))"
    case .atMost(let bound): "at most \(unit.text(bound))"
    case nil: ""
    }
  }

  /// Whether the goal is met.
  var verdict: String {
    guard let goal else { return "" }
    guard let figure else { return "not measurable now" }
    return goal.isMet(by: figure.median) ? "met" : "MISSED"
  }
}

/// Findings under a title.
struct Section {
  var title: String
  /// What was measured against what, in a sentence or two.
  var about: String
  var findings: [Finding] = []
}
