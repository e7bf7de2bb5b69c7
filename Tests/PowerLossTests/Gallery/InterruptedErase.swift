import FlashEmulator
import NORFlash

/// The remains of a sector whose erase was cut are taken for data that is still to be moved; the
/// copy that was already complete is thrown away for them (Zephyr NVS #34722, mended by #34957).
enum InterruptedErase: Brick {
  static let name = "interrupted-erase"
  static let part = FlashPart.brick(block: 64)
  static let preset = "nor-realistic"
  static let finding = BrickFinding(cuts: 1, invariant: "keeps settings")

  private static let full: UInt32 = 0
  private static let next: UInt32 = 64
  private static let moved = next + 48
  private static let setting: [UInt8] = [0x53, 0x45, 0x54, 0x31, 0xAC, 0xBA, 0xAB, 0xCE]

  /// A full sector with a setting that is still valid; it is about to be moved to the next sector.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(setting, at: full)
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    if try !flash.isBlank(full) {
      // The mend: a mark says that all data has been moved, and that only the erase is left.
      let isMoved = try variant == .mended ? flash.hasMark(moved) : false
      if !isMoved {
        try flash.erase(next)
        if try flash.bytes(at: full, count: 8) == setting {
          try flash.program(setting, at: next)
        }
        try flash.setMark(moved)
      }
      try flash.erase(full)
    }
    guard try flash.bytes(at: next, count: 8) == setting else {
      return .breaks(invariant: "keeps settings", detail: "the setting is gone")
    }
    return .runs("old")
  }
}
