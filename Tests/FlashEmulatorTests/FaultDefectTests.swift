import FlashEmulator
import NORFlash
import Testing

/// Flash that is worn out or lies, with the power on.
@Suite struct FaultDefectTests {
  static let zeros = [UInt8](repeating: 0, count: 48)

  @Test func aProgramFailsAndSaysSo() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 16))
    flash.inject(.failure(leaving: .prefix(3)), at: 1)
    #expect(throws: FlashError.programFailed(address: 16)) { try flash.program(Self.zeros, at: 0) }
    let expected = [UInt8](repeating: 0, count: 19) + [UInt8](repeating: 255, count: 29)
    #expect(try flash.bytes(at: 0, count: 48) == expected)
    #expect(flash.isPowered == true && flash.operationCount == 2)
    try flash.program(Self.zeros, at: 0)
    #expect(try flash.bytes(at: 0, count: 48) == Self.zeros, "it fails once")
  }

  @Test func aProgramLies() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 16))
    flash.inject(.silent(leaving: .before), at: 1)
    flash.inject(.silent(leaving: .bits(.allButLast)), at: 2)
    try flash.program(Self.zeros, at: 0)
    let expected =
      [UInt8](repeating: 0, count: 16) + [UInt8](repeating: 255, count: 16)
      + [UInt8](repeating: 0, count: 15) + [0x80]
    #expect(try flash.bytes(at: 0, count: 48) == expected)
    #expect(flash.operationCount == 3)
  }

  @Test func anEraseFailsOrLies() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 16))
    for address in stride(from: 0 as UInt32, to: 4_096, by: 1_024) {
      try flash.program(Self.zeros, at: address)
    }
    flash.inject(.silent(leaving: .before), at: 1)
    flash.inject(.failure(leaving: .eraseMix(.lastHalf)), at: 2)
    #expect(throws: FlashError.eraseFailed(address: 2_048)) { try flash.erase(at: 0, count: 4_096) }
    #expect(flash.blockStates() == [.erased, .written, .written, .written])
    #expect(try flash.bytes(at: 1_024, count: 48) == Self.zeros)
    #expect(flash.wear == [1, 1, 1, 0])
    try flash.erase(at: 0, count: 4_096)
    #expect(flash.blockStates() == [.erased, .erased, .erased, .erased])
  }

  @Test func aCutComesBeforeADefect() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 16))
    flash.inject(.silent(leaving: .before), at: 0)
    flash.inject(.failure(leaving: .before), at: 2)
    flash.cutPower(at: 1, phase: .outcome(.prefix(1)))
    #expect(throws: FlashError.powerLost) { try flash.program(Self.zeros, at: 0) }
    #expect(flash.allBytes.firstIndex(of: 0) == 16 && flash.allBytes.filter { $0 == 0 }.count == 1)
    flash.restorePower()
    flash.removeDefects()
    try flash.program(Self.zeros, at: 0)
    #expect(try flash.bytes(at: 0, count: 48) == Self.zeros)
  }

  @Test func readsOfDefectiveBytes() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 8, ecc: 8, rule: .once))
    flash.inject(.stuck(mask: 0x0F, value: 0x05), at: 9)
    flash.inject(.flipped(mask: 0x80), at: 10)
    #expect(try flash.bytes(at: 8, count: 4) == [0xFF, 0xF5, 0x7F, 0xFF])
    try flash.program([UInt8](repeating: 0, count: 8), at: 8)
    #expect(try flash.bytes(at: 8, count: 4) == [0, 0x05, 0x80, 0])
    #expect(try flash.bytes(at: 10, count: 1) == [0x80])
    flash.inject(.unreadable, at: 21)
    #expect(throws: FlashError.unreadable(address: 16)) { try flash.bytes(at: 0, count: 32) }
    #expect(try flash.bytes(at: 16, count: 5).allSatisfy { $0 == 255 }, "the byte is not touched")
    flash.inject(nil as ReadDefect?, at: 21)
    #expect(try flash.bytes(at: 16, count: 8).allSatisfy { $0 == 255 })
    try flash.erase(at: 0, count: 1_024)
    #expect(try flash.bytes(at: 8, count: 4) == [0xFF, 0xF5, 0x7F, 0xFF])
    #expect(flash.blockState(at: 0) == .erased)
    flash.removeDefects()
    #expect(try flash.bytes(at: 8, count: 4) == [0xFF, 0xFF, 0xFF, 0xFF])
  }
}
