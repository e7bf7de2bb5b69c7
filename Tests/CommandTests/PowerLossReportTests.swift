import Foundation
import Testing

/// The report folder of `brickproof powerloss run`, and searches that do not come to their end.
@Suite struct PowerLossReportTests {
  private func object(_ data: Data) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func expectSelfContained(_ page: String) {
    for text in ["http", "//", "src=", "url(", "@import", "<link", "<script"] {
      #expect(!page.contains(text), "\(text)")
    }
  }

  @Test func theFolderIsComplete() throws {
    let folder = try CommandFolder()
    let answer = try folder.run(
      "powerloss run copy-updater-marks-first --report deep/report --json")
    #expect(answer.status == 1)
    #expect(try folder.names() == ["deep"])
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/deep/report")
    #expect(files.sorted() == ["copy-updater-marks-first.replay", "index.html", "report.json"])

    let page = String(decoding: try folder.read("deep/report/index.html"), as: UTF8.self)
    expectSelfContained(page)
    for text in [
      "VIOLATED", "What was assumed", "The shortest way there", "What follows one cut",
      "What was cut", "Wear", "href=\"copy-updater-marks-first.replay\"", "href=\"report.json\"",
    ] {
      #expect(page.contains(text), "\(text)")
    }

    let printed = try object(Data(answer.output.utf8))
    var stored = try object(try folder.read("deep/report/report.json"))
    let matrix = try #require(stored.removeValue(forKey: "matrix") as? [String: Any])
    #expect(stored as NSDictionary == printed as NSDictionary)
    let rows = try #require(matrix["rows"] as? [[String: Any]])
    // Twice: a mark erased and programmed, a block erased, four pages; and the rest.
    #expect(rows.count == 15)
    let consequences = try #require(matrix["consequences"] as? [[String: Any]])
    #expect(Set(consequences.compactMap { $0["verdict"] as? String }) == ["settles", "violates"])
    for row in rows {
      let cells = try #require(row["cells"] as? [[String: Any]])
      #expect(cells.allSatisfy { consequences.indices.contains($0["consequence"] as? Int ?? -1) })
    }

    let replay = try folder.run(
      "powerloss replay deep/report/copy-updater-marks-first.replay")
    #expect(replay.status == 1)
  }

  @Test func aReportOfOurOwnUpdateNamesWhoDidWhat() throws {
    let folder = try CommandFolder()
    let answer = try folder.run("powerloss run update --strategy single --report report")
    #expect(answer.status == 0, "\(answer.output)\(answer.errors)")
    let page = String(decoding: try folder.read("report/index.html"), as: UTF8.self)
    expectSelfContained(page)
    for text in ["installer", "boot loader", "metadata log:", "version 4", "at rest"] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test(arguments: ["closure", "guided", "random:3"])
  func aBudgetEndsASearchWith0(_ strategy: String) throws {
    let folder = try CommandFolder()
    let line = "powerloss run update --preset nor-paranoid --strategy \(strategy) --budget 0.3"
    let answer = try folder.run(line)
    #expect(answer.status == 0, "\(answer.output)\(answer.errors)")
    #expect(answer.output.contains(": NOT CLOSED"))
    #expect(answer.output.contains("The budget of time or memory was used up"))
    let result = try object(Data(try folder.run(line + " --json").output.utf8))
    #expect(result["verdict"] as? String == "budget")
    #expect(result["stopped"] as? Bool == false)
    #expect(try folder.names() == [])
  }

  @Test func theSameSeedGivesTheSameChains() throws {
    let folder = try CommandFolder()
    for line in ["--strategy random:9", "--strategy random --seed 9"] {
      #expect(try folder.run("powerloss run copy-updater-marks-first \(line)").status == 1)
      let file = String(
        decoding: try folder.read("copy-updater-marks-first.replay"), as: UTF8.self)
      #expect(file.contains("expect old or new"))
      let answer = try folder.run("powerloss replay copy-updater-marks-first.replay")
      #expect(answer.output.contains("reproduces: old or new"))
    }
  }

  @Test func anInterruptEndsWithAPartialReport() throws {
    let folder = try CommandFolder()
    let process = try folder.process(
      "powerloss run update --preset nor-paranoid --report report --json")
    try process.run()
    // The folder is there once interrupts are taken care of.
    while process.isRunning, !FileManager.default.fileExists(atPath: folder.path + "/report") {
      Thread.sleep(forTimeInterval: 0.02)
    }
    Thread.sleep(forTimeInterval: 0.5)
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 0)
    let result = try object(try folder.read(".output"))
    #expect(result["verdict"] as? String == "budget")
    #expect(result["stopped"] as? Bool == true)
    let page = String(decoding: try folder.read("report/index.html"), as: UTF8.self)
    #expect(page.contains("The search was stopped"))
  }

  @Test func aFolderThatCannotBeMadeEndsWith70() throws {
    let folder = try CommandFolder()
    try folder.write(Data(), "file")
    let answer = try folder.run("powerloss run copy-updater --report file/report")
    #expect(answer.status == 70)
    #expect(answer.errors.hasPrefix("error: cannot create the folder file/report: "))
    #expect(answer.errors.split(separator: "\n").count == 1)
  }

  @Test func aFileThatCannotBeWrittenDoesNotLoseTheResult() throws {
    let folder = try CommandFolder()
    let name = "copy-updater-marks-first.replay"
    // A folder in the place of the file is something that nobody can write to, not even root.
    try FileManager.default.createDirectory(
      atPath: folder.path + "/" + name, withIntermediateDirectories: false)
    let answer = try folder.run("powerloss run copy-updater-marks-first --json")
    #expect(answer.status == 70)
    #expect(answer.errors.hasPrefix("error: cannot "))
    let result = try object(Data(answer.output.utf8))
    #expect(result["verdict"] as? String == "violated")
    #expect(result["replay"] == nil)
    #expect(try folder.names() == [name])
  }
}
