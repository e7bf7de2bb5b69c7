import FlashEmulator
import NORFlash

/// An entry that was cut while it was written reads as written first, and as erased later.
///
/// It closes a sector: first the work goes on in the next sector, later that work is taken for
/// rubbish (Zephyr NVS #103452).
enum UnstableClose: Brick {
  static let name = "unstable-close"
  static let preset = "nor-paranoid"
  static let allowedOutcomes = ["new"]
  static let finding = BrickFinding(cuts: 2, invariant: "keeps settings")

  private static let first = Block.primary
  private static let second = Block.secondary
  private static let close = first + 192
  private static let written: UInt8 = 1

  /// The first sector is full: the next write has to close it and use the second.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(BrickImage.old.bytes(), at: first)
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    let isClosed = try !flash.isBlank(close, count: 8)
    // While the first sector is open, what lies in the next is from a move that never ended.
    let found = try isClosed ? flash.imageName(at: second) : nil
    if witness.contains(written), found != "new" {
      return .breaks(invariant: "keeps settings", detail: "a setting is gone that was written")
    }
    // The mend: an entry that looks written may be half written; writing it again makes it firm.
    if !isClosed || variant == .mended {
      try flash.program([UInt8](repeating: 0, count: 8), at: close)
    }
    if found != "new" {
      try flash.erase(second)
      try flash.program(BrickImage.new.bytes(), at: second)
      // The write has returned: from now on the setting may not be lost.
      witness = [written]
    }
    return .runs("new")
  }
}
