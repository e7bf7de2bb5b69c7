import NORFlash
import Testing

@testable import FlashEmulator

@Suite struct ContentTrackingTests {
  /// Erase blocks that are no power of two: every byte still counts into the digest.
  @Test(arguments: [828, 864, 1_000, 2_304, 4_096] as [UInt32], [1, 4] as [UInt32])
  func everyByteCounts(eraseBlock: UInt32, unit: UInt32) throws {
    let part = try FlashPart(
      name: "odd", family: .embedded,
      geometry: FlashGeometry(blockCount: 2, eraseBlock: eraseBlock, programUnit: unit),
      timing: FlashTiming(
        programPage: unit, pageProgram: .microseconds(10, 20),
        eraseCommands: [EraseCommand(size: eraseBlock, time: .milliseconds(1, 2))],
        bus: .memoryMapped),
      endurance: 1_000,
      evidence: FlashPartEvidence(geometry: .memory, timing: .memory, endurance: .memory))
    for address in stride(from: 0, to: 2 * eraseBlock, by: 4) {
      var flash = EmulatedFlash(part: part)
      flash.trackContent()
      let before = flash.contentDigest()
      let start = flash.checkpoint()
      try flash.program([0, 0, 0, 0], at: address)
      #expect(flash.contentDigest() != before, "address \(address)")
      flash.rollback(to: start)
      #expect(flash.contentDigest() == before, "address \(address)")
    }
  }
}
