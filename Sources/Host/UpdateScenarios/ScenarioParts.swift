internal import FlashEmulator
internal import NORFlash

/// The parts that the scenarios are searched on.
///
/// Small erase blocks, so that a slot and a sector of the metadata log are small too and the log
/// moves within every update. What they do at a cut is what the real parts of their kind do.
enum ScenarioParts {
  /// Plain serial NOR: any bit can be programmed, pages of 256 bytes, blocks of 1 KiB.
  static let serial = make(
    "nor-1k", .serial, blocks: 16, block: 1_024, unit: 1, page: 256, erase: .milliseconds(30, 300))

  /// A microcontroller with error correction over 8 bytes, each to be programmed once, or a second
  /// time to zero, and blocks of 1 KiB: as STM32L4 and G0, which have 2 KiB.
  static let errorCorrecting = make(
    "ecc-1k", .embedded, blocks: 16, block: 1_024, unit: 8, ecc: 8, rule: .onceThenAllProgrammed,
    page: 8, erase: .milliseconds(22, 40))

  /// A flash of a few bytes, to stand where none is needed.
  static let stub = make(
    "stub", .embedded, blocks: 1, block: 64, unit: 1, page: 64, erase: .milliseconds(1, 1))

  /// The part with the given name: one of these, or one of the catalogue.
  static func named(_ name: String) throws(UnknownFlashPart) -> FlashPart {
    if name == serial.name { return serial }
    if name == errorCorrecting.name { return errorCorrecting }
    return try FlashPart.named(name)
  }

  private static func make(
    _ name: String, _ family: FlashPartFamily, blocks: UInt32, block: UInt32, unit: UInt32,
    ecc: UInt32 = 0, rule: RewriteRule = .anyBit, page: UInt32, erase: TimingRange
  ) -> FlashPart {
    do {
      return try FlashPart(
        name: name, family: family,
        geometry: FlashGeometry(
          blockCount: blocks, eraseBlock: block, programUnit: unit, eccUnit: ecc,
          rewriteRule: rule),
        timing: FlashTiming(
          programPage: page, pageProgram: .milliseconds(0.4, 3),
          eraseCommands: [EraseCommand(size: block, time: erase)],
          bus: family == .serial ? .quadSerial80MHz : .memoryMapped),
        endurance: 100_000,
        evidence: FlashPartEvidence(geometry: .memory, timing: .memory, endurance: .memory))
    } catch {
      preconditionFailure("the part \(name) is described wrongly: \(error)")
    }
  }
}
