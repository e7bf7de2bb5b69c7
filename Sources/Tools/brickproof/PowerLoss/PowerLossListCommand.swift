import ArgumentParser
import FlashEmulator
import PowerLoss

/// `brickproof powerloss list`: what can be run.
struct PowerLossListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the scenarios, and the presets of what a power cut may leave.",
    discussion: """
      Presets stand in the order of what they allow, the mildest first.

      Example: brickproof powerloss list
      """)

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    try reportingFailures {
      let list = PowerLossList()
      if json { try JSONOutput.print(list) } else { list.lines.forEach { print($0) } }
    }
  }
}

/// What can be run, as JSON and as text.
struct PowerLossList: Encodable {
  struct Entry: Encodable {
    var name: String
    var summary: String
    var part: String
  }

  struct Preset: Encodable {
    var name: String
    var faults: [String]
  }

  var formatVersion = 1
  var scenarios = ScenarioRegistry.all.map {
    Entry(name: $0.name, summary: $0.summary, part: $0.defaultPart)
  }
  var presets = FaultModel.presets.map {
    Preset(name: $0.name, faults: $0.faults.sorted { $0.rawValue < $1.rawValue }.map(\.name))
  }
  var strategies = SearchChoices.strategies
  /// Parts beside those of the catalogue.
  var parts = ScenarioRegistry.updateParts

  /// One line for each.
  var lines: [String] {
    let width = (scenarios.map(\.name.count).max() ?? 0) + 2
    let partWidth = (scenarios.map(\.part.count).max() ?? 0) + 2
    var lines = [
      Self.padded("SCENARIO", width) + Self.padded("PART", partWidth) + "WHAT HAPPENS"
    ]
    lines += scenarios.map {
      Self.padded($0.name, width) + Self.padded($0.part, partWidth) + $0.summary
    }
    lines += ["", Self.padded("PRESET", width) + "FAULTS"]
    lines += presets.map { Self.padded($0.name, width) + $0.faults.joined(separator: ", ") }
    lines += [
      "", "Strategies: " + strategies.joined(separator: ", "),
      "Parts: those of 'brickproof flash parts', and for updates "
        + parts.joined(separator: " and "),
    ]
    return lines
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
