import FlashEmulator
import NORFlash
import Testing

@Suite struct PowerCutEraseTests {
  static let parts: [TornProgramCase] = [
    TornProgramCase(name: "serial", part: smallPart(unit: 1, page: 256)),
    TornProgramCase(name: "erased to zeros", part: smallPart(unit: 4, erased: .zeros)),
    TornProgramCase(name: "two writes", part: smallPart(unit: 4, rule: .times(limit: 2))),
    TornProgramCase(
      name: "ECC of 8", part: smallPart(unit: 8, ecc: 8, rule: .onceThenAllProgrammed)),
  ]

  static let noise = {
    var random = SplitMix64(seed: 99)
    return (0..<4_096).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }()

  /// Fills a flash with noise and tears the erase of its block 1.
  static func tear(_ test: TornProgramCase, seed: UInt64) throws -> EmulatedFlash {
    var flash = EmulatedFlash(part: test.part, seed: seed)
    try flash.program(Self.noise, at: 0)
    flash.cutPower(at: 1, phase: .torn(seed: seed))
    #expect(throws: FlashError.powerLost) { try flash.erase(at: 0, count: 3_072) }
    flash.restorePower()
    return flash
  }

  @Test(arguments: parts) func blocksAroundTheTornOneAreExact(_ test: TornProgramCase) throws {
    for seed in 0..<30 as Range<UInt64> {
      var flash = try Self.tear(test, seed: seed)
      let erased = [UInt8](repeating: test.part.geometry.erased.byte, count: 1_024)
      #expect(try flash.bytes(at: 0, count: 1_024) == erased)
      #expect(try flash.bytes(at: 2_048, count: 2_048) == Array(Self.noise[2_048...]))
      #expect(flash.wear == [1, 1, 0, 0], "a torn erase wears the block")
      let lastCut = flash.lastPowerCut
      let cut = try #require(lastCut)
      #expect(cut.operation == .erase && cut.address == 1_024 && cut.count == 1_024)
    }
  }

  /// Old data, pre-programmed, scattered residue of a few percent (sequential-storage #70), and
  /// erased to the eye but unstable: all of them are found among the seeds.
  @Test(arguments: parts) func everyPhaseOfAnEraseIsReached(_ test: TornProgramCase) throws {
    let invert: UInt8 = test.part.geometry.erased == .ones ? 0 : 0xFF
    var found: Set<String> = []
    for seed in 0..<120 as Range<UInt64> {
      let flash = try Self.tear(test, seed: seed)
      let old = Array(Self.noise[1_024..<2_048])
      let now = flash.bytes(in: FlashRange(start: 1_024, count: 1_024))
      let residue = now.reduce(0) { $0 + (~($1 ^ invert)).nonzeroBitCount }
      if now == old { found.insert("old data") }
      if zip(now, old).contains(where: { ($0 ^ invert) & ~($1 ^ invert) != 0 }) == false,
        now != old
      {
        found.insert("pre-programmed")
      }
      if (80...500).contains(residue) { found.insert("residue") }
      if (1_000...4_000).contains(residue) { found.insert("mixed") }
      if residue == 0, flash.blockState(at: 1) == .bad { found.insert("erased but unstable") }
    }
    #expect(
      found == ["old data", "pre-programmed", "residue", "mixed", "erased but unstable"])
  }

  @Test(arguments: parts) func aCompleteEraseMakesEverythingFirm(_ test: TornProgramCase) throws {
    for seed in 0..<40 as Range<UInt64> {
      var flash = try Self.tear(test, seed: seed)
      try flash.erase(at: 1_024, count: 1_024)
      #expect(flash.blockState(at: 1) == .erased)
      let erased = [UInt8](repeating: test.part.geometry.erased.byte, count: 1_024)
      for _ in 0..<3 { #expect(try flash.bytes(at: 1_024, count: 1_024) == erased) }
      let mark = [UInt8](repeating: test.part.geometry.erased.programmedByte, count: 1_024)
      try flash.program(mark, at: 1_024)
      #expect(try flash.bytes(at: 1_024, count: 1_024) == mark)
    }
  }

  @Test func phasesBeforeAndAfterAreExact() throws {
    for phase in [PowerCutPhase.before, .after] {
      var flash = EmulatedFlash(part: smallPart(unit: 4))
      let zeros = [UInt8](repeating: 0, count: 4_096)
      try flash.program(zeros, at: 0)
      let start = flash.operationCount
      flash.cutPower(at: 2, phase: phase)
      #expect(throws: FlashError.powerLost) { try flash.erase(at: 0, count: 4_096) }
      let erasedBlocks = phase == .after ? 3 : 2
      let states = (0..<4).map { $0 < erasedBlocks ? FlashBlockState.erased : .written }
      #expect(flash.blockStates() == states)
      #expect(flash.operationCount == start + UInt64(erasedBlocks))
    }
  }

  @Test func cutsCanFollowEachOther() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 4))
    let zeros = [UInt8](repeating: 0, count: 1_024)
    try flash.program(zeros, at: 0)
    for seed in 0..<20 as Range<UInt64> {
      flash.cutPower(at: 0, phase: .torn(seed: seed))
      #expect(throws: FlashError.powerLost) { try flash.erase(at: 0, count: 1_024) }
      flash.restorePower()
    }
    try flash.erase(at: 0, count: 1_024)
    #expect(flash.blockState(at: 0) == .erased)
    #expect(flash.wear[0] == 21)
  }
}
