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
/// state; a sector that is left over stays unused. With two or three sectors there is one log. A
/// program that cannot hold a log twice refuses four sectors or more.
struct MetadataLogLayout: Sendable {
  static var bodySize: UInt32 { 64 }
  /// A larger unit would not divide a body.
  static var largestUnit: UInt32 { bodySize }
  /// Room for a move that is cut and repeated four times: each time costs the move and an echo.
  static var reserve: UInt32 { 8 }
  /// Header, record, echo, one more record, and the reserve.
  static var minimumPositionCount: UInt32 { 4 + reserve }

  private(set) var unit: UInt32 = 0
  private(set) var beginSize: UInt32 = 0
  private(set) var settleSize: UInt32 = 0
  private(set) var stride: UInt32 = 0
  private(set) var sectorSize: UInt32 = 0
  /// Whether the partition holds a log twice.
  private(set) var isMirrored = false
  /// The sector of the partition at which this log begins.
  private(set) var firstSector: UInt32 = 0
  /// The sectors of this log.
  private(set) var sectorCount: UInt32 = 0
  /// The last position of a sector.
  private(set) var lastPosition: UInt32 = 0
  private(set) var erased = ErasedContent.ones
  private(set) var rewriteRule = RewriteRule.anyBit

  /// The last position of a sector for ordinary records; the first is 1.
  var lastRecord: UInt32 { lastPosition &- Self.reserve }

  /// Makes the layout of a log that is not mounted.
  init() {}

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
    // A unit has at most 64 bytes: nothing overflows.
    stride = beginSize &+ Self.bodySize &+ settleSize
    let needed = Self.minimumPositionCount &* stride
    let blocks = (needed &- 1) / first.eraseBlock &+ 1
    // At most 12 * 192 bytes rounded up to a block: it cannot overflow unless the block is the flash.
    let (size, overflow) = blocks.multipliedReportingOverflow(by: first.eraseBlock)
    sectorSize = size
    let sectors = overflow ? 0 : geometry.size / size
    guard sectors >= 2 else { throw .tooSmall(size: geometry.size, sectorSize: size) }
    sectorCount = sectors
    if sectors >= 4 {
      guard P.mirror else { throw .needsTwoCopies(sectorCount: sectors) }
      isMirrored = true
      sectorCount = sectors / 2
    }
    lastPosition = size / stride &- 1
    erased = geometry.erased
    rewriteRule = geometry.rewriteRule
  }

  /// Of a partition that holds a log twice, goes on from the first one to the second.
  mutating func takeSecondHalf() { firstSector = sectorCount }

  // Nothing overflows: a position lies inside the partition, whose size fits 32 bits.
  func address(sector: UInt32, position: UInt32) -> UInt32 {
    (firstSector &+ sector) &* sectorSize &+ position &* stride
  }

  func sector(after sector: UInt32) -> UInt32 {
    sector &+ 1 == sectorCount ? 0 : sector &+ 1
  }
}
