import FlashEmulator
import NORFlash
import Testing

@Suite struct RewriteRuleTests {
  @Test func anyBitClearsBitsAndRefusesToSetThem() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1))
    try flash.program([0xF0, 0x0F], at: 10)
    try flash.program([0x30], at: 10)
    #expect(try flash.bytes(at: 9, count: 4) == [0xFF, 0x30, 0x0F, 0xFF])
    #expect(throws: FlashError.wouldRestoreErasedBit(address: 11)) {
      try flash.program([0x00, 0x10], at: 10)
    }
    #expect(try flash.bytes(at: 10, count: 2) == [0x30, 0x0F], "a refused call changes nothing")
  }

  @Test func erasedToZerosWorksTheOtherWayRound() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 4, erased: .zeros))
    #expect(try flash.bytes(at: 0, count: 8) == [0, 0, 0, 0, 0, 0, 0, 0])
    try flash.program([1, 2, 3, 4], at: 4)
    try flash.program([3, 2, 3, 4], at: 4)
    #expect(try flash.bytes(at: 4, count: 4) == [3, 2, 3, 4])
    #expect(throws: FlashError.wouldRestoreErasedBit(address: 4)) {
      try flash.program([2, 2, 3, 4], at: 4)
    }
    try flash.erase(at: 0, count: 1_024)
    #expect(try flash.bytes(at: 4, count: 4) == [0, 0, 0, 0])
  }

  @Test func onceRefusesASecondProgramEvenOfErasedBytes() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 8, ecc: 8, rule: .once))
    let erased = [UInt8](repeating: 0xFF, count: 8)
    let zeros = [UInt8](repeating: 0, count: 8)
    try flash.program(erased, at: 16)
    #expect(throws: FlashError.notErased(address: 16)) { try flash.program(zeros, at: 16) }
    #expect(throws: FlashError.notErased(address: 16)) { try flash.program(zeros + zeros, at: 8) }
    #expect(try flash.bytes(at: 8, count: 16) == erased + erased)
    try flash.erase(at: 0, count: 1_024)
    try flash.program(zeros, at: 16)
  }

  @Test func onceThenAllProgrammedAllowsTheMark() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 8, ecc: 8, rule: .onceThenAllProgrammed))
    let data: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    let zeros = [UInt8](repeating: 0, count: 8)
    try flash.program(data, at: 0)
    #expect(throws: FlashError.notErased(address: 0)) { try flash.program(data, at: 0) }
    try flash.program(zeros, at: 0)
    #expect(try flash.bytes(at: 0, count: 8) == zeros)
    try flash.program(zeros, at: 0)
  }

  @Test func timesStopsAtTheLimit() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 4, rule: .times(limit: 2)))
    try flash.program([0xFF, 0xFF, 0xFF, 0x7F], at: 4)
    try flash.program([0xFF, 0xFF, 0xFF, 0x3F], at: 4)
    #expect(throws: FlashError.rewriteLimit(address: 4, limit: 2)) {
      try flash.program([0xFF, 0xFF, 0xFF, 0x1F], at: 4)
    }
    try flash.erase(at: 0, count: 1_024)
    try flash.program([0xFF, 0xFF, 0xFF, 0x1F], at: 4)
  }

  @Test func siliconCombinesBits() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1), enforcement: .silicon)
    try flash.program([0xF0], at: 0)
    try flash.program([0x3C], at: 0)
    #expect(try flash.bytes(at: 0, count: 1) == [0x30])
  }

  @Test func siliconBreaksTheCodeOfAUnitProgrammedTwice() throws {
    var flash = EmulatedFlash(
      part: smallPart(unit: 8, ecc: 8, rule: .once), enforcement: .silicon)
    let data: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    try flash.program(data + data, at: 0)
    try flash.program(data, at: 8)
    #expect(try flash.bytes(at: 0, count: 8) == data)
    #expect(throws: FlashError.unreadable(address: 8)) { try flash.bytes(at: 12, count: 1) }
    #expect(throws: FlashError.unreadable(address: 8)) { try flash.bytes(at: 0, count: 1_024) }
    #expect(flash.blockStates() == [.bad, .erased, .erased, .erased])
    try flash.erase(at: 0, count: 1_024)
    #expect(try flash.bytes(at: 8, count: 8) == [UInt8](repeating: 0xFF, count: 8))
    #expect(flash.blockState(at: 0) == .erased)
  }

  @Test func siliconMendsATornUnitWithTheMarkOnlyWhereThePartAllowsIt() throws {
    let zeros = [UInt8](repeating: 0, count: 8)
    var mending = EmulatedFlash(
      part: smallPart(unit: 8, ecc: 8, rule: .onceThenAllProgrammed), enforcement: .silicon)
    try mending.program([1, 2, 3, 4, 5, 6, 7, 8], at: 0)
    try mending.program([9, 2, 3, 4, 5, 6, 7, 8], at: 0)
    #expect(throws: FlashError.unreadable(address: 0)) { try mending.bytes(at: 0, count: 8) }
    try mending.program(zeros, at: 0)
    #expect(try mending.bytes(at: 0, count: 8) == zeros)
  }

  @Test func misalignedAndOutOfBoundsChangeNothing() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 4))
    #expect(throws: FlashError.misaligned(address: 2, count: 4, unit: 4)) {
      try flash.program([0, 0, 0, 0], at: 2)
    }
    #expect(throws: FlashError.misaligned(address: 4, count: 2, unit: 4)) {
      try flash.program([0, 0], at: 4)
    }
    #expect(throws: FlashError.outOfBounds(address: 4_096, count: 4)) {
      try flash.program([0, 0, 0, 0], at: 4_096)
    }
    #expect(throws: FlashError.outOfBounds(address: 4_095, count: 2)) {
      try flash.bytes(at: 4_095, count: 2)
    }
    #expect(throws: FlashError.misaligned(address: 0, count: 512, unit: 1_024)) {
      try flash.erase(at: 0, count: 512)
    }
    #expect(flash.blockStates() == [.erased, .erased, .erased, .erased])
    #expect(flash.operationCount == 0)
  }
}
