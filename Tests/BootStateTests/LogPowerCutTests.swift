import NORFlash
import Testing

@testable import BootState

@Suite("Metadata log under power cuts")
struct LogPowerCutTests {
  @Test(
    "a boot acts on the old or the new state, and later boots on the same", arguments: LogSetup.all)
  func sample(_ setup: LogSetup) throws {
    let result = try LogSequence<EveryProtection>.violations(of: setup, seeds: 0..<40)
    #expect(result.total == 0, "\(result)")
    #expect(result.cuts > 40, "too few cuts were made: \(result)")
  }
}

@Suite("Metadata log under power cuts, exhaustively")
struct ExhaustiveLogPowerCutTests {
  @Test("no third state, no flip, no loss in 8000 sequences a part", arguments: LogSetup.all)
  func sequences(_ setup: LogSetup) throws {
    let result = try LogSequence<EveryProtection>.violations(of: setup, seeds: 0..<8000)
    #expect(result.total == 0, "\(result)")
    #expect(result.cuts > 8000, "too few cuts were made: \(result)")
  }

  @Test("without begin units a record of one program unit looks blank and comes back")
  func withoutBeginUnit() throws {
    let result = try LogSequence<WithoutBeginUnit>.violations(
      of: LogSetup(name: "", unit: 64, sector: 2304), seeds: 0..<6000)
    #expect(result.total > 0, "\(result)")
  }

  @Test("without settle units and echoes a decision stands on weak bits")
  func withoutSettleAndEcho() throws {
    let result = try LogSequence<WithoutSettleAndEcho>.violations(
      of: LogSetup.all[2], seeds: 0..<6000)
    #expect(result.total > 0, "\(result)")
  }

  @Test("a new sector that is trusted for its header alone takes the state with it")
  func withoutProvenSector() throws {
    let result = try LogSequence<WithoutProvenSector>.violations(
      of: LogSetup.all[2], seeds: 0..<6000)
    #expect(result.total > 0, "\(result)")
  }
}
