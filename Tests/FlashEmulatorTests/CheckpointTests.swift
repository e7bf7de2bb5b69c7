import FlashEmulator
import NORFlash
import Testing

@Suite struct CheckpointTests {
  static let parts: [TornProgramCase] = [
    TornProgramCase(name: "serial", part: smallPart(unit: 1, page: 16)),
    TornProgramCase(name: "erased to zeros", part: smallPart(unit: 4, erased: .zeros)),
    TornProgramCase(name: "two writes", part: smallPart(unit: 4, rule: .times(limit: 2))),
    TornProgramCase(
      name: "ECC of 8", part: smallPart(unit: 8, ecc: 8, rule: .onceThenAllProgrammed)),
  ]

  /// One random thing: a program, an erase, a read, corruption, with or without a cut.
  static func act(_ flash: inout EmulatedFlash, _ random: inout SplitMix64) {
    let unit = UInt64(flash.part.programUnit)
    let count = Int((random.next(below: 20) + 1) * unit)
    let address = UInt32(random.next(below: (4_096 - UInt64(count)) / unit) * unit)
    if random.next(below: 4) == 0 {
      let phases: [PowerCutPhase] = [.before, .torn(seed: random.next()), .after]
      flash.cutPower(at: random.next(below: 3), phase: phases[Int(random.next(below: 3))])
    }
    let data = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    // A refusal is as good as a success here: only the state matters.
    switch random.next(below: 8) {
    case 0...3: try? flash.program(data, at: address)
    case 4: try? flash.erase(at: UInt32(random.next(below: 4)) * 1_024, count: 1_024)
    case 5: _ = try? flash.bytes(at: address, count: count)
    case 6: flash.corrupt(at: address &+ 1, bytes: Array(data.dropLast()))
    default: flash.makeWeak(at: address, mask: data[0])
    }
    if random.next(below: 3) > 0 { flash.restorePower() }
  }

  /// Going back by the undo log gives what was there, and what a full restore gives.
  @Test(arguments: parts, [RuleEnforcement.strict, .silicon])
  func rollbackEqualsRestore(_ test: TornProgramCase, _ enforcement: RuleEnforcement) {
    for seed in 0..<12 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      var flash = EmulatedFlash(part: test.part, enforcement: enforcement, seed: seed)
      for _ in 0..<20 { Self.act(&flash, &random) }
      flash.cancelPowerCut()
      let before = flash.snapshot()
      let outer = flash.checkpoint()
      for _ in 0..<15 { Self.act(&flash, &random) }
      flash.cancelPowerCut()
      let middle = flash.snapshot()
      let inner = flash.checkpoint()
      for round in 0..<3 {
        for _ in 0..<10 { Self.act(&flash, &random) }
        #expect(flash.snapshot() != middle)
        flash.rollback(to: inner)
        let back = flash.snapshot()
        #expect(back == middle, "seed \(seed), round \(round)")
      }
      flash.rollback(to: outer)
      let back = flash.snapshot()
      #expect(back == before, "seed \(seed)")
      flash.restore(middle)
      let restored = flash.snapshot()
      #expect(restored == middle)
      flash.rollback(to: outer)
      let again = flash.snapshot()
      #expect(again == before)
    }
  }

  /// What the flash does after a rollback is what it did the first time.
  @Test(arguments: parts) func behaviourRepeatsAfterARollback(_ test: TornProgramCase) {
    for seed in 0..<10 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      var flash = EmulatedFlash(part: test.part, enforcement: .silicon, seed: seed)
      for _ in 0..<20 { Self.act(&flash, &random) }
      flash.cancelPowerCut()
      let point = flash.checkpoint()
      let position = random
      for _ in 0..<20 { Self.act(&flash, &random) }
      let first = flash.snapshot()
      flash.rollback(to: point)
      random = position
      for _ in 0..<20 { Self.act(&flash, &random) }
      let second = flash.snapshot()
      #expect(first == second, "seed \(seed)")
    }
  }

  @Test func historyGoesOnOverARollback() throws {
    var flash = EmulatedFlash(part: smallPart())
    let point = flash.checkpoint()
    try flash.erase(at: 0, count: 1_024)
    try flash.program([1, 2, 3, 4], at: 0)
    flash.cutPower(at: 5, phase: .before)
    flash.rollback(to: point)
    #expect(flash.wear == [1, 0, 0, 0])
    #expect(flash.operationCount == 2)
    #expect(flash.statistics.programCalls == 1)
    #expect(flash.elapsedTime.erase == .milliseconds(1, 2))
    #expect(flash.hasPendingPowerCut == false)
    #expect(flash.blockState(at: 0) == .erased)
  }

  @Test func discardingKeepsWhatWasWritten() throws {
    var flash = EmulatedFlash(part: smallPart())
    _ = flash.checkpoint()
    try flash.program([1, 2, 3, 4], at: 0)
    flash.discardCheckpoints()
    #expect(try flash.bytes(at: 0, count: 4) == [1, 2, 3, 4])
    let later = flash.checkpoint()
    try flash.program([1, 2, 3, 4], at: 8)
    flash.rollback(to: later)
    #expect(try flash.bytes(at: 0, count: 12) == [1, 2, 3, 4] + [UInt8](repeating: 255, count: 8))
  }

  @Test func aSnapshotSaysWhatDiffers() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 8, ecc: 8, rule: .once))
    let start = flash.snapshot()
    // All-ones data burns the unit although no cell changes.
    try flash.program([UInt8](repeating: 0xFF, count: 8), at: 0)
    let burnt = flash.snapshot()
    #expect(!burnt.hasSameContent(as: start))
    flash.restore(start)
    flash.cutPowerNow()
    let dark = flash.snapshot()
    #expect(dark.hasSameContent(as: start) && dark != start)
  }
}
