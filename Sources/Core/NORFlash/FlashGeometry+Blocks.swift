extension FlashGeometry {
  /// The region that holds `address`, or `nil` behind the end of the flash.
  ///
  /// - Complexity: O(regions)
  public func region(containing address: UInt32) -> FlashRegion? {
    for index in 0..<regionCount where address < regions.span[index].end {
      return regions.span[index]
    }
    return nil
  }

  /// The start of the region that holds `address`, and the sizes of its blocks and units.
  ///
  /// Exists once, and returns no more than registers hold: a boot loader's size matters.
  @inline(never)
  private func grain(
    at address: UInt32
  ) -> (start: UInt32, eraseBlock: UInt32, programUnit: UInt32)? {
    region(containing: address).map { ($0.start, $0.eraseBlock, $0.programUnit) }
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
    address <= UInt64(size) && isBlockBoundary(UInt32(address))
  }

  private func isBlockBoundary(_ address: UInt32) -> Bool {
    guard let grain = grain(at: address) else { return address == size }
    return (address - grain.start) % grain.eraseBlock == 0
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
    grain(at: address)?.programUnit ?? 1
  }

  /// Checks that a range can be programmed: inside the flash, and aligned to the program units.
  ///
  /// - Throws: `FlashError.outOfBounds` or `.misaligned`.
  public func checkProgram(at address: UInt32, count: UInt32) throws(FlashError) {
    try checkBounds(at: address, count: count)
    guard count > 0 else { return }
    let end = address + count
    let (first, last) = (programUnit(at: address), programUnit(at: end - 1))
    guard address % first == 0, end % last == 0 else {
      throw .misaligned(address: address, count: count, unit: max(first, last))
    }
  }

  /// Checks that a range can be erased: inside the flash, both ends on block boundaries.
  ///
  /// - Throws: `FlashError.outOfBounds` or `.misaligned`.
  public func checkErase(at address: UInt32, count: UInt32) throws(FlashError) {
    try checkBounds(at: address, count: count)
    guard count == 0 || isBlockBoundary(address) && isBlockBoundary(address + count) else {
      let unit = grain(at: address)?.eraseBlock ?? 0
      throw .misaligned(address: address, count: count, unit: unit)
    }
  }

  /// Checks that `address ..< address + count` lies inside the flash.
  ///
  /// - Throws: `FlashError.outOfBounds`.
  public func checkBounds(at address: UInt32, count: UInt32) throws(FlashError) {
    guard address <= size, count <= size - address else {
      throw .outOfBounds(address: address, count: count)
    }
  }

  /// The geometry of a part of this flash, with addresses that count from the start of the part.
  ///
  /// - Throws: `FlashError.outOfBounds`, or `.misaligned` if an end is not a block boundary.
  public func clipped(to range: FlashRange) throws(FlashError) -> FlashGeometry {
    try checkErase(at: range.start, count: range.count)
    var part = self
    part.clip(to: range.start..<range.start + range.count)
    return part
  }
}
