import Foundation
import Testing

/// `brickproof table` as a user runs it.
@Suite struct TableCommandTests {
  private static let good = """
    nvs,      data, nvs,     0x9000, 0x4000
    metadata, data, 0x40,    ,       0x3000
    factory,  app,  factory, ,       1M, readonly
    ota_0,    app,  ota_0,   ,       1M
    ota_1,    app,  ota_1,   ,       1M

    """

  private struct Outcome {
    var status: Int32
    var output: Data
    var error: String
    var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// Runs the command that was built beside this test.
  private func run(_ arguments: String...) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
      .deletingLastPathComponent().appendingPathComponent("brickproof")
    process.arguments = ["table"] + arguments
    let (output, error) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let written = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: written,
      error: String(decoding: complaint, as: UTF8.self))
  }

  private func withTable(_ text: String, _ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "brickproof-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/table.csv"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try body(path)
  }

  @Test func aGoodTableEndsWith0() throws {
    try withTable(Self.good) { path in
      let result = try run("check", path, "--part", "W25Q128JV", "--to", "bin")
      #expect(result.status == 0, "\(result.text)\(result.error)")
      #expect(result.error == "")
      #expect(result.text.contains("good on W25Q128JV: 0 errors"))
    }
  }

  @Test func aBadTableEndsWith1AndOneLine() throws {
    let bad = Self.good.replacing("ota_0,    app,  ota_0,   ,", with: "ota_0,app,ota_0,0x10000,")
    try withTable(bad) { path in
      let result = try run("check", path, "--json")
      #expect(result.status == 1)
      #expect(result.error == "error: \(path): 1 error in the table\n")
      let report = try #require(
        try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
      #expect(report["formatVersion"] as? Int == 1)
      #expect(report["verdict"] as? String == "bad")
      let finding = try #require((report["findings"] as? [[String: Any]])?.first)
      #expect(finding["rule"] as? String == "overlap")
      #expect(finding["line"] as? Int == 4)
      #expect(finding["column"] as? Int == 17)

      let output = path + ".bin"
      let refused = try run("convert", path, "--to", "bin", "--output", output)
      #expect(refused.status == 1)
      #expect(refused.error.hasPrefix("error: \(path): line 4, column 17: \"ota_0\""))
      #expect(!FileManager.default.fileExists(atPath: output))
    }
  }

  @Test func eachFormComesBackAsTheSameTable() throws {
    try withTable(Self.good) { path in
      let binary = path + ".bin"
      #expect(try run("convert", path, "--to", "bin", "--output", binary).status == 0)
      #expect(try Data(contentsOf: URL(fileURLWithPath: binary)).count == 0xC00)
      let csv = try run("convert", binary, "--to", "csv")
      #expect(csv.text.contains("metadata,data,64,0xd000,12K,\n"))
      let shown = try run("show", binary, "--json", "--part", "W25Q128JV")
      let report = try #require(
        try JSONSerialization.jsonObject(with: shown.output) as? [String: Any])
      let rows = try #require(report["partitions"] as? [[String: Any]])
      #expect(
        rows.map { $0["role"] as? String } == [nil, "metadata", "factory", "slot-a", "slot-b"])
      #expect(rows.map { $0["eraseBlocks"] as? Int } == [4, 3, 256, 256, 256])
      let argument = try run("convert", binary, "--to", "mtdparts", "--mtd-id", "flash")
      #expect(
        argument.text
          == "mtdparts=flash:16k@0x9000(nvs),12k(metadata),1m(factory)ro,1m(ota_0),1m(ota_1)\n")
      #expect(argument.error == "warning: mtdparts cannot express nvs: its type\n")
      #expect(
        try FileManager.default.contentsOfDirectory(
          atPath: (path as NSString).deletingLastPathComponent
        ).sorted() == ["table.csv", "table.csv.bin"])
    }
  }

  @Test func wrongUsageEndsWith64AndOutputFailuresWith70() throws {
    #expect(try run("show", "/no/such/table").status == 64)
    #expect(try run("show").status == 64)
    try withTable(Self.good) { path in
      let part = try run("check", path, "--part", "W25Q12")
      #expect(part.status == 64)
      #expect(part.error.contains("W25Q128JV"))
      #expect(try run("convert", path).status == 64)
      #expect(try run("show", path, "--to", "bin").status == 64)
      let output = try run("convert", path, "--to", "csv", "--output", "/no/such/folder/t")
      #expect(output.status == 70)
      #expect(output.error.split(separator: "\n").count == 1)
    }
  }

  @Test(arguments: ["check", "show", "convert"])
  func helpHasAnExample(_ command: String) throws {
    let result = try run(command, "--help")
    #expect(result.status == 0)
    #expect(result.text.contains("Example: brickproof table \(command) "))
  }
}
