import FlashEmulator
import NORFlash

/// A half written magic is neither set nor unset, and a table without a row for it forgets the
/// revert (MCUboot #1966, mended by #2100).
enum TornMagic: Brick {
  static let name = "torn-magic"
  static let preset = "prefix"
  static let finding = BrickFinding(cuts: 1, invariant: "old or new")

  private static let magic: [UInt8] = [
    0x77, 0x10, 0xC2, 0x95, 0x0F, 0xF3, 0x60, 0xD2, 0xAE, 0x51, 0x1D, 0x7F, 0x35, 0xE2, 0x08, 0x9B,
  ]
  private static let copyDone = Block.primaryTrailer + 16

  private enum Magic { case good, bad, unset }

  private static func readMagic<F: FlashDevice & ~Copyable>(
    _ flash: inout F, of trailer: UInt32
  ) throws(F.Failure) -> Magic {
    let found = try flash.bytes(at: trailer, count: magic.count)
    return found == magic ? .good : found.allSatisfy { $0 == 0xFF } ? .unset : .bad
  }

  /// The bad image was swapped in, started, and did not confirm itself: now it has to go.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(BrickImage.bad.bytes(), at: Block.primary)
    try flash.program(BrickImage.old.bytes(), at: Block.secondary)
    try flash.program(magic, at: Block.primaryTrailer)
    try flash.setMark(copyDone)
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    var secondary = try readMagic(&flash, of: Block.secondaryTrailer)
    let primary = try readMagic(&flash, of: Block.primaryTrailer)
    let isSwapDone = try flash.hasMark(copyDone)
    // The mend: the primary trailer alone says that a revert is due.
    let secondaryAllowsRevert = variant == .mended || secondary == .unset
    if primary == .good, isSwapDone, secondary != .good, secondaryAllowsRevert {
      // From here on the revert looks like a permanent update, and the primary trailer may go.
      try flash.program(magic, at: Block.secondaryTrailer)
      secondary = .good
    }
    if secondary == .good {
      try flash.erase(Block.primaryTrailer)
      try flash.copyImage(from: Block.secondary, to: Block.primary)
      try flash.erase(Block.secondaryTrailer)
    }
    guard let image = try flash.imageName(at: Block.primary) else {
      return .breaks(invariant: "boots", detail: "no image in the primary slot")
    }
    return .runs(image)
  }
}
