import FlashEmulator
import NORFlash
import PowerLoss
import Testing

/// What a report says was cut.
@Suite struct SearchCoverageTests {
  @Test func namesPartitionsAndAddsUp() throws {
    let updater = CopyUpdater(blocks: 2)
    var scenario = try updater.scenario()
    scenario.partitions = [
      ScenarioPartition("image", FlashRange(start: 0, count: 2 * updater.block)),
      ScenarioPartition("journal", FlashRange(start: updater.journal, count: updater.block)),
    ]
    let report = try PowerLossSearch(scenario, faults: .norRealistic, strategy: .single).run()
    let rows = report.coverage
    #expect(rows.map(\.partition) == ["image", "image", "journal"])
    #expect(rows.map(\.kind) == [.program, .erase, .program])
    // Two blocks of eight pages, each erased once, with one mark each.
    #expect(rows.map(\.operations) == [16, 2, 2])
    // Besides these there is the loss of power at rest, and what the memo knew.
    let atRest = 1
    let sum = rows.reduce(0) { $0 + $1.crashPoints }
    #expect(sum + atRest == report.crashPoints - report.crashPointsFromMemo)
  }
}
