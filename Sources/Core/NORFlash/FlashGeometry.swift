/// A run of equal erase blocks.
public struct FlashRegion: Equatable, Sendable {
  /// The address of the first byte.
  public var start: UInt32
  /// The number of erase blocks.
  public var blockCount: UInt32
  /// The size of an erase block in bytes; a multiple of `programUnit`.
  public var eraseBlock: UInt32
  /// The smallest number of bytes that can be programmed, a power of two.
  public var programUnit: UInt32
  /// The number of bytes that share one error-correcting code, or 0 on a part without one.
  public var eccUnit: UInt32

  /// Makes a region of `blockCount` erase blocks; see the properties for units and ranges.
  public init(
    start: UInt32, blockCount: UInt32, eraseBlock: UInt32, programUnit: UInt32, eccUnit: UInt32 = 0
  ) {
    self.start = start
    self.blockCount = blockCount
    self.eraseBlock = eraseBlock
    self.programUnit = programUnit
    self.eccUnit = eccUnit
  }

  /// The bytes of the region.
  public var range: FlashRange { FlashRange(start: start, count: blockCount * eraseBlock) }

  /// The address just behind the last byte; a geometry has none above the 32-bit address space.
  var end: UInt32 { start &+ blockCount &* eraseBlock }
}

/// What an erased flash reads as.
public enum ErasedContent: Equatable, Sendable {
  /// Every bit reads 1: nearly all NOR flash.
  case ones
  /// Every bit reads 0: STM32L0 and L1, PSoC 6.
  case zeros

  /// The value of an erased byte.
  public var byte: UInt8 { self == .ones ? 0xFF : 0x00 }
  /// The complement of the erased value: what a marker unit is programmed to.
  public var programmedByte: UInt8 { ~byte }
}

/// How often a program unit may be programmed between two erases.
public enum RewriteRule: Equatable, Sendable {
  /// Any number of times, as long as bits only move away from the erased value: plain serial NOR.
  case anyBit
  /// Once; a second program of the unit corrupts its error-correcting code: STM32H7, U5.
  case once
  /// Once, and after that only with all bits moved away from the erased value: STM32L4, G0, WB.
  case onceThenAllProgrammed
  /// At most `limit` times: nRF52 and EFR32 allow two.
  case times(limit: UInt8)

  /// Whether code may program a unit a second time with the complement of the erased value.
  public var allowsMarkingAgain: Bool {
    switch self {
    case .anyBit, .onceThenAllProgrammed: true
    case .once, .times: false
    }
  }
}

/// The shape of a flash: up to eight regions of equal erase blocks, without gaps, from address 0.
public struct FlashGeometry: Sendable {
  /// The number of regions a geometry can hold.
  public static var maximumRegionCount: Int { 8 }

  /// The number of regions.
  public private(set) var regionCount: Int
  /// The size of the flash in bytes.
  public private(set) var size: UInt32
  private(set) var regions: [8 of FlashRegion]
  /// What erased bytes read as.
  public var erased: ErasedContent
  /// How often a program unit may be programmed.
  public var rewriteRule: RewriteRule

  /// Makes a geometry without regions; `append(_:)` adds them.
  public init(erased: ErasedContent = .ones, rewriteRule: RewriteRule = .anyBit) {
    self.regionCount = 0
    self.size = 0
    // Never looked at. All zero, because that takes the least code.
    let none = FlashRegion(start: 0, blockCount: 0, eraseBlock: 0, programUnit: 0)
    self.regions = .init(repeating: none)
    self.erased = erased
    self.rewriteRule = rewriteRule
  }

  /// Makes the geometry of a part whose erase blocks all have the same size.
  public init(
    blockCount: UInt32, eraseBlock: UInt32, programUnit: UInt32, eccUnit: UInt32 = 0,
    erased: ErasedContent = .ones, rewriteRule: RewriteRule = .anyBit
  ) {
    self.init(erased: erased, rewriteRule: rewriteRule)
    regions[0] = FlashRegion(
      start: 0, blockCount: blockCount, eraseBlock: eraseBlock, programUnit: programUnit,
      eccUnit: eccUnit)
    regionCount = 1
    size = blockCount * eraseBlock
  }

  /// Adds `blockCount` erase blocks behind the last region.
  ///
  /// - Throws: `FlashGeometryError` if the geometry is full, the region is empty, its block is not a
  ///   multiple of its program unit, or it ends above the 32-bit address space.
  public mutating func append(
    blockCount: UInt32, eraseBlock: UInt32, programUnit: UInt32, eccUnit: UInt32 = 0
  ) throws(FlashGeometryError) {
    guard regionCount < Self.maximumRegionCount else {
      throw .tooManyRegions(limit: Self.maximumRegionCount)
    }
    guard programUnit > 0, programUnit & (programUnit - 1) == 0 else {
      throw .programUnitNotPowerOfTwo(programUnit)
    }
    guard blockCount > 0, eraseBlock > 0, eraseBlock % programUnit == 0 else {
      throw .invalidEraseBlock(eraseBlock, programUnit: programUnit)
    }
    let (bytes, overflow) = blockCount.multipliedReportingOverflow(by: eraseBlock)
    guard !overflow, !size.addingReportingOverflow(bytes).overflow else {
      throw .beyondAddressSpace
    }
    regions[regionCount] = FlashRegion(
      start: size, blockCount: blockCount, eraseBlock: eraseBlock, programUnit: programUnit,
      eccUnit: eccUnit)
    regionCount += 1
    size += bytes
  }

  /// The region at `index`, which must be below `regionCount`.
  public func region(at index: Int) -> FlashRegion {
    precondition(index >= 0 && index < regionCount, "region index out of range")
    return regions.span[index]
  }

  /// Takes away what lies outside `range`, whose ends are block boundaries.
  mutating func clip(to range: Range<UInt32>) {
    var count = 0
    for index in 0..<regionCount {
      let start = max(regions[index].start, range.lowerBound)
      let end = min(regions[index].end, range.upperBound)
      guard start < end else { continue }
      // Regions move to the front, so that none is overwritten before it was looked at.
      regions[count] = regions[index]
      regions[count].start = start - range.lowerBound
      regions[count].blockCount = (end - start) / regions[index].eraseBlock
      count += 1
    }
    regionCount = count
    size = range.upperBound - range.lowerBound
  }

  /// The largest program unit of any region, in bytes.
  public var largestProgramUnit: UInt32 {
    var largest: UInt32 = 1
    for index in 0..<regionCount { largest = max(largest, regions.span[index].programUnit) }
    return largest
  }

  /// The number of erase blocks of all regions.
  public var blockCount: UInt32 {
    var count: UInt32 = 0
    for index in 0..<regionCount { count += regions.span[index].blockCount }
    return count
  }
}

/// Why a region cannot be part of a geometry.
public enum FlashGeometryError: Error, Equatable, Sendable {
  /// The geometry already holds `limit` regions.
  case tooManyRegions(limit: Int)
  /// The program unit is zero or not a power of two.
  case programUnitNotPowerOfTwo(UInt32)
  /// The erase block is empty or not a multiple of the program unit.
  case invalidEraseBlock(UInt32, programUnit: UInt32)
  /// The region would end above 4 GiB.
  case beyondAddressSpace
}
