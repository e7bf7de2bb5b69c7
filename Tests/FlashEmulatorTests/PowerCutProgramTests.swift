import FlashEmulator
import NORFlash
import Testing

/// A part, and what is programmed over what.
struct TornProgramCase: CustomTestStringConvertible, Sendable {
  var name: String
  var part: FlashPart
  var granularity: OperationGranularity = .programPage
  var testDescription: String { name }

  static let all = [
    TornProgramCase(name: "serial, by page", part: smallPart(unit: 1, page: 16)),
    TornProgramCase(
      name: "serial, by byte", part: smallPart(unit: 1, page: 16), granularity: .programUnit),
    TornProgramCase(name: "word", part: smallPart(unit: 4)),
    TornProgramCase(name: "two writes", part: smallPart(unit: 4, rule: .times(limit: 2))),
    TornProgramCase(name: "erased to zeros", part: smallPart(unit: 4, erased: .zeros)),
    TornProgramCase(
      name: "ECC of 8, mark allowed",
      part: smallPart(unit: 8, ecc: 8, rule: .onceThenAllProgrammed)),
    TornProgramCase(name: "ECC of 32", part: smallPart(unit: 32, ecc: 32, rule: .once)),
    TornProgramCase(name: "write-once without ECC", part: smallPart(unit: 16, rule: .once)),
  ]
}

/// What several reads of one unit say.
struct UnitReads {
  var unreadable = 0
  var words: Set<[UInt8]> = []
}

/// A flash after a torn program, with the bytes before and those intended.
struct TornFlash: ~Copyable {
  var flash: EmulatedFlash
  let old: [UInt8]
  let new: [UInt8]
}

@Suite struct PowerCutProgramTests {
  static let address: UInt32 = 1_024 - 64
  static let length = 128

  /// Runs one torn program over data that was there before, and returns old and new bytes.
  static func tear(
    _ test: TornProgramCase, seed: UInt64, weak: WeakBitReading
  ) throws -> TornFlash {
    var flash = EmulatedFlash(
      part: test.part, operationGranularity: test.granularity, seed: seed)
    flash.weakBitReading = weak
    var random = SplitMix64(seed: seed &* 31 + 7)
    let invert: UInt8 = test.part.geometry.erased == .ones ? 0 : 0xFF
    let isRewritable: Bool
    switch test.part.geometry.rewriteRule {
    case .anyBit, .times: isRewritable = true
    case .once, .onceThenAllProgrammed: isRewritable = false
    }
    var old = [UInt8](repeating: ~invert, count: length)
    if isRewritable {
      for index in old.indices {
        old[index] = (UInt8(truncatingIfNeeded: random.next()) | 0x3C) ^ invert
      }
      try flash.program(old, at: address)
    }
    let new = old.map { ($0 ^ invert) & UInt8(truncatingIfNeeded: random.next()) ^ invert }
    let before = flash.operationCount
    let steps =
      test.granularity == .programPage
      ? length / Int(max(test.part.timing.programPage, 1))
      : length / Int(test.part.programUnit)
    flash.cutPower(at: random.next(below: UInt64(steps)), phase: .torn(seed: seed))
    #expect(throws: FlashError.powerLost) { try flash.program(new, at: address) }
    #expect(flash.isPowered == false)
    #expect(throws: FlashError.powerLost) { try flash.bytes(at: 0, count: 1) }
    #expect(throws: FlashError.powerLost) { try flash.erase(at: 0, count: 1_024) }
    #expect(throws: FlashError.powerLost) { try flash.program(new, at: address) }
    #expect(flash.operationCount > before && flash.operationCount <= before + UInt64(steps))
    flash.restorePower()
    return TornFlash(flash: flash, old: old, new: new)
  }

  static func reads(
    _ flash: inout EmulatedFlash, at address: UInt32, count: Int, times: Int
  ) -> UnitReads {
    var reads = UnitReads()
    for _ in 0..<times {
      do throws(FlashError) {
        reads.words.insert(try flash.bytes(at: address, count: count))
      } catch {
        #expect(error == .unreadable(address: address))
        reads.unreadable += 1
      }
    }
    return reads
  }

