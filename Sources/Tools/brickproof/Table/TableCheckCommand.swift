import ArgumentParser
import FlashPartitions
import NORFlash
import TableFormats

/// Which roles `table check` asks for.
enum TableRoles: String, CaseIterable, ExpressibleByArgument {
  case required, advised, ignored

  fileprivate var rule: RoleRule {
    switch self {
    case .required: .required
    case .advised: .advised
    case .ignored: .ignored
    }
  }
}

/// `brickproof table check`: all rules against a table.
struct TableCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a partition table against the rules, and against the erase blocks of a part.",
    discussion: """
      Prints each finding with its severity and its place in the text. Without --part the \
      rules about erase blocks are left out. ESP-IDF's own rules apply with --to csv or --to bin.

      Ends with 0 if no finding is an error, with 1 otherwise.

      Example: brickproof table check partitions.csv --part W25Q128JV --to bin
      """)

  @OptionGroup var input: TableInput

  @Option(help: "Also check that the table can be written in this form: csv, bin, mtdparts, dts.")
  var to: TableOutputFormat?

  @Option(
    help: """
      Whether missing roles of the boot path are errors: required, advised or ignored. By default \
      required if the table has a metadata log, else advised.
      """)
  var roles: TableRoles?

  @Flag(help: "Print the findings as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      let part = try input.flashPart()
      let file: TableFile
      do throws(TableFileError) {
        file = try input.read(flashSize: part?.geometry.size)
      } catch {
        let failure = input.failure(error)
        if json, failure.status == .bad {
          try JSONOutput.print(TableCheckReport(file: input.table, error: error))
        }
        throw failure
      }
      let findings = findings(in: file, on: part)
      let report = TableCheckReport(input.table, file, part?.name, findings)
      if json { try JSONOutput.print(report) } else { report.printText() }
      let errors = findings.count { $0.severity == .error }
      if errors > 0 {
        throw CommandFailure.bad(
          "\(input.table): \(errors) error\(errors == 1 ? "" : "s") in the table")
      }
    }
  }

  private func findings(in file: TableFile, on part: TablePart?) -> [TableFinding] {
    var options = PartitionCheckOptions()
    options.roles =
      roles?.rule ?? (file.table.partition(for: .metadata) == nil ? .advised : .required)
    options.eraseEndurance = part?.endurance ?? 0
    if to?.isESP == true {
      options.reserve(FlashRange(start: 0, count: input.tableOffset.value))
      options.reserve(
        FlashRange(start: input.tableOffset.value, count: ESPTableFormat.sectorSize))
    }
    var findings = file.table.findings(
      on: part?.geometry, options: options, espOptions: input.espOptions(for: to))
    if let to {
      do throws(TableExportError) {
        _ = try TableRendering(file.table, as: to, mtdID: input.mtdId)
      } catch {
        findings.insert(
          TableFinding(
            severity: .error, rule: "cannot-convert", message: error.description, partitions: []),
          at: 0)
      }
    }
    return findings
  }
}

extension PartitionCheckOptions {
  /// Adds a reserved range; the options of a command stay far below the limit.
  fileprivate mutating func reserve(_ range: FlashRange) { try? reserved.append(range) }
}

/// What `table check` found, as JSON and as text.
private struct TableCheckReport: Encodable {
  struct Finding: Encodable {
    var severity: String
    var rule: String
    var message: String
    var partitions: [String] = []
    var line: Int?
    var column: Int?
  }

  var formatVersion = 1
  var file: String
  var format: String?
  var part: String?
  var verdict: String
  var errors: Int
  var warnings: Int
  var findings: [Finding]
  var notes: [String] = []

  init(file: String, error: TableFileError) {
    var finding = Finding(severity: "error", rule: "syntax", message: error.description)
    if case .syntax(let syntax) = error {
      finding.line = syntax.position.line
      finding.column = syntax.position.column
    }
    self.file = file
    verdict = "bad"
    errors = 1
    warnings = 0
    findings = [finding]
  }

  init(_ path: String, _ file: TableFile, _ part: String?, _ found: [TableFinding]) {
    self.file = path
    self.part = part
    format = file.format.rawValue
    errors = found.count { $0.severity == .error }
    warnings = found.count { $0.severity == .warning }
    verdict = errors == 0 ? "good" : "bad"
    notes = file.parsed.notes
    findings = found.map { finding in
      let position = file.parsed.position(of: finding)
      return Finding(
        severity: "\(finding.severity)", rule: finding.rule, message: finding.message,
        partitions: finding.partitions.map { file.table[$0].label.description },
        line: position?.line, column: position?.column)
    }
  }

  func printText() {
    for note in notes { print("note: \(note)") }
    for finding in findings {
      let place = finding.line.map { "line \($0), column \(finding.column ?? 1): " } ?? ""
      print("\(finding.severity): \(place)\(finding.message) [\(finding.rule)]")
    }
    let against = part.map { " on \($0)" } ?? ""
    print("\(file): \(verdict)\(against): \(errors) errors, \(warnings) warnings")
  }
}
