import FlashEmulator
import NORFlash
import PowerLoss
import Testing

@Suite struct SearchTests {
  @Test func aJournalledCopyCloses() throws {
    let search = PowerLossSearch(try CopyUpdater(blocks: 3).scenario(), faults: .norRealistic)
    let report = try search.run()
    #expect(report.verdict == .closed, "\(report)")
  }

  @Test func aMarkBeforeTheBlockIsFound() throws {
    let scenario = try CopyUpdater(blocks: 2, marksFirst: true).scenario()
    let search = PowerLossSearch(scenario, faults: .norRealistic)
    let report = try search.run()
    #expect(report.verdict == .violated, "\(report)")
    let failure = try #require(report.failure)
    #expect(failure.cuts.count == 1)
    let file = try ReplayFile(failure, of: search)
    #expect(try ReplayFile(file.text) == file)
    let replayed = try Replay(scenario, file: file).run()
    #expect(replayed.reproduces)
  }
}
