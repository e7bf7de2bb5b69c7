import FlashEmulator
import Foundation
import NORFlash
import PowerLoss
import Testing

/// The search of README.md on the smallest updater there is.
@Suite struct ReadmeSearchTests {
  /// Replaces a block, with all that a flash can do: read, program and erase.
  struct MyUpdater {
    func update<Flash: FlashDevice & ~Copyable>(_ flash: inout Flash) throws {
      if try version(&flash) == "new" { return }
      try flash.erase(at: 0x1000, count: 0x1000)
      try flash.program(at: 0x1000, [0x17, 0x2A].span)
    }

    func version<Flash: FlashDevice & ~Copyable>(_ flash: inout Flash) throws -> String {
      var bytes: [UInt8] = [0, 0]
      var span = bytes.mutableSpan
      try flash.read(at: 0x1000, into: &span)
      return bytes == [0x17, 0x2A] ? "new" : "old"
    }
  }

  @Test func noPowerCutBreaksMyUpdater() throws {
    var scenario = Scenario(name: "my-updater", part: try .named("AT25XE041B")) { flash in
      try flash.program(at: 0x1000, [0x17, 0x29].span)
    } powerOn: { device in
      let updater = MyUpdater()
      try updater.update(&device.flash)
      return .settled(try updater.version(&device.flash))
    }
    scenario.allowedOutcomes = ["new"]
    let search = PowerLossSearch(scenario, faults: .norRealistic)
    let report = try search.run()
    #expect(report.verdict == .closed, "\(report)")
    if let failure = report.failure { print(try ReplayFile(failure, of: search).text) }
  }

  /// The other lines of the README: a defect gives a failure, and its text brings it back.
  @Test func aFailureComesBackFromItsText() throws {
    var scenario = Scenario(name: "careless", part: try .named("AT25XE041B")) { flash in
      try flash.program(at: 0x1000, [0x17, 0x29].span)
    } powerOn: { device in
      let updater = MyUpdater()
      if try updater.version(&device.flash) != "new" {
        try device.flash.erase(at: 0x1000, count: 0x1000)
        throw InvariantViolation("an image", "nothing is left that could run")
      }
      return .settled("new")
    }
    scenario.allowedOutcomes = ["new"]
    let search = PowerLossSearch(scenario, faults: .norRealistic)
    let failure = try #require(try search.run().failure)
    let text = try ReplayFile(failure, of: search).text
    let result = try Replay(scenario, file: ReplayFile(text)).run()
    #expect(result.reproduces, "\(result.log)")
  }

  @Test func theReadmeShowsThisExample() throws {
    let test = URL(fileURLWithPath: #filePath)
    let root = test.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    let blocks = readme.components(separatedBy: "```")
    let example = try #require(blocks.first { $0.contains("my-updater") })
    let source = try String(contentsOf: test, encoding: .utf8)
    let lines = source.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    for line in example.split(separator: "\n").dropFirst() {
      #expect(lines.contains(line.trimmingCharacters(in: .whitespaces)), "\(line)")
    }
  }
}
