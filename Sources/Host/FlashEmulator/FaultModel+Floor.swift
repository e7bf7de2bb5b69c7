internal import NORFlash

extension FaultModel {
  /// The least number of outcomes that an operation of some size has under this model.
  ///
  /// Holds for every erase of a block of at least 4 units and 64 bytes, and, on a part without ECC,
  /// for every program of at least 16 bits in at least 4 units of which none is programmed yet.
  public func minimumOutcomes(of kind: FlashOperation.Kind) -> Int {
    var floor = 2
    if faults.contains(.warmReset) { floor += 1 }
    if faults.contains(.brownOutTail) { floor += 3 }
    switch kind {
    case .program:
      var torn = 0
      if faults.contains(.prefix) { torn += 3 }
      if faults.contains(.suffix) { torn += variety == .few ? 1 : 3 }
      if faults.contains(.unitSubset) { torn += variety == .few ? 1 : 2 }
      // With one bit in each unit the patterns of bits are those of units.
      if faults.contains(.bitSubset) { torn = max(torn, variety == .few ? 3 : 6) }
      floor += torn
      if faults.contains(.looksComplete) { floor += 1 }
      if faults.contains(.looksUntouched) { floor += 1 }
      if faults.contains(.pageCollateral) { floor += 1 }
      if faults.contains(.indeterminate) { floor += 3 }
    case .erase:
      // A block that is erased already can be programmed by the erase, or left so in part; one that
      // is all zeros can only lose them.
      if faults.contains(.preProgrammed), faults.contains(.eraseMix) {
        floor += 5
      } else if faults.contains(.eraseMix) {
        floor += 3
      }
      if faults.contains(.looksErased) { floor += 1 }
      if faults.contains(.indeterminate) { floor += 3 }
    }
    return floor
  }

  /// The least number of outcomes of one operation on the content that the flash has.
  ///
  /// Depends only on how many units and bits the operation changes, not on how outcomes are found:
  /// fewer outcomes than this are a defect of the model.
  ///
  /// - Complexity: O(bytes of the operation)
  public func minimumOutcomes(
    of operation: FlashOperation, bytes: Span<UInt8>, on flash: borrowing EmulatedFlash
  ) -> Int {
    guard operation.kind == .program else {
      let isLarge = operation.count >= 64 && Int(operation.count) >> flash.unitShift >= 4
      return isLarge ? minimumOutcomes(of: .erase) : 2
    }
    let summary = ProgramSummary(of: operation, bytes: bytes, on: flash)
    guard summary.changesSomething else { return 1 }
    let isFresh = summary.changedBits == summary.askedBits
    let units = summary.askedUnits.count
    if !summary.hasCode, isFresh, units >= 4, summary.changedBits >= 16 {
      return minimumOutcomes(of: .program)
    }
    var floor = 2
    if faults.contains(.warmReset) { floor += 1 }
    if faults.contains(.brownOutTail) { floor += 3 }
    // Patterns that differ in what they program may agree in what they change.
    guard isFresh else { return floor }
    var torn = 0
    if units > 1, faults.contains(.prefix) { torn += 1 }
    if units > 1, faults.contains(.suffix) { torn += 1 }
    if summary.hasCode {
      if faults.contains(.bitSubset) || faults.contains(.eccTear) { torn += 1 }
    } else if summary.changedBits >= 4, faults.contains(.bitSubset) {
      torn = max(torn, units > 1 && variety == .few ? 3 : 5)
    }
    return floor + torn
  }
}
