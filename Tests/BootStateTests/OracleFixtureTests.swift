import Foundation
import Testing

@testable import BootState

@Suite("Every boot decision of the Python model is ours")
struct OracleFixtureTests {
  @Test("the same image runs, and leaves the same state behind")
  func sameDecisions() throws {
    let lines = try OracleRow.lines()
    #expect(lines.count == 1551)
    for line in lines {
      let row = try #require(OracleRow(line), "\(line)")
      #expect(row.answer(examination: .untilBootable) == row.text)
      #expect(row.answer(examination: .everyCandidate) == row.text)
    }
  }

  /// Both programs walk through the same situations.
  ///
  /// Only the model can stop between booking a run
  /// and recording the next attempt: with us that is one record.
  @Test("the model and our exploration reach the same situations")
  func sameSituations() throws {
    let rows = try OracleRow.lines().map { try #require(OracleRow($0), "\($0)") }
    let known = Set(rows.filter(\.isRegular).map(\.input))
    var situations: Set<OracleSituation> = []
    for expectation in OracleExpectation.regular {
      var explorer = OracleExplorer(expectation.configuration)
      explorer.explore()
      situations.formUnion(explorer.situations)
    }
    let reached = Set(situations.map(\.text))
    #expect(reached.subtracting(known).sorted() == [])
    let missing = rows.filter { $0.isRegular && !reached.contains($0.input) }
    for row in missing { #expect(row.isBetweenTwoRecords, "\(row.text)") }
    #expect(reached.count == 268)
    #expect(known.count == 400)
  }
}

@Suite("The decisions on file are those of the Python model")
struct ExhaustiveOracleFixtureTests {
  static let python = ["/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  @Test("generating them again changes nothing", .enabled(if: python != nil, "needs python3"))
  func fixtureIsCurrent() throws {
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.python))
    process.arguments = [OracleRow.generator.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let generated = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(generated == (try Data(contentsOf: OracleRow.fixture)))
  }
}
