import FlashEmulator
import NORFlash

/// A small part for tests: blocks of 1 KiB, with the rules of a real one.
func smallPart(
  unit: UInt32 = 4, ecc: UInt32 = 0, rule: RewriteRule = .anyBit, erased: ErasedContent = .ones,
  page: UInt32? = nil, blocks: UInt32 = 4
) -> FlashPart {
  do {
    return try FlashPart(
      name: "test", family: .embedded,
      geometry: FlashGeometry(
        blockCount: blocks, eraseBlock: 1_024, programUnit: unit, eccUnit: ecc, erased: erased,
        rewriteRule: rule),
      timing: FlashTiming(
        programPage: page ?? unit, pageProgram: .microseconds(10, 20),
        eraseCommands: [EraseCommand(size: 1_024, time: .milliseconds(1, 2))], bus: .memoryMapped),
      endurance: 1_000,
      evidence: FlashPartEvidence(geometry: .memory, timing: .memory, endurance: .memory))
  } catch {
    preconditionFailure("the test part is described wrongly: \(error)")
  }
}

extension EmulatedFlash {
  /// Reads through the device, as a driver does.
  mutating func bytes(at address: UInt32, count: Int) throws(FlashError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    var span = buffer.mutableSpan
    try read(at: address, into: &span)
    return buffer
  }

  mutating func program(_ bytes: [UInt8], at address: UInt32) throws(FlashError) {
    try program(at: address, bytes.span)
  }

  var allBytes: [UInt8] { bytes(in: FlashRange(start: 0, count: size)) }
}
