public import FlashEmulator

/// A failure as a text that brings it back on any machine.
///
/// ```
/// brickproof power-loss replay 1
/// scenario copy-updater
/// part W25Q16JV 2097152 bytes
/// preset nor-realistic
/// seed 0
/// start 0123456789abcdef0123456789abcdef
/// expect old or new: the device settled with nothing, not with new, old
/// cut 17 program 0x00001200 256 prefix 3
/// rest 40
/// reset 12
/// cut 3 erase 0x00002000 4096 half erased from start; reads 0 1
/// end 5
/// ```
///
/// Each line behind `expect` is one power-on: the operation in which the power is cut (counted from
/// the reset) with what is left of it, a loss of power at rest, a reset on purpose, or the end.
public struct ReplayFile: Equatable, Sendable {
  /// The version of the format.
  public static let version = 1

  /// The name of the scenario.
  public var scenario: String
  /// The name of the part.
  public var part: String
  /// The size of the part in bytes.
  public var partSize: UInt32
  /// The name of the fault model.
  public var preset: String
  /// The seed of the fault model.
  public var seed: UInt64
  /// The digest of the start image.
  public var start: ContentDigest
  /// The failure.
  public var failure: FailureTrace

  /// The file as text.
  public var text: String {
    var lines = [
      "brickproof power-loss replay \(Self.version)", "scenario \(scenario)",
      "part \(part) \(partSize) bytes", "preset \(preset)", "seed \(seed)", "start \(start)",
      "expect \(failure.invariant): \(failure.detail.replacing("\n", with: " "))",
    ]
    lines += failure.steps.map(Self.line)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ step: TraceStep) -> String {
    var text: String
    switch step.ending {
    case .cut:
      let operation = step.operation ?? FlashOperation(kind: .program, address: 0, count: 0)
      let address = String(operation.address, radix: 16)
      text =
        "cut \(step.index) \(operation.kind.rawValue) 0x"
        + String(repeating: "0", count: max(0, 8 - address.count)) + address
        + " \(operation.count) \(step.outcome?.name ?? "before")"
    case .cutAtRest: text = "rest \(step.index)"
    case .reset: text = "reset \(step.index)"
    case .violation: text = "end \(step.index)"
    }
    if !step.choices.isEmpty {
      text += "; reads " + step.choices.map(String.init).joined(separator: " ")
    }
    return text
  }
}

/// Why a text is no replay file, or does not fit the scenario at hand.
public enum ReplayError: Error, Equatable, Sendable {
  /// A line is not what the format asks for at this place.
  case line(Int, expected: String)
  /// The file is for another scenario.
  case otherScenario(String, expected: String)
  /// The file is for another part.
  case otherPart(String, expected: String)
  /// The start image of the scenario has changed.
  case otherStart(ContentDigest, expected: ContentDigest)
  /// There is no such preset.
  case unknownPreset(String)
  /// The device did something else at this step, so the file does not apply to this code.
  case diverged(step: Int, String)
}

extension ReplayError: CustomStringConvertible {
  /// The reason in one line.
  public var description: String {
    switch self {
    case .line(let number, let expected): "line \(number): expected \(expected)"
    case .otherScenario(let name, let expected):
      "the file is for scenario `\(name)`, not `\(expected)`; replay it with that one"
    case .otherPart(let name, let expected):
      "the file is for part \(name), the scenario runs on \(expected); choose part \(name)"
    case .otherStart(let found, let expected):
      "the start image has digest \(found), the file needs \(expected): the scenario has changed "
        + "since; run the search again"
    case .unknownPreset(let name):
      "there is no preset `\(name)`; known: "
        + FaultModel.presets.map(\.name).joined(separator: ", ")
    case .diverged(let step, let reason):
      "step \(step) does not apply: \(reason); the code under test has changed since"
    }
  }
}
