import FlashEmulator
import NORFlash

/// A revert that is resumed after a reset no longer knows that it is one, does not confirm the old
/// image, and the next start swaps once more (MCUboot #480, tests #482, mended by #485).
enum InterruptedRevert: Brick {
  static let name = "interrupted-revert"
  static let finding = BrickFinding(cuts: 2, invariant: "old or new")

  /// The trailer keeps one record of 64 bytes for each swap; the last one counts.
  private struct Record {
    let base: UInt32
    var begun: UInt32 { base }
    var isRevert: UInt32 { base + 8 }
    func step(_ index: UInt32) -> UInt32 { base + 16 + 8 * index }
    var imageOK: UInt32 { base + 40 }
    var copyDone: UInt32 { base + 48 }
    var next: Record { Record(base: base + 64) }
  }

  /// The bad image was swapped in and started, and did not confirm itself.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(BrickImage.bad.bytes(), at: Block.primary)
    try flash.program(BrickImage.old.bytes(), at: Block.secondary)
    let record = Record(base: Block.primaryTrailer)
    for mark in [record.begun, record.step(0), record.step(1), record.step(2), record.copyDone] {
      try flash.setMark(mark)
    }
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    var record = Record(base: Block.primaryTrailer)
    while record.next.base < Block.primaryTrailer + Block.size, try flash.hasMark(record.next.begun)
    {
      record = record.next
    }
    if try !flash.hasMark(record.copyDone) {
      // The mend: the kind of the swap is part of the record.
      let isRevert = try variant == .mended ? flash.hasMark(record.isRevert) : false
      try swap(&flash, record, isRevert: isRevert)
    } else if try !flash.hasMark(record.imageOK) {
      record = record.next
      guard record.base < Block.primaryTrailer + Block.size else {
        return .breaks(invariant: "boots", detail: "the trailer is full")
      }
      try flash.setMark(record.isRevert)
      try flash.setMark(record.begun)
      try swap(&flash, record, isRevert: true)
    }
    guard let image = try flash.imageName(at: Block.primary) else {
      return .breaks(invariant: "boots", detail: "no image in the primary slot")
    }
    return .runs(image)
  }

  private static func swap<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ record: Record, isRevert: Bool
  ) throws(F.Failure) {
    let moves = [
      (Block.secondary, Block.scratch), (Block.primary, Block.secondary),
      (Block.scratch, Block.primary),
    ]
    for (index, (source, target)) in moves.enumerated() {
      let step = record.step(UInt32(index))
      if try flash.hasMark(step) { continue }
      try flash.copyImage(from: source, to: target)
      try flash.setMark(step)
    }
    if isRevert { try flash.setMark(record.imageOK) }
    try flash.setMark(record.copyDone)
  }
}
