import FlashEmulator
import NORFlash
import Testing

/// A row of the table of published and derived costs of a 512 KiB slot rewrite, in seconds.
struct RewriteCost: CustomTestStringConvertible, Sendable {
  var part: String
  var eraseStep: UInt32
  var typical: Double
  var maximum: Double
  var testDescription: String { "\(part), erased \(eraseStep) bytes at a time" }

  static let all = [
    RewriteCost(part: "W25Q128JV", eraseStep: 4_096, typical: 6.6, maximum: 57),
    RewriteCost(part: "W25Q128JV", eraseStep: 524_288, typical: 2.0, maximum: 22),
    RewriteCost(part: "ESP32-C3-MINI-1", eraseStep: 4_096, typical: 10.6, maximum: 74),
    RewriteCost(part: "ESP32-C3-MINI-1", eraseStep: 524_288, typical: 4.0, maximum: 34),
    RewriteCost(part: "MX25R6435F", eraseStep: 4_096, typical: 8.0, maximum: 60),
    RewriteCost(part: "MX25R6435F", eraseStep: 65_536, typical: 5.7, maximum: 42),
    RewriteCost(part: "nRF52840", eraseStep: 524_288, typical: 16.3, maximum: 16.3),
    RewriteCost(part: "STM32H743", eraseStep: 524_288, typical: 6.5, maximum: 13),
    RewriteCost(part: "STM32G0B1", eraseStep: 524_288, typical: 11.2, maximum: 18.4),
    RewriteCost(part: "STM32F103", eraseStep: 524_288, typical: 18.9, maximum: 28.6),
  ]
}

@Suite struct TimeAndWearTests {
  @Test(arguments: RewriteCost.all) func aSlotRewriteTakesAsLongAsTheTableSays(
    _ cost: RewriteCost
  ) throws {
    var flash = EmulatedFlash(part: try .named(cost.part))
    let page = [UInt8](repeating: 0x5A, count: 4_096)
    for address in stride(from: 0 as UInt32, to: 524_288, by: Int(cost.eraseStep)) {
      try flash.erase(at: address, count: cost.eraseStep)
    }
    for address in stride(from: 0 as UInt32, to: 524_288, by: page.count) {
      try flash.program(page, at: address)
    }
    let time = flash.elapsedTime
    let typical = Double((time.program + time.erase).typical) / 1e9
    let maximum = Double((time.program + time.erase).maximum) / 1e9
    #expect(abs(typical - cost.typical) / cost.typical < 0.02, "\(typical) s")
    #expect(abs(maximum - cost.maximum) / cost.maximum < 0.02, "\(maximum) s")
  }

  @Test func theLargestEraseCommandThatFitsIsTaken() throws {
    var flash = EmulatedFlash(part: try .named("W25Q128JV"))
    // 4 KiB up to the boundary of 32 KiB, 32 KiB up to that of 64 KiB, 64 KiB, then 4 KiB.
    try flash.erase(at: 0x7000, count: 0x1000 + 0x8000 + 0x10000 + 0x1000)
    #expect(flash.elapsedTime.erase == .milliseconds(360, 4_400))
    #expect(flash.statistics.erasedBlocks == 26)
    let neighbours = Array(flash.wear[6...33])
    #expect(neighbours == [0] + [UInt32](repeating: 1, count: 26) + [0])
    let longest = flash.longestOperation
    #expect(longest?.time == .milliseconds(150, 2_000))
    #expect(longest?.address == 0x10000)
  }

  @Test func nonUniformBlocksAreErasedByTheirOwnCommand() throws {
    var flash = EmulatedFlash(part: try .named("STM32F407"))
    try flash.program([UInt8](repeating: 0, count: 4), at: 0x1_FFFC)
    try flash.program([UInt8](repeating: 0, count: 4), at: 0x2_0000)
    #expect(throws: FlashError.misaligned(address: 0x1_0000, count: 0x4000, unit: 0x1_0000)) {
      try flash.erase(at: 0x1_0000, count: 0x4000)
    }
    try flash.erase(at: 0, count: 0x2_0000)
    #expect(flash.elapsedTime.erase == .milliseconds(1_550, 3_100))
    #expect(flash.wear == [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
    #expect(try flash.bytes(at: 0x1_FFFC, count: 8) == [255, 255, 255, 255, 0, 0, 0, 0])
    let longest = flash.longestOperation
    #expect(longest?.time == .milliseconds(550, 1_100))
  }

  @Test func readsAndTransfersFollowTheBus() throws {
    var flash = EmulatedFlash(part: try .named("W25Q128JV"))
    _ = try flash.bytes(at: 0, count: 4_000)
    // 500 ns of command and 25 ns for each byte on four lines at 80 MHz.
    #expect(flash.elapsedTime.transfer == TimingRange(typical: 100_500, maximum: 100_500))
    #expect(flash.elapsedTime.program == .zero && flash.elapsedTime.erase == .zero)
    #expect(flash.longestOperation == nil)
    try flash.program([0], at: 0)
    let longest = flash.longestOperation
    #expect(longest?.operation == .program)
    #expect(longest?.time == .milliseconds(0.4, 3))
  }

  @Test func statisticsAreCountedByPartition() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 4, page: 16))
    flash.register("first", range: FlashRange(start: 0, count: 1_024))
    flash.register("second", range: FlashRange(start: 1_024, count: 2_048))
    try flash.program([UInt8](repeating: 0, count: 32), at: 1_024)
    let middle = flash.statistics
    let middleOfSecond = try used("second", of: flash)
    _ = try flash.bytes(at: 100, count: 10)
    _ = try flash.bytes(at: 3_500, count: 3)
    try flash.erase(at: 1_024, count: 2_048)

    let first = try used("first", of: flash)
    #expect(first.readCalls == 1 && first.readBytes == 10 && first.programCalls == 0)
    let second = try used("second", of: flash)
    #expect(second.programCalls == 1 && second.programBytes == 32 && second.programmedPages == 2)
    #expect(second.eraseCalls == 1 && second.erasedBlocks == 2 && second.erasedBytes == 2_048)
    #expect(second.readCalls == 0)
    #expect((second - middleOfSecond).programCalls == 0)
    #expect((second - middleOfSecond).erasedBlocks == 2)
    let later = flash.statistics - middle
    #expect(later.readCalls == 2 && later.readBytes == 13 && later.erasedBlocks == 2)
    #expect(later.programBytes == 0)
    #expect(flash.statistics(of: "third") == nil)
    #expect(flash.namedRanges.map(\.name) == ["first", "second"])
  }

  /// What `flash` counted for a registered range.
  func used(_ name: String, of flash: borrowing EmulatedFlash) throws -> FlashStatistics {
    let statistics = flash.statistics(of: name)
    return try #require(statistics)
  }

  @Test func lookingAtTheContentIsNoOperation() throws {
    var flash = EmulatedFlash(part: smallPart())
    _ = flash.bytes(in: FlashRange(start: 0, count: 100))
    _ = flash.blockStates()
    flash.corrupt(at: 3, bytes: [1])
    #expect(flash.statistics == FlashStatistics())
    #expect(flash.operationCount == 0)
    #expect(flash.elapsedTime.total == .zero)
  }

  @Test func wearCanStartHigh() throws {
    var flash = EmulatedFlash(part: smallPart())
    flash.setWear(900)
    try flash.erase(at: 1_024, count: 1_024)
    #expect(flash.wear == [900, 901, 900, 900])
  }
}
