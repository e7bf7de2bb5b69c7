extension FlashGeometry {
  /// The region that holds `address`, or `nil` behind the end of the flash.
  ///
  /// - Complexity: O(regions)
  public func region(containing address: UInt32) -> FlashRegion? {
    for index in 0..<regionCount where region(at: index).range.contains(address) {
      return region(at: index)
    }
    return nil
  }

  /// The erase block that holds `address`, or `nil` behind the end of the flash.
  ///
  /// - Complexity: O(regions)
  public func eraseBlock(containing address: UInt32) -> FlashRange? {
    guard let region = region(containing: address) else { return nil }
    let offset = (address - region.start) % region.eraseBlock
    return FlashRange(start: address - offset, count: region.eraseBlock)
  }

  /// Whether an erase block starts at `address`, or the flash ends there.
  public func isBlockBoundary(_ address: UInt64) -> Bool {
    if address == UInt64(size) { return true }
    guard address < UInt64(size) else { return false }
    return eraseBlock(containing: UInt32(address))?.start == UInt32(address)
  }

  /// The index of the erase block that holds `address`, counted over all regions from 0.
  ///
  /// - Complexity: O(regions)
  public func blockIndex(containing address: UInt32) -> UInt32? {
    var index: UInt32 = 0
    for regionIndex in 0..<regionCount {
      let region = region(at: regionIndex)
      if region.range.contains(address) {
        return index + (address - region.start) / region.eraseBlock
      }
      index += region.blockCount
    }
    return nil
  }

  /// The erase block with the given index, counted over all regions from 0.
  ///
  /// - Complexity: O(regions)
  public func eraseBlock(at index: UInt32) -> FlashRange? {
    var first: UInt32 = 0
    for regionIndex in 0..<regionCount {
      let region = region(at: regionIndex)
      if index < first + region.blockCount {
        return FlashRange(
          start: region.start + (index - first) * region.eraseBlock, count: region.eraseBlock)
      }
      first += region.blockCount
    }
    return nil
  }

  /// The program unit at `address` in bytes, or 1 behind the end of the flash.
  public func programUnit(at address: UInt32) -> UInt32 {
    region(containing: address)?.programUnit ?? 1
  }

  /// Checks that a range can be programmed: inside the flash, and aligned to the program units.
  ///
  /// - Throws: `FlashError.outOfBounds` or `.misaligned`.
  public func checkProgram(at address: UInt32, count: UInt32) throws(FlashError) {
    try checkBounds(at: address, count: count)
    guard count > 0 else { return }
    let last = address + (count - 1)
    let unit = max(programUnit(at: address), programUnit(at: last))
    guard address % programUnit(at: address) == 0, (last + 1) % programUnit(at: last) == 0 else {
      throw .misaligned(address: address, count: count, unit: unit)
    }
  }

  /// Checks that a range can be erased: inside the flash, both ends on block boundaries.
  ///
  /// - Throws: `FlashError.outOfBounds` or `.misaligned`.
  public func checkErase(at address: UInt32, count: UInt32) throws(FlashError) {
    try checkBounds(at: address, count: count)
    guard count > 0 else { return }
    guard isBlockBoundary(UInt64(address)), isBlockBoundary(UInt64(address) + UInt64(count)) else {
      let unit = eraseBlock(containing: address)?.count ?? 0
      throw .misaligned(address: address, count: count, unit: unit)
    }
  }

  /// Checks that `address ..< address + count` lies inside the flash.
  ///
  /// - Throws: `FlashError.outOfBounds`.
  public func checkBounds(at address: UInt32, count: UInt32) throws(FlashError) {
    guard UInt64(address) + UInt64(count) <= UInt64(size) else {
      throw .outOfBounds(address: address, count: count)
    }
  }

  /// The geometry of a part of this flash, with addresses that count from the start of the part.
  ///
  /// - Throws: `FlashError.outOfBounds`, or `.misaligned` if an end is not a block boundary.
  public func clipped(to range: FlashRange) throws(FlashError) -> FlashGeometry {
    try checkErase(at: range.start, count: range.count)
    var part = FlashGeometry(erased: erased, rewriteRule: rewriteRule)
    for index in 0..<regionCount {
      let region = region(at: index)
      let start = max(region.range.start, range.start)
      let end = min(region.range.end, range.end)
      guard UInt64(start) < end else { continue }
      let blocks = UInt32(end - UInt64(start)) / region.eraseBlock
      do throws(FlashGeometryError) {
        try part.append(
          blockCount: blocks, eraseBlock: region.eraseBlock, programUnit: region.programUnit,
          eccUnit: region.eccUnit)
      } catch {
        throw .outOfBounds(address: range.start, count: range.count)
      }
    }
    return part
  }
}
