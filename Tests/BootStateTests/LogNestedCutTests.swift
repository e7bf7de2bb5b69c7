import NORFlash
import Testing

@testable import BootState

@Suite("Metadata log, every cut")
struct LogNestedCutTests {
  @Test("every single cut of an append and of a move")
  func singleCuts() throws {
    let setup = LogSetup.all[5]
    for used: UInt32 in [2, 3] {
      var search = LogNestedCuts<EveryProtection>(setup, allowed: [100, 101], trials: 2)
      try search.search(
        LogNestedCuts<EveryProtection>.prepared(setup, used: used), appending: 101, depth: 1)
      #expect(search.violations == [])
      #expect(search.cuts >= 16)
    }
  }

  @Test("without settle units and echoes a decision stands on weak bits")
  func withoutSettleAndEcho() throws {
    let setup = LogSetup.all[5]
    var search = LogNestedCuts<WithoutSettleAndEcho>(setup, allowed: [100, 101], trials: 3)
    try search.search(
      LogNestedCuts<WithoutSettleAndEcho>.prepared(setup, used: 2), appending: 101, depth: 1)
    #expect(search.violations != [])
  }
}

@Suite("Metadata log, every cut, several in a row")
struct ExhaustiveLogNestedCutTests {
  @Test("every pair of cuts", arguments: LogSetup.all.filter { $0.unit >= 8 })
  func pairs(_ setup: LogSetup) throws {
    let layout = try MetadataLogLayout(setup.geometry, under: EveryProtection.self)
    for used in [layout.lastRecord - 1, layout.lastRecord] {
      var search = LogNestedCuts<EveryProtection>(setup, allowed: [100, 101], trials: 3)
      try search.search(
        LogNestedCuts<EveryProtection>.prepared(setup, used: used), appending: 101, depth: 2)
      #expect(search.violations == [])
      #expect(search.cuts > 50)
    }
  }

  @Test("every chain of three cuts during a move", arguments: [6, 16])
  func chains(_ index: Int) throws {
    let setup = LogSetup.all[index]
    let layout = try MetadataLogLayout(setup.geometry, under: EveryProtection.self)
    var search = LogNestedCuts<EveryProtection>(setup, allowed: [100, 101], trials: 3)
    try search.search(
      LogNestedCuts<EveryProtection>.prepared(setup, used: layout.lastRecord), appending: 101,
      depth: 3)
    #expect(search.violations == [])
    #expect(search.cuts > 300)
  }

  @Test(
    "every pair of cuts while the log is created", arguments: LogSetup.all.filter { $0.unit >= 8 })
  func creation(_ setup: LogSetup) throws {
    var search = LogNestedCuts<EveryProtection>(setup, allowed: [nil, 101], trials: 3)
    try search.search(
      LogFlash(setup.geometry, correction: setup.correction), appending: 101, depth: 2)
    #expect(search.violations == [])
    #expect(search.cuts > 50)
  }

  @Test("without the move record a sector that was given up comes back")
  func withoutMoveRecord() throws {
    let setup = LogSetup.all[5]
    let flash = try LogNestedCuts<WithoutMoveRecord>.prepared(setup, used: 3)
    var search = LogNestedCuts<WithoutMoveRecord>(setup, allowed: [100, 101], trials: 4)
    try search.search(flash, appending: 101, depth: 2)
    #expect(search.violations != [])
  }
}
