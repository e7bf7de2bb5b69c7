import FlashEmulator
import NORFlash

/// A revert that is resumed is prepared again, and for a moment the flash says "start over".
///
/// By then the slots are half swapped. Needs two cuts (MCUboot's swap-offset revert).
enum RepeatedFixup: Brick {
  static let name = "repeated-fixup"
  static let finding = BrickFinding(cuts: 2, invariant: "boots")

  private static let primary = Block.primary
  // The secondary slot has one block more: an image goes back to its second block.
  private static let old = Block.secondary
  private static let back = Block.secondary + Block.size

  private static let trailer = Block.primaryTrailer
  private static let copyDone = trailer + 64
  private static let imageOK = trailer + 72
  private static let movedBack = trailer + 128
  private static let movedIn = trailer + 136
  private static let fixup = Block.secondaryTrailer

  /// The bad image was swapped in and started, and did not confirm itself.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(BrickImage.bad.bytes(), at: primary)
    try flash.program(BrickImage.old.bytes(), at: old)
    for mark in [trailer, copyDone] { try flash.setMark(mark) }
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    let isPrepared = try flash.hasMark(fixup)
    let isSwapKnown = try flash.hasMark(trailer)
    let isSwapDone = try flash.hasMark(copyDone)
    let isConfirmed = try flash.hasMark(imageOK)
    let isUnderWay = !isPrepared && isSwapKnown && !isSwapDone
    if isPrepared || isUnderWay || isSwapKnown && !isConfirmed {
      let header = try flash.imageHeader(at: primary)
      if !isUnderWay, header == nil {
        return .breaks(invariant: "boots", detail: "a revert starts over with half an image")
      }
      // The mend: once something has moved, there is nothing left to prepare.
      let mark = variant == .mended ? movedBack : movedIn
      if try !flash.hasMark(mark) { try prepare(&flash, isUnderWay: isUnderWay) }
      try revert(&flash)
    }
    guard let image = try flash.imageName(at: primary) else {
      return .breaks(invariant: "boots", detail: "no image in the primary slot")
    }
    return .runs(image)
  }

  /// Makes the trailer of the primary slot ready for the marks of the revert; meanwhile that of the
  /// secondary slot says that a revert is due.
  private static func prepare<F: FlashDevice & ~Copyable>(
    _ flash: inout F, isUnderWay: Bool
  ) throws(F.Failure) {
    if try !flash.hasMark(fixup) {
      try flash.erase(fixup)
      try flash.setMark(fixup)
    }
    if !isUnderWay {
      try flash.erase(trailer)
      try flash.setMark(trailer)
    }
    try flash.erase(fixup)
  }

  private static func revert<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    if try !flash.hasMark(movedBack) {
      try flash.copyImage(from: primary, to: back)
      try flash.setMark(movedBack)
    }
    if try !flash.hasMark(movedIn) {
      try flash.copyImage(from: old, to: primary)
      try flash.setMark(movedIn)
    }
    try flash.setMark(imageOK)
    try flash.setMark(copyDone)
  }
}
