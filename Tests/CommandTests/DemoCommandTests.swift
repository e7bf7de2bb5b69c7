import Foundation
import Testing

/// The demo is a check of itself: it ends with 70 where its story goes another way.
@Suite struct DemoCommandTests {
  @Test func tellsTheWholeLifeAndLeavesNothing() throws {
    let folder = try CommandFolder()
    try folder.write(Data((0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }), "a.bin")
    try folder.write(Data((0..<50_001).map { UInt8(truncatingIfNeeded: $0 &* 11) }), "b.bin")
    let answer = try folder.run("demo --firmware a.bin --firmware b.bin")
    #expect(answer.status == 0, "\(answer.errors)")
    #expect(try folder.names() == ["a.bin", "b.bin"])
    let story = [
      "factory 1.0.0+0: no update was ever confirmed", "2.0.0+0, attempt 1", "confirmed itself",
      "3.0.0+0, attempt 3", "the update is rejected, back to what ran before",
      "the power failed", "resumed at byte", "4.0.0+0, attempt 1",
      "what was confirmed last cannot run", "no update slot can run", "signed by no trusted key",
      "below the floor", "it was confirmed last", "W25Q128JV, 16 MiB", "Predicted time",
      "Nothing was left on disk",
    ]
    var rest = answer.output[...]
    for line in story {
      guard let found = rest.firstRange(of: line) else {
        Issue.record("'\(line)' is missing behind what came before it")
        return
      }
      rest = rest[found.upperBound...]
    }
  }

  @Test func keepsAWorkingDevice() throws {
    let folder = try CommandFolder()
    let answer = try folder.run("demo --keep kept")
    #expect(answer.status == 0, "\(answer.errors)")
    #expect(answer.output.contains("No --firmware was given"))
    #expect(try folder.run("device boot kept/device.bin").output.contains("slot-a 4.0.0+0"))
    #expect(
      try folder.run("table check kept/partitions.csv --part W25Q128JV").status == 0)
    #expect(
      try folder.run(
        "image verify kept/firmware-2.0.0.img --key kept/signing-public.pem"
          + " --decryption-key kept/device-key.pem"
      ).status == 0)
    let again = try folder.run("demo --keep kept")
    #expect(again.status == 64)
    #expect(again.errors == "error: kept: is not empty; name a new folder\n")
  }

  @Test func firmwareThatCannotBeUsed() throws {
    let folder = try CommandFolder()
    try folder.write(Data(), "empty")
    try folder.write(Data([1]), "tiny")
    #expect(try folder.run("demo --firmware none").status == 64)
    #expect(try folder.run("demo --firmware empty").status == 64)
    #expect(try folder.run("demo --firmware tiny --firmware tiny --firmware tiny").status == 64)
    let smallest = try folder.run("demo --firmware tiny")
    #expect(smallest.status == 0, "\(smallest.errors)")
  }
}