  /// The contract of `FlashDevice`: complete units, at most one torn, untouched units; a torn bit
  /// reads as before or as intended; nothing outside the call changes.
  @Test(arguments: TornProgramCase.all, [WeakBitReading.independent, .correlated])
  func tornProgramKeepsTheContract(_ test: TornProgramCase, _ weak: WeakBitReading) throws {
    let unit = Int(test.part.programUnit)
    for seed in 0..<60 as Range<UInt64> {
      var torn = try Self.tear(test, seed: seed, weak: weak)
      var isBehindTheCut = false
      for offset in stride(from: 0, to: Self.length, by: unit) {
        let before = Array(torn.old[offset..<offset + unit])
        let intended = Array(torn.new[offset..<offset + unit])
        let reads = Self.reads(
          &torn.flash, at: Self.address + UInt32(offset), count: unit, times: 6)
        for word in reads.words {
          for index in word.indices {
            let mayDiffer = before[index] ^ intended[index]
            #expect((word[index] ^ before[index]) & ~mayDiffer == 0, "seed \(seed)")
          }
        }
        #expect(reads.unreadable == 0 || test.part.eccUnit > 0)
        if before == intended, reads.unreadable == 0 { continue }
        let isComplete = reads.words == [intended] && reads.unreadable == 0
        let isUntouched = reads.words == [before] && reads.unreadable == 0
        if isBehindTheCut { #expect(isUntouched, "seed \(seed), offset \(offset)") }
        if !isComplete { isBehindTheCut = true }
        if test.part.eccUnit > 0 {
          #expect(reads.words.isSubset(of: [before, intended]), "ECC mends or reports")
        }
      }
      let erased = test.part.geometry.erased.byte
      let all = torn.flash.allBytes
      let range = Int(Self.address)..<Int(Self.address) + Self.length
      #expect(all.indices.allSatisfy { range.contains($0) || all[$0] == erased })
    }
  }

  /// Each kind of outcome is among the seeds; a fault model that never bites proves nothing.
  @Test(arguments: TornProgramCase.all)
  func everyKindOfTearIsReached(_ test: TornProgramCase) throws {
    var partial = 0
    var unstable = 0
    var unreadable = 0
    let unit = Int(test.part.programUnit)
    for seed in 0..<80 as Range<UInt64> {
      var torn = try Self.tear(test, seed: seed, weak: .independent)
      for offset in stride(from: 0, to: Self.length, by: unit) {
        let reads = Self.reads(
          &torn.flash, at: Self.address + UInt32(offset), count: unit, times: 6)
        let before = Array(torn.old[offset..<offset + unit])
        let intended = Array(torn.new[offset..<offset + unit])
        if reads.unreadable > 0 { unreadable += 1 }
        if reads.words.count > 1 { unstable += 1 }
        if reads.words.count == 1, !reads.words.isSubset(of: [before, intended]) { partial += 1 }
      }
    }
    #expect(unstable > 0)
    if test.part.eccUnit > 0 {
      #expect(unreadable > 0)
      #expect(partial == 0)
    } else {
      #expect(unreadable == 0)
      #expect(partial > 0)
    }
  }

  @Test func phasesBeforeAndAfterAreExact() throws {
    for granularity in [OperationGranularity.programPage, .programUnit] {
      let step = granularity == .programPage ? 16 : 1
      for index in 0..<(64 / step) {
        for phase in [PowerCutPhase.before, .after] {
          var flash = EmulatedFlash(
            part: smallPart(unit: 1, page: 16), operationGranularity: granularity)
          flash.cutPower(at: UInt64(index), phase: phase)
          #expect(throws: FlashError.powerLost) {
            try flash.program([UInt8](repeating: 0, count: 64), at: 32)
          }
          let done = (phase == .after ? index + 1 : index) * step
          flash.restorePower()
          let expected =
            [UInt8](repeating: 0, count: done) + [UInt8](repeating: 0xFF, count: 64 - done)
          #expect(try flash.bytes(at: 32, count: 64) == expected)
          let cut = flash.lastPowerCut
          #expect(cut?.address == UInt32(32 + index * step))
          #expect(cut?.index == UInt64(index))
          #expect(cut?.operation == .program)
        }
      }
    }
  }

  @Test func anUnalignedProgramOnASerialPartIsCutAtPageBoundaries() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 16))
    try flash.program([UInt8](repeating: 0, count: 20), at: 10)
    #expect(flash.operationCount == 2)
    #expect(flash.statistics.programmedPages == 2)
    flash.cutPower(at: 1, phase: .before)
    #expect(throws: FlashError.powerLost) {
      try flash.program([UInt8](repeating: 0, count: 20), at: 42)
    }
    #expect(
      flash.bytes(in: FlashRange(start: 40, count: 10)) == [255, 255, 0, 0, 0, 0, 0, 0, 255, 255])
  }

  @Test func aCutBehindTheLastOperationDoesNotHappen() throws {
    var flash = EmulatedFlash(part: smallPart())
    flash.cutPower(at: 2, phase: .before)
    try flash.program([1, 2, 3, 4, 5, 6, 7, 8], at: 0)
    #expect(flash.hasPendingPowerCut == true)
    flash.cancelPowerCut()
    try flash.program([1, 2, 3, 4, 5, 6, 7, 8], at: 8)
    #expect(flash.isPowered == true)
    #expect(flash.lastPowerCut == nil)
  }

  @Test func rulesAreCheckedBeforeTheCut() throws {
    var flash = EmulatedFlash(part: smallPart())
    try flash.program([0, 0, 0, 0], at: 4)
    flash.cutPower(at: 0, phase: .after)
    #expect(throws: FlashError.wouldRestoreErasedBit(address: 4)) {
      try flash.program([0, 0, 0, 0, 1, 1, 1, 1], at: 0)
    }
    #expect(flash.isPowered == true)
    #expect(flash.hasPendingPowerCut == true)
    #expect(try flash.bytes(at: 0, count: 4) == [255, 255, 255, 255])
  }

  @Test func seedsDecideEverything() throws {
    for test in TornProgramCase.all {
      let first = try Self.tear(test, seed: 11, weak: .independent)
      let second = try Self.tear(test, seed: 11, weak: .independent)
      let snapshot = first.flash.snapshot()
      #expect(snapshot == second.flash.snapshot())
    }
  }
}
