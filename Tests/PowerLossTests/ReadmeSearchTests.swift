import FlashEmulator
import Foundation
import NORFlash
import PowerLoss
import Testing

/// The search of README.md on the smallest updater there is.
@Suite struct ReadmeSearchTests {
  /// Replaces one block, and writes down that it is complete in the next.
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

  private let oldImage: [UInt8] = [1, 2, 3, 4]

  @Test func noPowerCutBreaksMyUpdater() throws {
    let oldImage = oldImage
    var scenario = Scenario(name: "my-updater", part: try .named("AT25XE041B")) { flash in
      try flash.program(at: 0, oldImage.span)
    } powerOn: { device in
      let updater = MyUpdater()
      try updater.update(&device.flash)
      return .settled(try updater.version(&device.flash))
    }
    scenario.allowedOutcomes = ["old", "new"]
    let report = try PowerLossSearch(scenario, faults: .norRealistic).run()
    #expect(report.verdict == .closed, "\(report)")
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
