import FlashEmulator
import NORFlash

/// The trailer of an image that was padded in the factory is taken for one that the updater has
/// prepared itself; the size in it was never written (MCUboot #829, zephyr #28933).
enum UncleanTrailer: Brick {
  static let name = "unclean-trailer"
  static let allowedOutcomes = ["new"]
  static let finding = BrickFinding(cuts: 1, invariant: "boots")

  // Slots of two blocks: 0x000 and 0x200.
  private static let primary: UInt32 = 0x000
  private static let secondary: UInt32 = 0x200
  private static let trailer = Block.secondaryTrailer
  private static let request = Block.spare
  private static let size = trailer + 8
  private static func copied(_ index: UInt32) -> UInt32 { trailer + 64 + 8 * index }

  /// The factory's tool has padded the old image to the whole slot, with the magic of the trailer.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure) {
    try flash.program(BrickImage.old.bytes(count: 320), at: primary)
    try flash.program(BrickImage.new.bytes(count: 384), at: secondary)
    try flash.setMark(trailer)
    try flash.setMark(request)
  }

  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife {
    if try flash.hasMark(request) {
      let blocks: UInt8
      if try !flash.hasMark(copied(0)) {
        blocks = UInt8((try flash.imageHeader(at: secondary)?.size ?? 0) / 256 + 1)
        // The mend: what lies here before the first step is not ours, whatever it looks like.
        let isPrepared = try variant == .defect ? flash.hasMark(trailer) : false
        if !isPrepared {
          try flash.erase(trailer)
          try flash.program([blocks, ~blocks, 0, 0, 0, 0, 0, 0], at: size)
          try flash.setMark(trailer)
        }
        try copyBlock(&flash, 0)
      } else {
        // An interrupted update: the headers may have been moved, the trailer knows the size.
        let stored = try flash.bytes(at: size, count: 2)
        guard stored[0] == ~stored[1] else {
          return .breaks(invariant: "boots", detail: "no size in the trailer")
        }
        blocks = stored[0]
      }
      for index in 1..<UInt32(blocks) where try !flash.hasMark(copied(index)) {
        try copyBlock(&flash, index)
      }
      try flash.erase(request)
    }
    guard let image = try flash.imageName(at: primary) else {
      return .breaks(invariant: "boots", detail: "no image in the primary slot")
    }
    return .runs(image)
  }

  private static func copyBlock<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ index: UInt32
  ) throws(F.Failure) {
    let offset = index * Block.size
    try flash.erase(primary + offset)
    try flash.program(
      try flash.bytes(at: secondary + offset, count: Int(Block.size)), at: primary + offset)
    try flash.setMark(copied(index))
  }
}
