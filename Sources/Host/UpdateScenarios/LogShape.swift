internal import NORFlash

/// How a metadata log lies in its partition.
struct LogShape {
  static let bodySize = 64
  private static let positionsAtLeast = 12
  /// The program unit, or the ECC unit if that is larger.
  let begin: Int
  let pitch: Int
  let sectorSize: Int
  /// Each half of a log that is held twice, or the whole of one that is not.
  let halves: [FlashRange]
  let erased: UInt8
  let unitShift: Int

  init(_ range: FlashRange, on geometry: FlashGeometry) {
    let region = geometry.region(containing: range.start) ?? geometry.region(at: 0)
    begin = Int(max(region.programUnit, region.eccUnit))
    unitShift = region.programUnit.trailingZeroBitCount
    pitch = begin + Self.bodySize + max(begin, 4)
    let block = Int(region.eraseBlock)
    sectorSize = (Self.positionsAtLeast * pitch + block - 1) / block * block
    erased = geometry.erased.byte
    let size = UInt32(sectorSize)
    let count = range.count / size
    let inHalf = count < 4 ? count : count / 2
    let first = FlashRange(start: range.start, count: inHalf * size)
    halves =
      count < 4
      ? [first] : [first, FlashRange(start: range.start + first.count, count: first.count)]
  }
}
