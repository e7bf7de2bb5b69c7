public import NORFlash

extension PartitionTable {
  /// Rules about the erase blocks under the partitions.
  func checkBlocks(on geometry: FlashGeometry, _ body: (PartitionFinding) -> Void) {
    for index in indices where isInside(index, geometry) {
      let range = self[index].range
      let last = UInt32(range.end - 1)
      guard let first = geometry.eraseBlock(containing: range.start),
        let final = geometry.eraseBlock(containing: last)
      else { continue }
      if first.start != range.start { body(.startInsideBlock(index, block: first)) }
      if final.end != range.end { body(.endInsideBlock(index, block: final)) }
      if !geometry.isUniform(in: range) { body(.mixedBlockSizes(index)) }
      for other in 0..<index { checkShared(other, index, on: geometry, body) }
    }
  }

  /// Two partitions that share an erase block and no byte of it.
  private func checkShared(
    _ first: Int, _ second: Int, on geometry: FlashGeometry, _ body: (PartitionFinding) -> Void
  ) {
    guard isInside(first, geometry), !self[first].range.overlaps(self[second].range) else { return }
    guard self[first].access == .readWrite || self[second].access == .readWrite else { return }
    let ascending = self[first].range.start < self[second].range.start
    let (low, high) = ascending ? (self[first], self[second]) : (self[second], self[first])
    guard let block = geometry.eraseBlock(containing: UInt32(low.range.end - 1)),
      block.contains(high.range.start)
    else { return }
    body(.sharedBlock(first, second, block: block))
  }

  /// Rules about partitions that hold a log or a store.
  func checkLogs(
    on geometry: FlashGeometry, _ options: PartitionCheckOptions,
    _ body: (PartitionFinding) -> Void
  ) {
    for index in indices where isInside(index, geometry) {
      let partition = self[index]
      guard partition.access == .readWrite else { continue }
      let blocks = geometry.wholeBlockCount(in: partition.range)
      if partition.holdsLog {
        if blocks < 2 { body(.tooFewBlocks(index, count: blocks, required: 2)) }
      } else if partition.holdsStore, blocks < 2 {
        body(.singleBlockStore(index))
      }
      if partition.role == .metadata { checkLife(of: index, blocks, options, body) }
    }
  }

  /// A log that is written ten times a day for 27 years takes 100,000 records.
  private func checkLife(
    of index: Int, _ blocks: UInt32, _ options: PartitionCheckOptions,
    _ body: (PartitionFinding) -> Void
  ) {
    guard options.eraseEndurance > 0, options.metadataRecordSize > 0, blocks > 0 else { return }
    let records = self[index].range.count / options.metadataRecordSize
    let writes = records.multipliedReportingOverflow(by: options.eraseEndurance)
    if !writes.overflow, writes.partialValue < 100_000 {
      body(.shortLogLife(index, writes: writes.partialValue))
    }
  }

  /// Rules about what is programmed at once.
  func checkUnits(
    on geometry: FlashGeometry, _ options: PartitionCheckOptions,
    _ body: (PartitionFinding) -> Void
  ) {
    for index in indices where isInside(index, geometry) {
      let unit = geometry.largestUnit(in: self[index].range)
      switch self[index].role {
      case .metadata:
        checkUnit(index, size: options.metadataRecordSize, unit, body)
      case .slotA, .slotB:
        checkUnit(index, size: options.imageHeaderSize, unit, body)
        checkUnit(index, size: options.slotTrailerSize, unit, body)
      case .factory, nil: break
      }
    }
  }

  private func checkUnit(
    _ index: Int, size: UInt32, _ unit: UInt32, _ body: (PartitionFinding) -> Void
  ) {
    if size % unit != 0 { body(.unitMismatch(index, size: size, unit: unit)) }
  }

  /// Whether the partition has bytes and all of them are in the flash.
  func isInside(_ index: Int, _ geometry: FlashGeometry) -> Bool {
    self[index].range.count > 0 && self[index].range.end <= UInt64(geometry.size)
  }
}

extension Partition {
  /// Whether the content is a log or a redundant record that must survive a torn erase.
  ///
  /// An environment of U-Boot has no number of its own and is known by its name.
  fileprivate var holdsLog: Bool {
    switch kind {
    case .bootState, .otaData, .teeOTAData: true
    default:
      label.isEqual(to: "env") || label.isEqual(to: "u-boot-env") || label.isEqual(to: "uboot-env")
    }
  }

  /// Whether the content is a file system or a key-value store.
  fileprivate var holdsStore: Bool {
    guard type == .data else { return false }
    switch subtype {
    case PartitionKind.nvs.subtype, 0x81, 0x82, 0x83: return true
    default: return false
    }
  }
}

extension FlashGeometry {
  /// Calls `body` with each run of equal erase blocks in `range` and the region it lies in.
  private func forEachRun(in range: FlashRange, _ body: (FlashRange, FlashRegion) -> Void) {
    for index in 0..<regionCount {
      let region = region(at: index)
      let count = region.range.intersectionCount(range)
      guard count > 0 else { continue }
      body(FlashRange(start: max(region.start, range.start), count: count), region)
    }
  }

  /// Whether all erase blocks that `range` touches have the same size.
  fileprivate func isUniform(in range: FlashRange) -> Bool {
    var size: UInt32 = 0
    var uniform = true
    forEachRun(in: range) { _, region in
      if size != 0, size != region.eraseBlock { uniform = false }
      size = region.eraseBlock
    }
    return uniform
  }

  /// The number of erase blocks that lie wholly in `range`.
  ///
  /// - Complexity: O(regions)
  public func wholeBlockCount(in range: FlashRange) -> UInt32 {
    var blocks: UInt32 = 0
    forEachRun(in: range) { run, region in
      let skipped =
        (region.eraseBlock - (run.start - region.start) % region.eraseBlock)
        % region.eraseBlock
      if run.count > skipped { blocks += (run.count - skipped) / region.eraseBlock }
    }
    return blocks
  }

  /// The size of the largest erase block that `range` touches.
  func largestBlock(in range: FlashRange) -> UInt32 {
    var largest: UInt32 = 0
    forEachRun(in: range) { _, region in largest = max(largest, region.eraseBlock) }
    return largest
  }

  /// The largest program unit or error-correction unit that `range` touches, at least 1.
  fileprivate func largestUnit(in range: FlashRange) -> UInt32 {
    var largest: UInt32 = 1
    forEachRun(in: range) { _, region in
      largest = max(largest, max(region.programUnit, region.eccUnit))
    }
    return largest
  }
}
