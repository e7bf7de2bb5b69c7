internal import FlashEmulator

extension ReplayFile {
  /// Reads a file.
  ///
  /// - Throws: `ReplayError.line` with the number of the line and what was expected there.
  public init(_ text: String) throws(ReplayError) {
    var lines = ReplayLines(text)
    let head = try lines.next("brickproof power-loss replay", "`brickproof power-loss replay 1`")
    guard head == "\(Self.version)" else {
      throw .line(lines.number, expected: "version \(Self.version) of the format")
    }
    scenario = try lines.next("scenario", "`scenario NAME`")
    let partWords = try lines.next("part", "`part NAME SIZE bytes`").split(separator: " ")
    guard partWords.count == 3, let size = UInt32(partWords[1]), partWords[2] == "bytes" else {
      throw .line(lines.number, expected: "`part NAME SIZE bytes`")
    }
    part = String(partWords[0])
    partSize = size
    preset = try lines.next("preset", "`preset NAME`")
    guard let seed = UInt64(try lines.next("seed", "`seed NUMBER`")) else {
      throw .line(lines.number, expected: "`seed NUMBER`")
    }
    self.seed = seed
    guard let start = ContentDigest(try lines.next("start", "`start DIGEST`")) else {
      throw .line(lines.number, expected: "`start` and 32 hexadecimal digits")
    }
    self.start = start
    let expectation = try lines.next("expect", "`expect INVARIANT: DETAIL`")
    guard let colon = expectation.firstRange(of: ": ") else {
      throw .line(lines.number, expected: "`expect INVARIANT: DETAIL`")
    }
    failure = FailureTrace(
      invariant: String(expectation[..<colon.lowerBound]),
      detail: String(expectation[colon.upperBound...]), steps: [])
    while let line = lines.nextStep() {
      failure.steps.append(try Self.step(line, number: lines.number))
    }
    guard failure.steps.last?.ending == .violation else {
      throw .line(lines.number + 1, expected: "`end NUMBER` as the last line")
    }
  }

  private static func step(_ line: String, number: Int) throws(ReplayError) -> TraceStep {
    let halves = line.split(separator: "; reads", maxSplits: 1, omittingEmptySubsequences: false)
    var choices: [UInt8] = []
    if halves.count == 2 {
      for word in halves[1].split(separator: " ") {
        guard let choice = UInt8(word) else {
          throw .line(number, expected: "numbers of options behind `reads`")
        }
        choices.append(choice)
      }
    }
    let words = halves.first?.split(separator: " ", maxSplits: 5) ?? []
    guard words.count >= 2, let index = Int(words[1]), index >= 0 else {
      throw .line(number, expected: "`cut`, `rest`, `reset` or `end`, and a number")
    }
    switch words[0] {
    case "rest": return TraceStep(ending: .cutAtRest, index: index, choices: choices)
    case "reset": return TraceStep(ending: .reset, index: index, choices: choices)
    case "end": return TraceStep(ending: .violation, index: index, choices: choices)
    case "cut":
      guard words.count == 6, let kind = FlashOperation.Kind(rawValue: String(words[2])),
        words[3].hasPrefix("0x"), let address = UInt32(words[3].dropFirst(2), radix: 16),
        let count = UInt32(words[4])
      else { throw .line(number, expected: "`cut INDEX program|erase 0xADDRESS COUNT OUTCOME`") }
      guard let outcome = CutOutcome(name: String(words[5])) else {
        throw .line(number, expected: "the name of an outcome, not `\(words[5])`")
      }
      return TraceStep(
        ending: .cut, index: index,
        operation: FlashOperation(kind: kind, address: address, count: count), outcome: outcome,
        choices: choices)
    default:
      throw .line(number, expected: "`cut`, `rest`, `reset` or `end`, and a number")
    }
  }
}

/// The lines of a replay file with their numbers.
private struct ReplayLines {
  private let lines: [Substring]
  private(set) var number = 0

  init(_ text: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The rest of the next line, which begins with `key`.
  mutating func next(_ key: String, _ expected: String) throws(ReplayError) -> String {
    number += 1
    guard number <= lines.count, lines[number - 1].hasPrefix(key + " ") else {
      throw .line(number, expected: expected)
    }
    return String(lines[number - 1].dropFirst(key.count + 1))
  }

  /// The next line that is not empty, or `nil` at the end.
  mutating func nextStep() -> String? {
    while number < lines.count {
      number += 1
      if !lines[number - 1].isEmpty { return String(lines[number - 1]) }
    }
    return nil
  }
}
