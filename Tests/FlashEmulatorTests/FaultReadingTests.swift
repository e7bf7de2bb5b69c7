import FlashEmulator
import NORFlash
import Testing

/// Takes prepared choices, and notes what it was asked.
final class Choices: WeakReadingChooser {
  struct Question: Equatable {
    var address: UInt32
    var count: UInt32
    var options: Int
  }

  var answers: [Int]
  var questions: [Question] = []

  init(_ answers: [Int]) { self.answers = answers }

  func choose(at address: UInt32, count: UInt32, options: Int) -> Int {
    questions.append(Question(address: address, count: count, options: options))
    return answers.isEmpty ? 0 : answers.removeFirst()
  }
}

@Suite struct FaultReadingTests {
  /// Bytes 4 and 5 weak in all bits that held data, 9 in one bit.
  static func weakFlash(_ reading: WeakBitReading, _ chooser: Choices? = nil) throws
    -> EmulatedFlash
  {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 256))
    flash.weakBitReading = reading
    flash.readingChooser = chooser
    flash.makeWeak(at: 4, mask: 0x0F)
    flash.makeWeak(at: 5, mask: 0xFF)
    flash.makeWeak(at: 9, mask: 0x10)
    return flash
  }

  @Test func eachRunOfWeakUnitsIsOneQuestion() throws {
    let choices = Choices([1, 1])
    var flash = try Self.weakFlash(.chosen(.untilReset), choices)
    #expect(try flash.bytes(at: 3, count: 8) == [255, 0xF0, 0, 255, 255, 255, 0xEF, 255])
    #expect(
      choices.questions == [
        .init(address: 4, count: 2, options: 4), .init(address: 9, count: 1, options: 2),
      ])
    #expect(try flash.bytes(at: 10, count: 8).allSatisfy { $0 == 255 })
    #expect(choices.questions.count == 2)
  }

  @Test(
    arguments: [
      (0, [0xFF, 0xFF]), (1, [0xF0, 0x00]), (2, [0xFA, 0xAA]), (3, [0xF5, 0x55]),
    ] as [(Int, [UInt8])]) func choicesInvertBits(_ choice: Int, _ expected: [UInt8]) throws
  {
    for hold in WeakHold.allCases {
      var flash = try Self.weakFlash(.chosen(hold), Choices([choice]))
      #expect(try flash.bytes(at: 4, count: 2) == expected)
    }
  }

  @Test func aReadingForGoodMakesBitsFirm() throws {
    let choices = Choices([2, 1])
    var flash = try Self.weakFlash(.chosen(.forGood), choices)
    let start = flash.checkpoint()
    let before = flash.snapshot()
    #expect(try flash.bytes(at: 4, count: 1) == [0xFA])
    flash.cutPowerNow()
    flash.restorePower()
    #expect(try flash.bytes(at: 4, count: 2) == [0xFA, 0x00], "the second byte was undecided")
    #expect(choices.questions.map(\.address) == [4, 5])
    #expect(flash.bytes(in: FlashRange(start: 4, count: 2)) == [0xFA, 0x00])
    flash.rollback(to: start)
    let back = flash.snapshot()
    #expect(back == before)
    _ = try flash.bytes(at: 4, count: 1)
    #expect(choices.questions.count == 3)
  }

  @Test func aReadingUntilResetIsUndecidedAgainAfterwards() throws {
    let choices = Choices([1, 0, 1])
    var flash = try Self.weakFlash(.chosen(.untilReset), choices)
    let before = flash.snapshot()
    #expect(try flash.bytes(at: 4, count: 1) == [0xF0])
    for _ in 0..<3 { #expect(try flash.bytes(at: 4, count: 2) == [0xF0, 0xFF]) }
    #expect(choices.questions.map(\.address) == [4, 5])
    let after = flash.snapshot()
    #expect(after == before, "a reading that holds is no state")
    flash.cutPowerNow()
    flash.restorePower()
    #expect(try flash.bytes(at: 4, count: 2) == [0xF0, 0x00])
    #expect(choices.questions.count == 3)
    // What is programmed is firm, the other bits keep their reading.
    try flash.program([0xFB], at: 4)
    #expect(try flash.bytes(at: 4, count: 1) == [0xF0])
    #expect(flash.bytes(in: FlashRange(start: 4, count: 1)) == [0xFB])
    try flash.erase(at: 0, count: 1_024)
    #expect(try flash.bytes(at: 4, count: 2) == [0xFF, 0xFF])
  }

  @Test func aRollbackReturnsToTheReadingsOfItsCheckpoint() throws {
    let choices = Choices([1, 1, 0])
    var flash = try Self.weakFlash(.chosen(.untilReset), choices)
    _ = try flash.bytes(at: 4, count: 2)
    let point = flash.checkpoint()
    #expect(try flash.bytes(at: 9, count: 1) == [0xEF])
    flash.rollback(to: point)
    #expect(try flash.bytes(at: 4, count: 6) == [0xF0, 0, 255, 255, 255, 0xFF])
    #expect(choices.questions.map(\.address) == [4, 9, 9])
  }

  @Test func withoutAChooserCellsAreReadAsTheyAre() throws {
    var flash = try Self.weakFlash(.chosen(.untilReset))
    #expect(try flash.bytes(at: 0, count: 16).allSatisfy { $0 == 255 })
  }

  @Test func readsFlipAfterAFew() throws {
    var flash = try Self.weakFlash(.flipsAfter(reads: 2))
    let start = flash.checkpoint()
    let before = flash.snapshot()
    #expect(try flash.bytes(at: 0, count: 8).allSatisfy { $0 == 255 })
    #expect(flash.weakReadCounts.map(\.reads) == [1])
    #expect(flash.weakReadCounts.map(\.page) == [0])
    let once = flash.snapshot()
    #expect(!once.hasSameContent(as: before), "the count decides what is read later")
    #expect(try flash.bytes(at: 0, count: 3) == [255, 255, 255], "touches no weak bit")
    #expect(try flash.bytes(at: 4, count: 1) == [0xFF])
    for _ in 0..<3 { #expect(try flash.bytes(at: 4, count: 2) == [0xF0, 0x00]) }
    #expect(flash.weakReadCounts.map(\.reads) == [2], "counts stop at the limit")
    flash.restore(once)
    #expect(flash.weakReadCounts.map(\.reads) == [1])
    flash.rollback(to: start)
    #expect(flash.weakReadCounts.isEmpty)
    for _ in 0..<2 { #expect(try flash.bytes(at: 4, count: 1) == [0xFF]) }
    #expect(try flash.bytes(at: 4, count: 1) == [0xF0])
    try flash.erase(at: 0, count: 1_024)
    #expect(flash.weakReadCounts.isEmpty)
    #expect(try flash.bytes(at: 4, count: 2) == [0xFF, 0xFF])
  }

  static let codedPart = smallPart(unit: 8, ecc: 8, rule: .once)

  /// Units 1 and 2 read as programmed, as erased, or not at all.
  static func codedFlash(_ reading: WeakBitReading, _ chooser: Choices?) -> EmulatedFlash {
    var flash = EmulatedFlash(part: codedPart)
    flash.weakBitReading = reading
    flash.readingChooser = chooser
    for address in [8, 16] as [UInt32] {
      let bytes = [UInt8](repeating: 0x5A, count: 8)
      flash.leave(
        FlashOperation(kind: .program, address: address, count: 8), bytes: bytes.span,
        as: CutOutcome(.looksComplete))
    }
    return flash
  }

  @Test func aUnitWithACodeHasThreeReadings() throws {
    let choices = Choices([0, 1, 2])
    var flash = Self.codedFlash(.chosen(.untilReset), choices)
    #expect(try flash.bytes(at: 8, count: 16) == [UInt8](repeating: 0x5A, count: 16))
    flash.restorePower()
    #expect(try flash.bytes(at: 8, count: 8) == [UInt8](repeating: 0xFF, count: 8))
    #expect(throws: FlashError.unreadable(address: 16)) { try flash.bytes(at: 20, count: 1) }
    #expect(throws: FlashError.unreadable(address: 16)) { try flash.bytes(at: 8, count: 16) }
    #expect(choices.questions.allSatisfy { $0.options == 3 } && choices.questions.count == 3)
    #expect(choices.questions[0] == .init(address: 8, count: 16, options: 3))
  }

  @Test func anUnreadableChoiceForGoodStays() throws {
    for answer in 0...2 {
      let choices = Choices([answer])
      var flash = Self.codedFlash(.chosen(.forGood), choices)
      let start = flash.checkpoint()
      let before = flash.snapshot()
      for _ in 0..<2 {
        if answer == 2 {
          #expect(throws: FlashError.unreadable(address: 8)) { try flash.bytes(at: 8, count: 16) }
        } else {
          let byte: UInt8 = answer == 0 ? 0x5A : 0xFF
          #expect(try flash.bytes(at: 8, count: 16) == [UInt8](repeating: byte, count: 16))
        }
      }
      #expect(choices.questions.count == 1)
      flash.rollback(to: start)
      let back = flash.snapshot()
      #expect(back == before)
    }
  }

  @Test func aUnitWithACodeFailsAfterAFewReads() throws {
    var flash = Self.codedFlash(.flipsAfter(reads: 1), nil)
    #expect(try flash.bytes(at: 8, count: 8) == [UInt8](repeating: 0x5A, count: 8))
    #expect(throws: FlashError.unreadable(address: 8)) { try flash.bytes(at: 8, count: 8) }
    #expect(try flash.bytes(at: 0, count: 8) == [UInt8](repeating: 0xFF, count: 8))
  }

  @Test func aTrapTakesTheProcessorAway() throws {
    var flash = EmulatedFlash(part: Self.codedPart)
    flash.unreadableReading = .trap
    flash.makeUnreadable(FlashRange(start: 16, count: 8))
    #expect(try flash.bytes(at: 0, count: 16).allSatisfy { $0 == 255 })
    #expect(flash.lastTrap == nil)
    #expect(throws: FlashError.powerLost) { try flash.bytes(at: 0, count: 32) }
    #expect(flash.lastTrap == 16 && flash.isPowered == false)
    #expect(throws: FlashError.powerLost) { try flash.bytes(at: 0, count: 8) }
    #expect(throws: FlashError.powerLost) { try flash.erase(at: 0, count: 1_024) }
    flash.restorePower()
    #expect(try flash.bytes(at: 0, count: 8).allSatisfy { $0 == 255 })
    flash.unreadableReading = .error
    #expect(throws: FlashError.unreadable(address: 16)) { try flash.bytes(at: 0, count: 32) }
    #expect(flash.isPowered == true)
  }

  @Test func erasedUnitsReadAsAnythingUntilProgrammed() throws {
    var flash = EmulatedFlash(part: Self.codedPart)
    try flash.program([UInt8](repeating: 0xFF, count: 8), at: 8)
    flash.erasedReading = .undefined(seed: 3)
    let first = try flash.bytes(at: 0, count: 64)
    #expect(Array(first[8..<16]) == [UInt8](repeating: 0xFF, count: 8), "it was programmed")
    #expect(Set(first).count > 20)
    #expect(try flash.bytes(at: 0, count: 64) == first)
    #expect(try flash.bytes(at: 35, count: 7) == Array(first[35..<42]), "by address")
    #expect(flash.bytes(in: FlashRange(start: 0, count: 64)).allSatisfy { $0 == 255 })
    #expect(flash.indeterminateReads == 0)
    try flash.program([1, 2, 3, 4, 5, 6, 7, 8], at: 16)
    #expect(try flash.bytes(at: 16, count: 8) == [1, 2, 3, 4, 5, 6, 7, 8])
    try flash.erase(at: 0, count: 1_024)
    #expect(try flash.bytes(at: 16, count: 8) == Array(first[16..<24]))
    flash.erasedReading = .undefined(seed: 4)
    #expect(try flash.bytes(at: 16, count: 8) != Array(first[16..<24]))
    flash.erasedReading = .defined
    #expect(try flash.bytes(at: 0, count: 64).allSatisfy { $0 == 255 })
    var serial = EmulatedFlash(part: smallPart(unit: 1, page: 256))
    serial.erasedReading = .undefined(seed: 3)
    #expect(try serial.bytes(at: 0, count: 64).allSatisfy { $0 == 255 })
  }

  @Test func readsOfIndeterminateBytesAreFindings() throws {
    var flash = try Self.weakFlash(.independent)
    _ = try flash.bytes(at: 0, count: 4)
    #expect(flash.indeterminateReads == 0 && flash.firstIndeterminateRead == nil)
    _ = try flash.bytes(at: 0, count: 64)
    _ = try flash.bytes(at: 9, count: 1)
    #expect(flash.indeterminateReads == 2 && flash.firstIndeterminateRead == 4)
    flash.clearReadFindings()
    var coded = EmulatedFlash(part: Self.codedPart)
    coded.makeUnreadable(FlashRange(start: 24, count: 1))
    #expect(throws: FlashError.self) { try coded.bytes(at: 0, count: 64) }
    #expect(coded.firstIndeterminateRead == 24 && flash.indeterminateReads == 0)
  }

  @Test func aModelSetsHowTornLocationsAreRead() {
    var flash = EmulatedFlash(part: Self.codedPart)
    var model = FaultModel.eccMCU
    model.unreadableReading = .trap
    flash.adoptReadings(of: model)
    #expect(flash.weakBitReading == .chosen(.untilReset))
    #expect(flash.unreadableReading == .trap && flash.erasedReading == .undefined(seed: 0))
    flash.adoptReadings(of: .norRealistic)
    #expect(flash.unreadableReading == .error && flash.erasedReading == .defined)
  }
}
