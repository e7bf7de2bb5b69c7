import FlashEmulator
import NORFlash
import Testing

/// Power cuts with chosen outcomes, through the calls of a device.
@Suite struct FaultCutTests {
  /// Each outcome of each operation: cutting the device leaves what `leave` leaves, and takes the
  /// power; wear counts every erase that began.
  @Test(arguments: FaultPart.all) func aCutLeavesItsOutcome(_ test: FaultPart) throws {
    var flash = try test.prepared()
    let start = flash.checkpoint()
    for cut in test.operations() {
      for outcome in cut.outcomes(under: .vendorWorst, on: flash) {
        let worn = flash.wear
        let counted = flash.operationCount
        cut.leave(as: outcome, on: &flash)
        let expected = flash.snapshot()
        #expect(flash.wear == worn && flash.operationCount == counted)
        flash.rollback(to: start)
        flash.cutPower(at: 0, phase: .outcome(outcome))
        #expect(throws: FlashError.powerLost) { try cut.perform(on: &flash) }
        let left = flash.snapshot()
        #expect(left.hasSameContent(as: expected), "\(cut), \(outcome)")
        #expect(flash.isPowered == false && flash.hasPendingPowerCut == false)
        #expect(flash.lastPowerCut?.phase == .outcome(outcome))
        #expect(flash.lastPowerCut?.address == cut.operation.address)
        #expect(flash.operationCount == counted + (outcome == .before ? 0 : 1))
        let block = Int(cut.operation.address / 1_024)
        let isWorn = cut.operation.kind == .erase && outcome != .before
        #expect(flash.wear[block] == worn[block] + (isWorn ? 1 : 0), "\(cut), \(outcome)")
        flash.rollback(to: start)
      }
    }
  }

  @Test func theOperationsBeforeAreComplete() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 16))
    flash.cutPower(at: 2, phase: .outcome(.prefix(3)))
    #expect(throws: FlashError.powerLost) {
      try flash.program([UInt8](repeating: 0, count: 64), at: 8)
    }
    // Pages end at 16 and 32; the third holds three bytes.
    let expected = [UInt8](repeating: 0, count: 27) + [UInt8](repeating: 255, count: 29)
    #expect(flash.bytes(in: FlashRange(start: 8, count: 56)) == expected)
    flash.restorePower()
    flash.cutPower(at: 1, phase: .outcome(.preProgrammed(1, from: .start)))
    #expect(throws: FlashError.powerLost) { try flash.erase(at: 0, count: 3_072) }
    #expect(flash.bytes(in: FlashRange(start: 0, count: 1_024)).allSatisfy { $0 == 255 })
    let second = flash.bytes(in: FlashRange(start: 1_024, count: 1_024))
    #expect(second[..<256].allSatisfy { $0 == 0 } && second[256...].allSatisfy { $0 == 255 })
    #expect(flash.wear == [1, 1, 0, 0])
  }

  /// Fault F6: commands are accepted and lost before the processor notices.
  @Test func aBrownOutDropsOperationsAndThenTakesThePower() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 16))
    let zeros = [UInt8](repeating: 0, count: 16)
    flash.cutPower(at: 1, phase: .outcome(.brownOutTail(2)))
    try flash.program(zeros + zeros, at: 0)
    #expect(flash.isPowered == true && flash.hasPendingPowerCut == true)
    #expect(try flash.bytes(at: 0, count: 32) == zeros + [UInt8](repeating: 255, count: 16))
    try flash.erase(at: 0, count: 1_024)
    #expect(try flash.bytes(at: 0, count: 16) == zeros)
    #expect(flash.wear == [0, 0, 0, 0] && flash.operationCount == 3)
    #expect(throws: FlashError.powerLost) { try flash.program(zeros, at: 64) }
    #expect(flash.isPowered == false && flash.lastPowerCut?.index == 3)
    #expect(flash.bytes(in: FlashRange(start: 64, count: 16)).allSatisfy { $0 == 255 })
    flash.restorePower()
    try flash.program(zeros, at: 64)
    #expect(try flash.bytes(at: 64, count: 16) == zeros)
  }

  @Test func aTailCanEndInsideACall() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 16))
    let zeros = [UInt8](repeating: 0, count: 64)
    flash.dropOperations(2)
    #expect(throws: FlashError.powerLost) { try flash.program(zeros, at: 0) }
    #expect(flash.allBytes.allSatisfy { $0 == 255 })
    flash.restorePower()
    let point = flash.checkpoint()
    flash.dropOperations(1)
    try flash.erase(at: 1_024, count: 1_024)
    #expect(throws: FlashError.powerLost) { try flash.erase(at: 0, count: 2_048) }
    flash.rollback(to: point)
    flash.dropOperations(3)
    flash.cancelPowerCut()
    try flash.program(zeros, at: 0)
    #expect(try flash.bytes(at: 0, count: 64) == zeros, "nothing is dropped any more")
    flash.dropOperations(3)
    flash.rollback(to: point)
    try flash.program(zeros, at: 0)
    #expect(try flash.bytes(at: 0, count: 64) == zeros)
  }

  @Test func aPageThatLooksRightMayNotBe() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 256))
    flash.weakBitReading = .independent
    let zeros = [UInt8](repeating: 0, count: 16)
    for (fault, stored) in [(Fault.looksComplete, zeros), (.looksUntouched, zeros.map { ~$0 })] {
      try flash.erase(at: 0, count: 1_024)
      flash.cutPower(at: 0, phase: .outcome(CutOutcome(fault)))
      #expect(throws: FlashError.powerLost) { try flash.program(zeros, at: 0) }
      flash.restorePower()
      #expect(flash.bytes(in: FlashRange(start: 0, count: 16)) == stored)
      #expect(flash.blockState(at: 0) == .bad)
      var seen: Set<[UInt8]> = []
      for _ in 0..<10 { seen.insert(try flash.bytes(at: 0, count: 16)) }
      #expect(seen.count == 10)
      // The same bytes again make the bits firm.
      try flash.program(zeros, at: 0)
      #expect(try flash.bytes(at: 0, count: 16) == zeros)
      #expect(flash.blockState(at: 0) == .written)
    }
  }

  @Test func aBlockThatLooksErasedShowsItsOldData() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 256))
    flash.weakBitReading = .flipsAfter(reads: 1)
    let data = Array(FaultPart.noise[0..<1_024])
    try flash.program(data, at: 0)
    flash.cutPower(at: 0, phase: .outcome(CutOutcome(.looksErased)))
    #expect(throws: FlashError.powerLost) { try flash.erase(at: 0, count: 1_024) }
    flash.restorePower()
    #expect(try flash.bytes(at: 0, count: 1_024).allSatisfy { $0 == 255 })
    #expect(try flash.bytes(at: 0, count: 1_024) == data)
    try flash.erase(at: 0, count: 1_024)
    for _ in 0..<2 { #expect(try flash.bytes(at: 0, count: 1_024).allSatisfy { $0 == 255 }) }
  }
}
