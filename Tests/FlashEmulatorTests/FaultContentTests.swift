import FlashEmulator
import NORFlash
import Testing

/// What single outcomes leave, against bytes worked out by hand.
@Suite struct FaultContentTests {
  static func leave(
    _ outcome: CutOutcome, of bytes: [UInt8], at address: UInt32, over old: [UInt8] = [],
    on part: FlashPart
  ) throws -> EmulatedFlash {
    var flash = EmulatedFlash(part: part)
    if !old.isEmpty { try flash.program(old, at: address) }
    flash.leave(
      FlashOperation(kind: .program, address: address, count: UInt32(bytes.count)),
      bytes: bytes.span, as: outcome)
    return flash
  }

  static func content(_ flash: borrowing EmulatedFlash, at address: UInt32, _ count: UInt32)
    -> [UInt8]
  {
    flash.bytes(in: FlashRange(start: address, count: count))
  }

  static let serialCases: [(CutOutcome, [UInt8])] = [
    (.before, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
    (.after, [0x12, 0x34, 0xFF, 0x56, 0xF0]),
    (.warmReset, [0x12, 0x34, 0xFF, 0x56, 0xF0]),
    (.brownOutTail(2), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
    (.prefix(0), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
    (.prefix(3), [0x12, 0x34, 0xFF, 0xFF, 0xFF]),
    (.prefix(9), [0x12, 0x34, 0xFF, 0x56, 0xF0]),
    (.suffix(2), [0xFF, 0xFF, 0xFF, 0x56, 0xF0]),
    // The third byte does not change and has no rank.
    (.units(.even), [0x12, 0xFF, 0xFF, 0x56, 0xFF]),
    (.units(.odd), [0xFF, 0x34, 0xFF, 0xFF, 0xF0]),
    // 0x12 has its zeros at bits 0, 2, 3, 5, 6, 7; the last zero of all is bit 3 of 0xF0.
    (.bits(.first), [0xFE, 0xFF, 0xFF, 0xFF, 0xFF]),
    (.bits(.last), [0xFF, 0xFF, 0xFF, 0xFF, 0xF7]),
    (.bits(.allButFirst), [0x13, 0x34, 0xFF, 0x56, 0xF0]),
    (.bits(.allButLast), [0x12, 0x34, 0xFF, 0x56, 0xF8]),
    // Zeros: 0x12 six, 0x34 at 0, 1, 3, 6, 7, 0x56 at 0, 3, 5, 7, 0xF0 at 0, 1, 2, 3: 19 in all.
    (.bits(.alternating), [0xFF & ~0x49, 0xFF & ~0x89, 0xFF, 0xFF & ~0x88, 0xFF & ~0x0A]),
    (.bits(.otherAlternating), [0xFF & ~0xA4, 0xFF & ~0x42, 0xFF, 0xFF & ~0x21, 0xFF & ~0x05]),
    (.bits(.firstHalf), [0x12, 0xFF & ~0x4B, 0xFF, 0xFF, 0xFF]),
    (.bits(.lastHalf), [0xFF, 0xFF & ~0x80, 0xFF, 0x56, 0xF0]),
  ]

  @Test(arguments: serialCases.indices) func tornBytes(_ index: Int) throws {
    let (outcome, expected) = Self.serialCases[index]
    let wanted: [UInt8] = [0x12, 0x34, 0xFF, 0x56, 0xF0]
    let part = smallPart(unit: 1, page: 256)
    let flash = try Self.leave(outcome, of: wanted, at: 1_000, on: part)
    #expect(Self.content(flash, at: 1_000, 5) == expected, "\(outcome)")
    let mirrored = try Self.leave(
      outcome, of: wanted.map { ~$0 }, at: 1_000, on: smallPart(unit: 1, erased: .zeros, page: 256))
    #expect(Self.content(mirrored, at: 1_000, 5) == expected.map { ~$0 }, "\(outcome), mirrored")
  }

  /// Bits that are programmed already are not among those that a cut decides about.
  @Test func onlyBitsThatDifferAreTorn() throws {
    let old: [UInt8] = [0x0F, 0xF0]
    let part = smallPart(unit: 1, page: 256)
    let first = try Self.leave(.bits(.first), of: [0x0E, 0x00], at: 0, over: old, on: part)
    #expect(Self.content(first, at: 0, 2) == [0x0E, 0xF0])
    let last = try Self.leave(.bits(.last), of: [0x0E, 0x00], at: 0, over: old, on: part)
    #expect(Self.content(last, at: 0, 2) == [0x0F, 0x70])
    // Bits that the program leaves at 1 stay as they are: 0x0F & 0xFE.
    let all = try Self.leave(.after, of: [0xFE, 0xFF], at: 0, over: old, on: part)
    #expect(Self.content(all, at: 0, 2) == [0x0E, 0xF0])
  }

  @Test func aPageSuffersAroundWhatIsProgrammed() throws {
    let part = smallPart(unit: 1, page: 16)
    let zeros = try Self.leave(CutOutcome(.pageCollateral), of: [0x55], at: 35, on: part)
    var expected = [UInt8](repeating: 0xFF, count: 64)
    expected.replaceSubrange(32..<48, with: [UInt8](repeating: 0, count: 16))
    #expect(Self.content(zeros, at: 0, 64) == expected)
    var unstable = try Self.leave(
      CutOutcome(.pageCollateral, parameter: 1), of: [0x55], at: 35, on: part)
    #expect(Self.content(unstable, at: 35, 1) == [0x55])
    var seen: Set<UInt8> = []
    for _ in 0..<64 { seen.insert(try unstable.bytes(at: 47, count: 1)[0]) }
    #expect(seen.count > 8)
    #expect(try unstable.bytes(at: 48, count: 1) == [0xFF])
    #expect(try unstable.bytes(at: 31, count: 1) == [0xFF])
  }

  @Test func aDisturbedBlockLosesBitsInItsOtherPages() throws {
    let part = smallPart(unit: 1, page: 256)
    for severity in 0...1 as ClosedRange<UInt32> {
      let flash = try Self.leave(
        CutOutcome(.sectorDisturb, parameter: 2 * 77 + severity), of: [0x55], at: 1_300, on: part)
      let all = flash.allBytes
      #expect(all[1_300] == 0x55)
      let page = Array(all[1_280..<1_300] + all[1_301..<1_536])
      #expect(page.allSatisfy { $0 == 0xFF }, "the page itself is not disturbed")
      #expect(all[0..<1_024].allSatisfy { $0 == 0xFF } && all[2_048...].allSatisfy { $0 == 0xFF })
      let cleared = all[1_024..<2_048].reduce(0) { $0 + (~$1).nonzeroBitCount } - 4
      // 6,144 bits, one in 16 or one in 128.
      #expect(severity == 1 ? (250...520).contains(cleared) : (15...90).contains(cleared))
    }
  }

  @Test func tornUnitsWithACodeAreOldNewOrUnreadable() throws {
    let part = smallPart(unit: 8, ecc: 8, rule: .once, page: 32)
    let bytes = [UInt8](repeating: 0x5A, count: 32)
    var flash = try Self.leave(.unreadableUnit(2), of: bytes, at: 64, on: part)
    #expect(try flash.bytes(at: 64, count: 16) == Array(bytes[0..<16]))
    #expect(throws: FlashError.unreadable(address: 80)) { try flash.bytes(at: 87, count: 1) }
    #expect(try flash.bytes(at: 88, count: 8) == [UInt8](repeating: 0xFF, count: 8))
    // What was not reached can be programmed still, what was torn cannot.
    #expect(throws: FlashError.notErased(address: 80)) {
      try flash.program([UInt8](repeating: 0, count: 8), at: 80)
    }
    try flash.program([UInt8](repeating: 0, count: 8), at: 88)
    // Bits are never torn inside a unit: that unit cannot be read.
    var torn = try Self.leave(.bits(.first), of: bytes, at: 64, on: part)
    #expect(throws: FlashError.unreadable(address: 64)) { try torn.bytes(at: 64, count: 1) }
    #expect(try torn.bytes(at: 72, count: 8) == [UInt8](repeating: 0xFF, count: 8))
  }
}

/// What a cut leaves of an erase, against content worked out by hand.
@Suite struct FaultEraseContentTests {
  /// Block 1 holds 0x3C everywhere and is torn; the blocks around it hold 0xA5.
  static func tear(_ outcome: CutOutcome, on part: FlashPart) throws -> EmulatedFlash {
    var flash = EmulatedFlash(part: part)
    try flash.program([UInt8](repeating: 0xA5, count: 1_024), at: 0)
    try flash.program([UInt8](repeating: 0x3C, count: 1_024), at: 1_024)
    try flash.program([UInt8](repeating: 0xA5, count: 1_024), at: 2_048)
    flash.leave(
      FlashOperation(kind: .erase, address: 1_024, count: 1_024), bytes: Span(), as: outcome)
    return flash
  }

  static let cases: [(CutOutcome, [(UInt8, Int)])] = [
    (.before, [(0x3C, 1_024)]), (CutOutcome(.eraseNotStarted), [(0x3C, 1_024)]),
    (.after, [(0xFF, 1_024)]), (.warmReset, [(0xFF, 1_024)]),
    (.preProgrammed(1, from: .end), [(0x3C, 768), (0, 256)]),
    (.preProgrammed(3, from: .end), [(0x3C, 256), (0, 768)]),
    (.preProgrammed(2, from: .start), [(0, 512), (0x3C, 512)]),
    (.preProgrammed(4, from: .start), [(0, 1_024)]),
    (.eraseMix(.firstHalf), [(0xFF, 512), (0x3C, 512)]),
    (.eraseMix(.lastHalf), [(0x3C, 512), (0xFF, 512)]),
    (.eraseMix(.firstHalfOfProgrammed), [(0xFF, 512), (0, 512)]),
    (.eraseMix(.lastHalfOfProgrammed), [(0, 512), (0xFF, 512)]),
    (.eraseMix(.evenBits), [(0x7D, 1_024)]), (.eraseMix(.oddBits), [(0xBE, 1_024)]),
    (CutOutcome(.looksErased), [(0xFF, 1_024)]),
  ]

  @Test(arguments: cases.indices) func tornErases(_ index: Int) throws {
    let (outcome, runs) = Self.cases[index]
    let expected = runs.flatMap { [UInt8](repeating: $0.0, count: $0.1) }
    let flash = try Self.tear(outcome, on: smallPart(unit: 1, page: 256))
    let block = flash.bytes(in: FlashRange(start: 1_024, count: 1_024))
    #expect(block == expected, "\(outcome)")
    let around = flash.bytes(in: FlashRange(start: 0, count: 1_024))
    #expect(around == [UInt8](repeating: 0xA5, count: 1_024))
  }

  @Test(arguments: [1, 2, 4, 16] as [UInt32]) func unitsAreErasedByTheirNumber(_ unit: UInt32)
    throws
  {
    for pattern in [MixPattern.evenUnits, .oddUnits] {
      let flash = try Self.tear(.eraseMix(pattern), on: smallPart(unit: unit, page: 256))
      let block = flash.bytes(in: FlashRange(start: 1_024, count: 1_024))
      let erased = pattern == .evenUnits ? 0 : 1
      for (offset, byte) in block.enumerated() {
        #expect(byte == ((offset / Int(unit)) % 2 == erased ? 0xFF : 0x3C), "byte \(offset)")
      }
    }
    let between = try Self.tear(
      .eraseMix(.evenUnitsOfProgrammed), on: smallPart(unit: unit, page: 256))
    for (offset, byte) in between.allBytes[1_024..<2_048].enumerated() {
      #expect(byte == ((offset / Int(unit)) % 2 == 0 ? 0xFF : 0), "byte \(offset)")
    }
  }

  @Test func partsErasedToZerosAreMirrored() throws {
    let part = smallPart(unit: 4, erased: .zeros)
    let half = try Self.tear(.preProgrammed(2, from: .end), on: part)
    #expect(
      half.bytes(in: FlashRange(start: 1_024, count: 1_024))
        == [UInt8](repeating: 0x3C, count: 512) + [UInt8](repeating: 0xFF, count: 512))
    let mixed = try Self.tear(.eraseMix(.firstHalf), on: part)
    #expect(
      mixed.bytes(in: FlashRange(start: 1_024, count: 1_024))
        == [UInt8](repeating: 0, count: 512) + [UInt8](repeating: 0x3C, count: 512))
  }

