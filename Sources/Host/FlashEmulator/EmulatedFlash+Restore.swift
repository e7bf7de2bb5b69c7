internal import NORFlash

extension EmulatedFlash {
  /// Makes a flash from a dump of its bytes and the sidecar that was written with it.
  ///
  /// The dump decides the content: a unit that is not erased in it counts as programmed at least
  /// once, so a dump that another tool has changed remains consistent. The power is on.
  ///
  /// `part` is needed only for a part that is not in the catalogue.
  ///
  /// - Throws: `FlashDumpError` if the sidecar is damaged or does not fit the part or the dump.
  /// - Complexity: O(size of the part)
  public static func restored(
    contents: [UInt8], sidecar: FlashSidecar, part: FlashPart? = nil,
    enforcement: RuleEnforcement = .strict,
    operationGranularity: OperationGranularity = .programPage
  ) throws(FlashDumpError) -> EmulatedFlash {
    let part = try sidecar.resolvedPart(part)
    guard contents.count == Int(part.size) else {
      throw .wrongSize(part: part.name, expected: part.size, found: contents.count)
    }
    guard let state = UInt64(sidecar.randomState, radix: 16) else {
      throw .invalidSidecar(reason: "randomState is not hexadecimal")
    }
    var flash = EmulatedFlash(
      part: part, enforcement: enforcement, operationGranularity: operationGranularity)
    unsafe contents.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      unsafe flash.cells.update(from: base, count: source.count)
    }
    flash.random.state = state
    try flash.restoreWear(sidecar)
    try flash.restoreUnits(sidecar)
    try flash.restoreWeakBits(sidecar)
    flash.operationCount = sidecar.operationCount
    flash.totals = sidecar.statistics
    flash.earlierTotals = sidecar.statistics
    flash.earlierTime = sidecar.elapsedTime
    flash.longestErase = sidecar.longestErase
    flash.ranges = sidecar.ranges.map {
      NamedRange(
        name: $0.name, range: FlashRange(start: $0.start, count: $0.count),
        statistics: $0.statistics)
    }
    return flash
  }

  private mutating func restoreWear(_ sidecar: FlashSidecar) throws(FlashDumpError) {
    for run in sidecar.wear {
      guard let blocks = Self.checkedRun(run.firstBlock, run.blockCount, limit: blockCount) else {
        throw .invalidSidecar(reason: "wear of block \(run.firstBlock) is outside the part")
      }
      for index in blocks { unsafe eraseCounts[index] = run.erases }
    }
  }

  private mutating func restoreUnits(_ sidecar: FlashSidecar) throws(FlashDumpError) {
    guard let unitStates = unsafe unitStates else {
      guard sidecar.units.isEmpty else {
        throw .invalidSidecar(reason: "a \(part.name) has no unit states")
      }
      return
    }
    for run in sidecar.units {
      guard let units = Self.checkedRun(run.firstUnit, run.unitCount, limit: unitCount),
        (0...Int(UnitState.countMask)).contains(run.programs)
      else {
        throw .invalidSidecar(reason: "unit \(run.firstUnit) has an impossible state")
      }
      let state = UInt8(run.programs) | (run.isUnreadable ? UnitState.unreadable : 0)
      for index in units { unsafe unitStates[index] = state }
    }
    for index in 0..<unitCount where unsafe unitStates[index] == 0 {
      let unit = unsafe cells + index << unitShift
      if unsafe !isFilled(unit, 1 << unitShift, with: erasedByte) {
        unsafe unitStates[index] = 1
      }
    }
    unreadableUnitCount = unreadableUnits(first: 0, count: unitCount)
  }

  private mutating func restoreWeakBits(_ sidecar: FlashSidecar) throws(FlashDumpError) {
    for run in sidecar.weakBits {
      guard let masks = Hexadecimal.bytes(run.masks),
        Self.checkedRun(Int(run.address), masks.count, limit: Int(size)) != nil
      else {
        throw .invalidSidecar(reason: "weak bits at \(run.address) are impossible")
      }
      for (offset, mask) in masks.enumerated() {
        setWeakMask(mask, at: Int(run.address) + offset)
      }
    }
  }

  private static func checkedRun(_ first: Int, _ count: Int, limit: Int) -> Range<Int>? {
    guard first >= 0, count >= 0, first <= limit, count <= limit - first else { return nil }
    return first..<first + count
  }
}

extension FlashSidecar {
  /// The part the sidecar belongs to: `given` if it is the one named, else that of the catalogue.
  fileprivate func resolvedPart(_ given: FlashPart?) throws(FlashDumpError) -> FlashPart {
    guard formatVersion == Self.currentFormatVersion else {
      throw .unsupportedVersion(found: formatVersion, supported: Self.currentFormatVersion)
    }
    guard let given else {
      do throws(UnknownFlashPart) { return try .named(part) } catch { throw .unknownPart(error) }
    }
    guard given.name == part else { throw .otherPart(expected: given.name, found: part) }
    return given
  }
}
