import FlashEmulator
import NORFlash

/// A flash of two erase blocks, as small as a metadata log can be tried on.
func logPart(block: UInt32, unit: UInt32) throws -> FlashPart {
  try FlashPart(
    name: "log", family: .embedded,
    geometry: FlashGeometry(blockCount: 2, eraseBlock: block, programUnit: unit),
    timing: FlashTiming(
      programPage: 64, pageProgram: .milliseconds(1, 2),
      eraseCommands: [EraseCommand(size: block, time: .milliseconds(10, 20))],
      bus: .memoryMapped),
    endurance: 10_000,
    evidence: FlashPartEvidence(geometry: .memory, timing: .memory, endurance: .memory))
}
