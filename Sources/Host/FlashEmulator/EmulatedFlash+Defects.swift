internal import NORFlash

extension EmulatedFlash {
  /// Lets operation `index` from now, counted from 0, go wrong.
  ///
  /// Several operations can have a defect; a power cut of the same operation comes first. Defects are
  /// no state: a rollback leaves them, and each happens once.
  public mutating func inject(_ defect: OperationDefect, at index: UInt64) {
    let (absolute, overflow) = operationCount.addingReportingOverflow(index)
    guard !overflow else { return }
    conditions.operationDefects[absolute] = defect
    hasDefects = true
  }

  /// Lets every read of the byte at `address` go wrong, or, with `nil`, no longer.
  ///
  /// Cells, dumps and the rules for programming are not affected.
  ///
  /// - Precondition: The address is inside the flash.
  public mutating func inject(_ defect: ReadDefect?, at address: UInt32) {
    precondition(address < size, "the address is outside the flash")
    conditions.readDefects[address] = defect
    updateReadChanges()
  }

  /// Forgets all defects, of operations and of reads.
  public mutating func removeDefects() {
    conditions.operationDefects = [:]
    conditions.readDefects = [:]
    hasDefects = false
    updateReadChanges()
  }

  /// The number of the next operation with a defect.
  var nextDefect: UInt64 {
    guard hasDefects else { return .max }
    return conditions.operationDefects.keys.filter { $0 >= operationCount }.min() ?? .max
  }

  /// Performs an operation that has a defect.
  ///
  /// - Throws: What a failure reports.
  mutating func performDefective(
    _ operation: FlashOperation, _ bytes: Span<UInt8>
  ) throws(FlashError) {
    guard let defect = conditions.operationDefects.removeValue(forKey: operationCount) else {
      return
    }
    hasDefects = !conditions.operationDefects.isEmpty
    leave(operation, bytes: bytes, as: defect.outcome)
    operationCount += 1
    guard case .failure = defect else { return }
    switch operation.kind {
    case .program: throw .programFailed(address: operation.address)
    case .erase: throw .eraseFailed(address: operation.address)
    }
  }

  /// Lets defective bytes show in bytes that were just read.
  mutating func spoilRead(
    at start: Int, count: Int, _ buffer: UnsafeMutablePointer<UInt8>
  ) throws(FlashError) {
    // The first one that is unreadable is reported, whatever the order of the dictionary.
    var failed: Int?
    for (address, defect) in conditions.readDefects {
      let position = Int(address)
      guard position >= start, position < start + count else { continue }
      switch defect {
      case .unreadable:
        failed = min(failed ?? position, position)
      case .flipped(let mask):
        unsafe buffer[position - start] ^= mask
      case .stuck(let mask, let value):
        unsafe buffer[position - start] = (buffer[position - start] & ~mask) | (value & mask)
      }
    }
    if let failed { throw unreadable(at: (failed >> unitShift) << unitShift) }
  }
}
