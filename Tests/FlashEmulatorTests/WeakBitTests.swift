import FlashEmulator
import NORFlash
import Testing

@Suite struct WeakBitTests {
  @Test func independentWeakBitsTakeEveryValue() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1))
    flash.makeWeak(at: 5, mask: 0x03)
    var seen: Set<UInt8> = []
    for _ in 0..<100 { seen.insert(try flash.bytes(at: 5, count: 1)[0]) }
    #expect(seen == [0xFC, 0xFD, 0xFE, 0xFF])
  }

  @Test func correlatedWeakBitsAgreeWithinARead() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1))
    flash.weakBitReading = .correlated
    flash.makeWeak(at: 5, mask: 0x03)
    flash.makeWeak(at: 9, mask: 0xF0)
    var seen: Set<[UInt8]> = []
    for _ in 0..<100 { seen.insert(try flash.bytes(at: 5, count: 5)) }
    #expect(seen == [[0xFC, 255, 255, 255, 0x0F], [255, 255, 255, 255, 255]])
  }

  @Test func programmingMakesOnlyProgrammedBitsFirm() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1))
    flash.makeWeak(at: 5, mask: 0x0F)
    try flash.program([0xF3], at: 5)
    var seen: Set<UInt8> = []
    for _ in 0..<100 { seen.insert(try flash.bytes(at: 5, count: 1)[0]) }
    #expect(seen == [0xF0, 0xF1, 0xF2, 0xF3])
    try flash.program([0xF0], at: 5)
    for _ in 0..<20 { #expect(try flash.bytes(at: 5, count: 1) == [0xF0]) }
    #expect(flash.blockState(at: 0) == .written)
  }

  @Test func programmingMakesBitsFirmOnAPartErasedToZeros() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, erased: .zeros))
    flash.makeWeak(at: 5, mask: 0x0F)
    try flash.program([0x0C], at: 5)
    var seen: Set<UInt8> = []
    for _ in 0..<100 { seen.insert(try flash.bytes(at: 5, count: 1)[0]) }
    #expect(seen == [0x0C, 0x0D, 0x0E, 0x0F])
  }

  @Test func aWeakUnitWithECCReadsAsOneOfTwoWordsOrNotAtAll() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 8, ecc: 8, rule: .once))
    try flash.program([1, 2, 3, 4, 5, 6, 7, 8], at: 8)
    flash.makeWeak(at: 9, mask: 0x82)
    var words: Set<[UInt8]> = []
    var errors = 0
    for _ in 0..<100 {
      do throws(FlashError) {
        words.insert(try flash.bytes(at: 9, count: 2))
      } catch {
        #expect(error == .unreadable(address: 8))
        errors += 1
      }
    }
    #expect(words == [[2, 3], [0x80, 3]])
    #expect(errors > 10)
    #expect(try flash.bytes(at: 16, count: 8) == [UInt8](repeating: 0xFF, count: 8))
  }

  @Test func corruptionOverwritesWeakBitsAndECCErrors() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 8, ecc: 8, rule: .once))
    flash.makeUnreadable(FlashRange(start: 17, count: 8))
    #expect(flash.blockState(at: 0) == .bad)
    #expect(throws: FlashError.unreadable(address: 16)) { try flash.bytes(at: 23, count: 1) }
    #expect(throws: FlashError.unreadable(address: 24)) { try flash.bytes(at: 24, count: 1) }
    flash.corrupt(at: 20, bytes: [1, 2, 3, 4, 5])
    #expect(try flash.bytes(at: 19, count: 7) == [0xFF, 1, 2, 3, 4, 5, 0xFF])
    #expect(throws: FlashError.notErased(address: 16)) {
      try flash.program([UInt8](repeating: 0, count: 8), at: 16)
    }
  }
}
