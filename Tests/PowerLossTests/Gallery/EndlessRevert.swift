import FlashEmulator
import NORFlash

/// The image to go back to is already in place and its source erased, but the note that a revert is
/// due is still there: each start looks fine, and each asks for another (MCUboot #2199).
enum EndlessRevert: Brick {
  static let name = "endless-revert"
  static let finding = BrickFinding(cuts: 1, invariant: "settles")

  private static let revert = Block.primaryTrailer

  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(BrickImage.bad.bytes(), at: Block.primary)
    try flash.program(BrickImage.old.bytes(), at: Block.secondary)
    try flash.setMark(revert)
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    if try flash.hasMark(revert) {
      if try flash.imageName(at: Block.secondary) != nil {
        try flash.copyImage(from: Block.secondary, to: Block.primary)
        // Frees the slot for the next update.
        try flash.erase(Block.secondary)
        try closeRevert(&flash)
      } else if variant == .mended {
        // The mend: nothing is left to go back to, so the revert is over.
        try closeRevert(&flash)
      }
    }
    guard let image = try flash.imageName(at: Block.primary) else {
      return .breaks(invariant: "boots", detail: "no image in the primary slot")
    }
    // The application takes no update while a revert is due, and restarts to have it done.
    return try flash.hasMark(revert) ? .resets : .runs(image)
  }

  /// Programs the note to zeros: a mark that a cut leaves half erased could come back.
  private static func closeRevert<F: FlashDevice & ~Copyable>(
    _ flash: inout F
  ) throws(F.Failure) {
    try flash.program([UInt8](repeating: 0, count: 8), at: revert)
  }
}
