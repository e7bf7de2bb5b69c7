import FlashEmulator
import NORFlash

/// The last operation is done, the power goes before its caller learns of it, and the next start
/// does not understand what it finds (MCUboot #2169).
///
/// A search that cuts only before operations never starts from this state: no operation follows.
enum LostReturn: Brick {
  static let name = "lost-return"
  static let finding = BrickFinding(cuts: 1, invariant: "boots")

  private static let revert = Block.secondaryTrailer

  /// The old image lies at the start of the secondary slot, where an interrupted swap has left it;
  /// images to be installed begin one block higher.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(BrickImage.bad.bytes(), at: Block.primary)
    try flash.program(BrickImage.old.bytes(), at: Block.secondary)
    try flash.setMark(revert)
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    let isRevert = try flash.hasMark(revert)
    let headers = try (
      flash.imageHeader(at: Block.primary),
      flash.imageHeader(at: isRevert ? Block.secondary : Block.secondary + Block.size)
    )
    // The mend: a header that cannot be read stops the boot only if it is needed.
    let isSecondaryNeeded = variant == .defect || isRevert
    if headers.1 == nil, isSecondaryNeeded {
      return .breaks(invariant: "boots", detail: "the header of the secondary slot is not there")
    }
    if isRevert {
      try flash.copyImage(from: Block.secondary, to: Block.primary)
      // The last operation. In this life the headers are known, and the old image starts.
      try flash.erase(Block.secondaryTrailer)
    }
    guard let image = try flash.imageName(at: Block.primary) else {
      return .breaks(invariant: "boots", detail: "no image in the primary slot")
    }
    return .runs(image)
  }
}
