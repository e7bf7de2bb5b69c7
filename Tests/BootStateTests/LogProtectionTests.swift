import NORFlash
import Testing

@testable import BootState

@Suite("Each protection of the metadata log is needed")
struct LogProtectionTests {
  static let setup = LogBehaviourTests.setup

  /// The records that were accepted and are not found again, on flash of which one unit reports
  /// success and takes nothing.
  static func lostOnDeafUnits<P: MetadataLogProtections>(
    under protections: P.Type
  ) throws -> Int {
    var lost = 0
    for unit in 54..<120 {
      var flash = LogFlash(setup.geometry)
      flash.deafUnits = [unit]
      var log = try MetadataLog.mount(on: &flash, tableDigest: 7, under: P.self)
      for number: UInt32 in 0..<6 {
        try log.append(numberedRecord(number), to: &flash, under: P.self)
        let found = try MetadataLog.mount(on: &flash, tableDigest: 7, under: P.self)
        if found.record != numberedRecord(number) { lost += 1 }
      }
    }
    return lost
  }

  @Test("without reading back, a unit that silently took nothing costs a record")
  func readBack() throws {
    #expect(try Self.lostOnDeafUnits(under: EveryProtection.self) == 0)
    #expect(try Self.lostOnDeafUnits(under: WithoutReadBack.self) > 0)
  }

  /// The records that were accepted and are not found at every mount, when they went to a sector
  /// whose erase was cut and which looked blank then.
  static func lostInHalfErasedSectors<P: MetadataLogProtections>(
    under protections: P.Type
  ) throws -> Int {
    let layout = try MetadataLogLayout(setup.geometry, under: P.self)
    let full = try LogNestedCuts<P>.prepared(setup, used: layout.lastRecord)
    var lost = 0
    for seed: UInt64 in 0..<8 {
      var flash = full
      flash.mode = .correlated
      flash.random = SplitMix64(seed: seed)
      var log = try MetadataLog.mount(on: &flash, tableDigest: 7, under: P.self)
      flash.fuse = 0
      #expect(throws: MetadataLogError<FlashError>.flash(.powerLost)) {
        try log.append(numberedRecord(101), to: &flash, under: P.self)
      }
      flash.restart()
      flash.coins = .init(repeating: true, count: 1_000)
      log = try MetadataLog.mount(on: &flash, tableDigest: 7, under: P.self)
      try log.append(numberedRecord(102), to: &flash, under: P.self)
      flash.coins = []
      for _ in 0..<4 {
        let found = try MetadataLog.mount(on: &flash, tableDigest: 7, under: P.self)
        if found.record != numberedRecord(102) { lost += 1 }
      }
    }
    return lost
  }

  @Test("without an erase of what looks blank, a record stands on weak bits")
  func eraseBeforeUse() throws {
    #expect(try Self.lostInHalfErasedSectors(under: EveryProtection.self) == 0)
    #expect(try Self.lostInHalfErasedSectors(under: WithoutEraseBeforeUse.self) > 0)
  }

  /// The states that nobody wrote, found after one bit of the last record changed its value.
  static func statesOutOfChangedBits<P: MetadataLogProtections>(
    under protections: P.Type
  ) throws -> Int {
    var written = LogFlash(setup.geometry)
    var log = try MetadataLog.mount(on: &written, tableDigest: 7, under: P.self)
    for number: UInt32 in 0..<3 {
      try log.append(numberedRecord(number), to: &written, under: P.self)
    }
    let ring = log.halves[0]
    #expect(ring.hasSector)
    let position = ring.layout.address(
      sector: ring.current.index, position: ring.current.lastUsed)
    let body = Int(position + ring.layout.beginSize)
    var third = 0
    for bit in 0..<512 {
      var flash = written
      let address = body + bit / 8
      flash.overwrite(at: address, with: flash.cells[address] ^ (1 << (bit % 8)))
      for _ in 0..<2 {
        let found = try MetadataLog.mount(on: &flash, tableDigest: 7, under: P.self).record
        if found != numberedRecord(1) && found != numberedRecord(2) { third += 1 }
      }
    }
    return third
  }

  @Test("without the checksum, a changed bit makes a state that nobody wrote")
  func checksum() throws {
    #expect(try Self.statesOutOfChangedBits(under: EveryProtection.self) == 0)
    #expect(try Self.statesOutOfChangedBits(under: WithoutChecksum.self) > 0)
  }
}
