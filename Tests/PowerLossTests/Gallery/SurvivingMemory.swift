import FlashEmulator
import NORFlash
import Synchronization

/// A global variable says where the image has been moved to; a real reset clears it.
///
/// It survives a simulated one, so that a simulator that only re-enters the code sees nothing
/// (MCUboot #1588, mended by #1597).
enum SurvivingMemory: Brick {
  static let name = "surviving-memory"
  static let allowedOutcomes = ["old", "new"]
  static let finding = BrickFinding(cuts: 0, invariant: "deterministic")

  /// The variable in question: whether the primary image lies one block higher.
  private static let isMovedUp = Atomic<Bool>(false)

  private static let request = Block.primaryTrailer
  private static let movedUp = Block.primaryTrailer + 64

  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    isMovedUp.store(false, ordering: .relaxed)
    try flash.program(BrickImage.old.bytes(), at: Block.primary)
    try flash.program(BrickImage.new.bytes(), at: Block.secondary)
    try flash.setMark(request)
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    if try flash.hasMark(request) {
      // The mend: what the code needs to know after a reset is read from the flash.
      let isMoved =
        variant == .mended
        ? try flash.hasMark(movedUp) : isMovedUp.load(ordering: .relaxed)
      let header = isMoved ? Block.scratch : Block.primary
      guard try flash.imageHeader(at: header) != nil else {
        return .breaks(invariant: "boots", detail: "no header at \(header), the update stops")
      }
      if !isMoved {
        try flash.copyImage(from: Block.primary, to: Block.scratch)
        try flash.setMark(movedUp)
        isMovedUp.store(true, ordering: .relaxed)
      }
      try flash.copyImage(from: Block.secondary, to: Block.primary)
      // Zeros end the request for good: one that a cut leaves half erased could come back.
      try flash.program([UInt8](repeating: 0, count: 8), at: request)
    }
    guard let image = try flash.imageName(at: Block.primary) else {
      return .breaks(invariant: "boots", detail: "no image in the primary slot")
    }
    return .runs(image)
  }
}
