import FlashEmulator
import NORFlash

/// A word whose program was cut cannot be read, and the boot loader gives up on it, for ever.
///
/// Parts with error correction throw on such a word, or trap. This boot loader looks at every header
/// first (trezor-firmware #5312, PX4 #27642, zephyr #33140, RIOT #17874).
enum CodeErrorLoop: Brick {
  static let name = "code-error-loop"
  static let part = FlashPart.brick(unit: 16, ecc: 16, rule: .once)
  static let preset = "ecc-mcu"
  static let allowedOutcomes = ["new"]
  static let finding = BrickFinding(cuts: 1, invariant: "fails")

  private static let request = Block.primaryTrailer
  private static let requestBytes: [UInt8] = [
    0x55, 0x50, 0x44, 0x41, 0x54, 0x45, 0x21, 0x31, 0xAA, 0xAF, 0xBB, 0xBE, 0xAB, 0xBA, 0xDE, 0xCE,
  ]

  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(BrickImage.old.bytes(), at: Block.primary)
    try flash.program(BrickImage.new.bytes(), at: Block.secondary)
    try flash.program(requestBytes, at: request)
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    let primary = try image(&flash, Block.primary, variant)
    let secondary = try image(&flash, Block.secondary, variant)
    if secondary != nil, try isRequested(&flash, variant) {
      try flash.copyImage(from: Block.secondary, to: Block.primary)
      try flash.erase(request)
      return .runs(secondary ?? "")
    }
    guard let primary else {
      return .breaks(invariant: "boots", detail: "no image in the primary slot")
    }
    return .runs(primary)
  }

  private static func image<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ slot: UInt32, _ variant: Variant
  ) throws(F.Failure) -> String? {
    do throws(F.Failure) {
      return try flash.imageName(at: slot)
    } catch {
      // The mend: what cannot be read is no image, and no reason to give up.
      guard variant == .mended, error.kind == .unreadable else { throw error }
      return nil
    }
  }

  private static func isRequested<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant
  ) throws(F.Failure) -> Bool {
    do throws(F.Failure) {
      return try flash.bytes(at: request, count: requestBytes.count) == requestBytes
    } catch {
      guard variant == .mended, error.kind == .unreadable else { throw error }
      return false
    }
  }
}
