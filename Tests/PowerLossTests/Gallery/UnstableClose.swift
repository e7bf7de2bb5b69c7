import FlashEmulator
import NORFlash

/// An entry that was cut while it was written reads as written first, and as erased later.
///
/// It closes a sector: first the work goes on in the next sector, later that work is taken for
/// rubbish (Zephyr NVS #103452).
enum UnstableClose: Brick {
  static let name = "unstable-close"
  static let part = FlashPart.brick(block: 64)
  static let preset = "nor-paranoid"
  static let allowedOutcomes = ["new"]
  static let finding = BrickFinding(cuts: 2, invariant: "keeps settings")

  private static let first: UInt32 = 0
  private static let second: UInt32 = 64
  private static let close = first + 48
  private static let zeros = [UInt8](repeating: 0, count: 8)
  private static let setting: [UInt8] = [0x53, 0x45, 0x54, 0x32, 0xAC, 0xBA, 0xAB, 0xCD]
  private static let written: UInt8 = 1

  /// The first sector is full: the next write has to close it and use the second.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {}

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    let isClosed = try flash.bytes(at: close, count: 8) != [UInt8](repeating: 0xFF, count: 8)
    // While the first sector is open, what lies in the next is from a move that never ended.
    let isFound = try isClosed ? flash.bytes(at: second, count: 8) == setting : false
    if witness.contains(written), !isFound {
      return .breaks(invariant: "keeps settings", detail: "a setting is gone that was written")
    }
    // The mend: an entry that looks written may be half written; writing it again makes it firm.
    if !isClosed || variant == .mended { try flash.program(zeros, at: close) }
    if !isFound {
      try flash.erase(second)
      try flash.program(setting, at: second)
      // The write has returned: from now on the setting may not be lost.
      witness = [written]
    }
    return .runs("new")
  }
}
