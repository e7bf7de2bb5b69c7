import FlashEmulator
import NORFlash

/// After an interrupted swap was completed, the headers are read again as if it were still going
/// on: each from the other slot (MCUboot #2109).
enum WrongSlotHeader: Brick {
  static let name = "wrong-slot-header"
  static let allowedOutcomes = ["new"]
  static let finding = BrickFinding(cuts: 1, invariant: "boots")

  private static let request = Block.primaryTrailer
  private static func step(_ index: Int) -> UInt32 { request + 64 + 8 * UInt32(index) }
  private static let moves = [
    (Block.secondary, Block.scratch), (Block.primary, Block.secondary),
    (Block.scratch, Block.primary),
  ]
  private static let closed = request + 128

  /// Two images of different size, and the request to swap them.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(BrickImage.old.bytes(count: 96), at: Block.primary)
    try flash.program(BrickImage.new.bytes(count: 128), at: Block.secondary)
    try flash.setMark(request)
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    var stepsDone = 0
    while stepsDone < moves.count, try flash.hasMark(step(stepsDone)) { stepsDone += 1 }
    let isClosed = try flash.hasMark(closed)
    let isResumed = stepsDone > 0 && !isClosed
    if !isClosed {
      for index in stepsDone..<moves.count {
        try flash.copyImage(from: moves[index].0, to: moves[index].1)
        try flash.setMark(step(index))
        stepsDone += 1
      }
      try flash.setMark(closed)
    }
    // The mend: when the swap is complete, each header is in its own slot again.
    let isUnderWay = variant == .defect && isResumed
    guard
      let header = try primaryHeader(&flash, stepsDone: isUnderWay ? stepsDone : 0),
      let image = try flash.imageName(at: Block.primary, header)
    else {
      return .breaks(invariant: "boots", detail: "the primary image does not match its header")
    }
    return .runs(image)
  }

  /// The header of what is in the primary slot when a swap begins, wherever it is by now.
  private static func primaryHeader<F: FlashDevice & ~Copyable>(
    _ flash: inout F, stepsDone: Int
  ) throws(F.Failure) -> BrickImage.Header? {
    try flash.imageHeader(at: stepsDone >= 2 ? Block.secondary : Block.primary)
  }
}
