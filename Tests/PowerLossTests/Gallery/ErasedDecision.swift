import FlashEmulator
import NORFlash

/// A revert that is resumed begins again, by erasing the only note that it is due.
///
/// While the trailer is written anew, that note is in the scratch block. Needs two cuts (MCUboot's
/// swap-scratch revert).
enum ErasedDecision: Brick {
  static let name = "erased-decision"
  static let finding = BrickFinding(cuts: 2, invariant: "old or new")

  private static let trailer = Block.primaryTrailer
  private static func step(_ index: Int) -> UInt32 { trailer + 64 + 8 * UInt32(index) }
  private static let imageOK = trailer + 128
  private static let copyDone = trailer + 136
  private static let decision = Block.scratch + 192
  private static let moves = [
    (Block.secondary, Block.scratch), (Block.primary, Block.secondary),
    (Block.scratch, Block.primary),
  ]

  /// The bad image was swapped in and started, and did not confirm itself.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(BrickImage.bad.bytes(), at: Block.primary)
    try flash.program(BrickImage.old.bytes(), at: Block.secondary)
    for mark in [trailer, step(0), step(1), step(2), copyDone] { try flash.setMark(mark) }
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    let isInScratch = try flash.hasMark(decision)
    let isInTrailer = try flash.hasMark(trailer)
    let isDone = try flash.hasMark(copyDone)
    let isConfirmed = try flash.hasMark(imageOK)
    let isTrialOver = isInTrailer && isDone && !isConfirmed
    if isInScratch || isTrialOver {
      // The mend: a decision that is already in the scratch block stays there.
      if variant == .defect || !isInScratch {
        try flash.erase(Block.scratch)
        try flash.setMark(decision)
      }
      try flash.erase(trailer)
      try flash.setMark(trailer)
      try flash.erase(Block.scratch)
      try revert(&flash)
    } else if isInTrailer, !isDone {
      try revert(&flash)
    }
    guard let image = try flash.imageName(at: Block.primary) else {
      return .breaks(invariant: "boots", detail: "no image in the primary slot")
    }
    return .runs(image)
  }

  private static func revert<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    for (index, move) in moves.enumerated() where try !flash.hasMark(step(index)) {
      try flash.copyImage(from: move.0, to: move.1)
      try flash.setMark(step(index))
    }
    try flash.setMark(imageOK)
    try flash.setMark(copyDone)
  }
}
