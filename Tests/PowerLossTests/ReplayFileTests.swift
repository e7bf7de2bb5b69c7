import FlashEmulator
import NORFlash
import PowerLoss
import Testing

@Suite struct ReplayFileTests {
  static let good = [
    "brickproof power-loss replay 1", "scenario copy", "part small 5120 bytes",
    "preset nor-realistic", "seed 0", "start 0123456789abcdef0123456789abcdef",
    "expect outcome: it is mixed", "cut 1 erase 0x0 1024 before", "end 3",
  ]

  @Test func theGoodOneIsRead() throws {
    let file = try ReplayFile(Self.good.joined(separator: "\n"))
    #expect(file.scenario == "copy" && file.failure.cuts.count == 1)
    #expect(try ReplayFile(file.text) == file)
  }

  /// Each line, spoilt: the error names it and says what would be right.
  @Test(
    arguments: [
      (1, "brickproof power-loss replay 2", "version"), (1, "", "brickproof power-loss replay 1"),
      (2, "scenery copy", "scenario NAME"), (3, "part small 5120", "part NAME SIZE bytes"),
      (3, "part small many bytes", "part NAME SIZE bytes"), (4, "", "preset NAME"),
      (5, "seed -1", "seed NUMBER"), (6, "start 0123", "32 hexadecimal digits"),
      (7, "expect nothing", "expect INVARIANT: DETAIL"),
      (8, "cut x erase 0x0 1024 before", "a number"),
      (8, "cut 1 polish 0x0 1024 before", "program|erase"),
      (8, "cut 1 erase 0 1024 before", "0xADDRESS"),
      (8, "cut 1 erase 0x0 1024 sideways", "sideways"), (8, "jump 1", "`rest`"),
      (8, "cut 1 erase 0x0 1024 before; reads a", "numbers of options"),
    ]
  )
  func aBadLineIsNamed(number: Int, text: String, expected: String) throws {
    var lines = Self.good
    lines[number - 1] = text
    let error = #expect(throws: ReplayError.self) {
      _ = try ReplayFile(lines.joined(separator: "\n"))
    }
    let message = error.map { "\($0)" } ?? ""
    #expect(message.hasPrefix("line \(number): "), "\(message)")
    #expect(message.contains(expected), "\(message)")
    #expect(!message.contains("\n"))
  }

  @Test func aFileWithoutAnEndIsNotWhole() throws {
    let error = #expect(throws: ReplayError.self) {
      _ = try ReplayFile(Self.good.dropLast().joined(separator: "\n"))
    }
    #expect(error == .line(9, expected: "`end NUMBER` as the last line"))
  }

  @Test func aFileOfAnotherScenarioIsRefused() throws {
    let scenario = try CopyUpdater(blocks: 2).scenario()
    let file = try ReplayFile(Self.good.joined(separator: "\n"))
    #expect(throws: ReplayError.self) { _ = try Replay(scenario, file: file).run() }
  }
}
