import FlashEmulator
import NORFlash

/// An erase begins by programming the block to zeros, from its end: a cut leaves a good header over
/// a body of zeros, and the block is taken for data (UBI on Spansion NOR, 2009).
enum HeaderThenZeros: Brick {
  static let name = "header-then-zeros"
  static let part = FlashPart.brick(block: 64)
  static let preset = "nor-realistic"
  static let allowedOutcomes = ["new"]
  static let finding = BrickFinding(cuts: 1, invariant: "content")

  private static let first: UInt32 = 0
  private static let second: UInt32 = 64
  private static let header: [UInt8] = [0x55, 0x42, 0x49, 0x23, 0xAA, 0xBD, 0xB6, 0xDC]
  private static let oldBody = [UInt8](repeating: 0x5A, count: 56)
  private static let newBody = [UInt8](repeating: 0xC3, count: 56)

  /// A volume of one logical block, with old data in the first physical block.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try write(&flash, oldBody, to: first)
  }

  /// Replaces the old data: erases its block, then writes the new data into the other one.
  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    for block in [first, second] where try flash.bytes(at: block, count: 8) == header {
      let body = try flash.bytes(at: block + 8, count: 56)
      if body == newBody { return .runs("new") }
      guard body == oldBody else {
        return .breaks(invariant: "content", detail: "neither old nor new data under a good header")
      }
      try discard(&flash, block, variant)
    }
    try discard(&flash, second, variant)
    try write(&flash, newBody, to: second)
    return .runs("new")
  }

  private static func discard<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ block: UInt32, _ variant: Variant
  ) throws(F.Failure) {
    if variant == .mended {
      // The mend: the header goes first, whole; then the erase may leave what it likes.
      try flash.program([UInt8](repeating: 0, count: 8), at: block)
    }
    try flash.erase(block)
  }

  /// The body first: the header vouches for it.
  private static func write<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ body: [UInt8], to block: UInt32
  ) throws(F.Failure) {
    try flash.program(body, at: block + 8)
    try flash.program(header, at: block)
  }
}