  /// Four zeros a byte in 8,192 bits; a share of them, or of all bits, is left.
  @Test(arguments: 1...7 as ClosedRange<UInt32>) func residueIsAShare(_ eighths: UInt32) throws {
    let part = smallPart(unit: 1, page: 256)
    let data = try Self.tear(.eraseMix(.residueOfData(eighths: eighths, seed: 5)), on: part)
    let all = try Self.tear(.eraseMix(.residueOfProgrammed(eighths: eighths, seed: 5)), on: part)
    let range = FlashRange(start: 1_024, count: 1_024)
    let fewer = data.bytes(in: range).reduce(0) { $0 + (~$1).nonzeroBitCount }
    let more = all.bytes(in: range).reduce(0) { $0 + (~$1).nonzeroBitCount }
    #expect(abs(fewer - 512 * Int(eighths)) < 160)
    #expect(abs(more - 1_024 * Int(eighths)) < 230)
    #expect(data.bytes(in: range).allSatisfy { $0 & 0x3C == 0x3C })
  }

  @Test func unitsWithACodeAreUnreadableWhereContentsMix() throws {
    let part = smallPart(unit: 8, ecc: 8, rule: .onceThenAllProgrammed)
    var mixed = try Self.tear(.eraseMix(.residueOfData(eighths: 4, seed: 3)), on: part)
    #expect(throws: FlashError.unreadable(address: 1_024)) {
      try mixed.bytes(at: 1_024, count: 1_024)
    }
    var halves = try Self.tear(.eraseMix(.firstHalf), on: part)
    #expect(
      try halves.bytes(at: 1_024, count: 1_024)
        == [UInt8](repeating: 0xFF, count: 512) + [UInt8](repeating: 0x3C, count: 512))
    try halves.program([UInt8](repeating: 7, count: 8), at: 1_024)
    #expect(throws: FlashError.notErased(address: 1_536)) {
      try halves.program([UInt8](repeating: 7, count: 8), at: 1_536)
    }
    var half = try Self.tear(.unreadable(.lastHalf), on: part)
    #expect(try half.bytes(at: 1_024, count: 512) == [UInt8](repeating: 0xFF, count: 512))
    #expect(throws: FlashError.unreadable(address: 1_536)) { try half.bytes(at: 1_536, count: 1) }
    try half.erase(at: 1_024, count: 1_024)
    #expect(half.blockState(at: 1) == .erased)
  }
}
