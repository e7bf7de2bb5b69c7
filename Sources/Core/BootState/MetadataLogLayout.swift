internal import NORFlash

/// Where the parts of a log lie in its partition; all sizes in bytes.
///
/// ```
/// partition | first half                            | second half                           |
///           | sector 0          | sector 1          | sector 2          | sector 3          |
///
/// sector    | position 0 | 1 ... n         | n+1 ... n+8                        | unused |
///           | header     | records, echoes | only for a move, and their echoes  |        |
///
/// position  | begin: one unit | body: 64 bytes | settle: one unit, at least 4 bytes |
/// ```
///
/// A unit is a program unit, or an ECC unit if that is larger. A sector is the smallest number of
/// whole erase blocks that holds twelve positions; blocks that do not fill a sector stay unused.
///
/// With four sectors or more each half of the sectors is a log of its own, and both hold the same
/// state; a sector that is left over stays unused. With two or three sectors there is one log.
struct MetadataLogLayout: Sendable {
  static var bodySize: UInt32 { 64 }
  /// A larger unit would not divide a body.
  static var largestUnit: UInt32 { bodySize }
  /// Room for a move that is cut and repeated four times: each time costs the move and an echo.
  static var reserve: UInt32 { 8 }
  /// Header, record, echo, one more record, and the reserve.
  static var minimumPositionCount: UInt32 { 4 + reserve }

  let unit: UInt32
  let beginSize: UInt32
  let settleSize: UInt32
  let stride: UInt32
  let sectorSize: UInt32
  /// Whether the partition holds a log twice.
  let isMirrored: Bool
  /// The sector of the partition at which this log begins.
  private(set) var firstSector: UInt32 = 0
  /// The sectors of this log.
  let sectorCount: UInt32
  /// The last position of a sector for ordinary records; the first is 1.
  let lastRecord: UInt32
  /// The last position of a sector.
  let lastPosition: UInt32
  let erased: ErasedContent
  let rewriteRule: RewriteRule

  /// - Throws: The reason if the geometry cannot hold a log.
  init<P: MetadataLogProtections>(
    _ geometry: FlashGeometry, under protections: P.Type
  ) throws(MetadataLogUnsuitability) {
    guard geometry.regionCount > 0 else { throw .tooSmall(size: 0, sectorSize: 0) }
    let first = geometry.region(at: 0)
    for index in 1..<max(geometry.regionCount, 1) {
      let region = geometry.region(at: index)
      guard region.eraseBlock == first.eraseBlock, region.programUnit == first.programUnit,
        region.eccUnit == first.eccUnit
      else { throw .mixedRegions }
    }
    let unit = max(first.programUnit, first.eccUnit)
    guard unit > 0, unit <= Self.largestUnit, unit & (unit - 1) == 0,
      first.eraseBlock >= unit, first.eraseBlock & (unit - 1) == 0
    else { throw .programUnit(unit, largest: Self.largestUnit) }
    self.unit = unit
    beginSize = P.beginUnit ? unit : 0
    settleSize = max(unit, 4)
    stride = beginSize + Self.bodySize + settleSize
    let needed = Self.minimumPositionCount * stride
    let blocks = (needed - 1) / first.eraseBlock + 1
    // At most 12 * 192 bytes rounded up to a block: it cannot overflow unless the block is the flash.
    let (size, overflow) = blocks.multipliedReportingOverflow(by: first.eraseBlock)
    sectorSize = size
    let sectors = overflow ? 0 : geometry.size / size
    isMirrored = P.mirror && sectors >= 4
    sectorCount = isMirrored ? sectors / 2 : sectors
    guard sectors >= 2 else { throw .tooSmall(size: geometry.size, sectorSize: size) }
    lastPosition = size / stride - 1
    lastRecord = lastPosition - Self.reserve
    erased = geometry.erased
    rewriteRule = geometry.rewriteRule
  }

  /// Of a partition that holds a log twice, the layout of the second one.
  var mirror: MetadataLogLayout {
    var mirror = self
    mirror.firstSector = sectorCount
    return mirror
  }

  func address(sector: UInt32, position: UInt32) -> UInt32 {
    (firstSector + sector) * sectorSize + position * stride
  }

  func sector(after sector: UInt32) -> UInt32 {
    sector + 1 == sectorCount ? 0 : sector + 1
  }
}
