internal import NORFlash

/// Where the parts of a log lie in its partition; all sizes in bytes.
///
/// ```
/// partition   | sector 0                    | sector 1                    | ...
///
/// sector      | position 0 | position 1 | ... | position n | position n+1 | unused |
///             | header     | record     |     | record     | intent area  |        |
///
/// position    | begin: one unit | body: 64 bytes | settle: one unit, at least 4 bytes |
///
/// intent area | intent | void | valid | void | ...        one unit each
/// ```
///
/// A unit is a program unit, or an ECC unit if that is larger. A sector is the smallest number of
/// whole erase blocks that holds four records; blocks that do not fill a sector stay unused.
struct MetadataLogLayout: Sendable {
  static var bodySize: UInt32 { 64 }
  /// A larger unit would not divide a body.
  static var largestUnit: UInt32 { bodySize }
  /// Two for a compaction, and two to be used before the next one.
  static var minimumRecordCount: UInt32 { 4 }

  let unit: UInt32
  let beginSize: UInt32
  let settleSize: UInt32
  let stride: UInt32
  let sectorSize: UInt32
  let sectorCount: UInt32
  /// The record positions of a sector; they are numbered from 1.
  let recordCount: UInt32
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
    let needed = (Self.minimumRecordCount + 2) * stride
    let blocks = (needed - 1) / first.eraseBlock + 1
    // At most 6 * 192 bytes rounded up to a block: it cannot overflow unless the block is the flash.
    let (size, overflow) = blocks.multipliedReportingOverflow(by: first.eraseBlock)
    sectorSize = size
    sectorCount = overflow ? 0 : geometry.size / size
    guard sectorCount >= 2 else { throw .tooSmall(size: geometry.size, sectorSize: size) }
    recordCount = size / stride - 2
    erased = geometry.erased
    rewriteRule = geometry.rewriteRule
  }

  func address(sector: UInt32, position: UInt32) -> UInt32 {
    sector * sectorSize + position * stride
  }

  func bodyAddress(sector: UInt32, position: UInt32) -> UInt32 {
    address(sector: sector, position: position) + beginSize
  }

  /// The address of a unit of the intent area.
  func intentAddress(sector: UInt32, index: UInt32) -> UInt32 {
    address(sector: sector, position: recordCount + 1) + index * unit
  }

  /// The number of units in the intent area.
  var intentCount: UInt32 { stride / unit }

  func sector(after sector: UInt32) -> UInt32 {
    sector + 1 == sectorCount ? 0 : sector + 1
  }
}
