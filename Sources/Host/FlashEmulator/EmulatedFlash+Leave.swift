internal import NORFlash

extension EmulatedFlash {
  /// Changes the cells as an operation leaves them that is cut with the given outcome.
  ///
  /// Changes nothing outside the operation, except for `pageCollateral` (its program page) and
  /// `sectorDisturb` (its erase block). Neither takes the power nor counts anything: no operation,
  /// no wear, no time; ``cutPower(at:phase:)`` does.
  ///
  /// `bytes` is what is programmed; an erase takes none.
  ///
  /// - Precondition: The operation is inside the flash: whole program units inside one program page,
  ///   or one erase block.
  /// - Complexity: O(bytes of the operation, its page or its block)
  public mutating func leave(
    _ operation: FlashOperation, bytes: Span<UInt8>, as outcome: CutOutcome
  ) {
    guard !outcome.fault.leavesOldContent else { return }
    let content = content(after: outcome, of: operation, bytes: bytes)
    store(content)
  }

  /// What the cells of the scope of an outcome are afterwards.
  func content(
    after outcome: CutOutcome, of operation: FlashOperation, bytes: Span<UInt8>
  ) -> TornContent {
    let scope = scope(of: outcome, operation)
    var content = TornContent(of: self, at: scope.lowerBound, count: scope.count)
    guard operation.kind == .program else {
      content.erase(outcome)
      return content
    }
    precondition(bytes.count == Int(operation.count), "the bytes are not those of the operation")
    content.ask(at: Int(operation.address), bytes, inversion: inversion)
    let first = (Int(operation.address) - scope.lowerBound) >> unitShift
    content.program(outcome, units: first..<first + bytes.count >> unitShift)
    if outcome.fault == .sectorDisturb {
      let page = programPage(of: operation)
      let start = max(page.lowerBound - scope.lowerBound, 0)
      content.disturb(
        outcome.parameter, outside: start..<min(page.upperBound - scope.lowerBound, scope.count))
    }
    return content
  }

  /// The bytes that an outcome of an operation may change.
  private func scope(of outcome: CutOutcome, _ operation: FlashOperation) -> Range<Int> {
    let start = Int(operation.address)
    let own = start..<start + Int(operation.count)
    precondition(own.upperBound <= Int(size), "the operation is outside the flash")
    guard operation.kind == .program else {
      precondition(
        block(containing: operation.address)?.range
          == FlashRange(start: operation.address, count: operation.count),
        "the operation does not erase exactly one block")
      return own
    }
    precondition((start | own.count) & ((1 << unitShift) - 1) == 0, "the operation is misaligned")
    switch outcome.fault {
    case .pageCollateral:
      let page = programPage(of: operation)
      return page.lowerBound..<min(page.upperBound, Int(size))
    case .sectorDisturb:
      guard let block = block(containing: operation.address) else { return own }
      return Int(block.range.start)..<Int(block.range.end)
    default:
      return own
    }
  }

  private func programPage(of operation: FlashOperation) -> Range<Int> {
    let first = (Int(operation.address) >> pageShift) << pageShift
    return first..<first + 1 << pageShift
  }

  private mutating func store(_ content: borrowing TornContent) {
    let start = content.start
    let count = content.count
    if undo.isRecording { saveForUndo(at: start, count: count) }
    let inversion = inversion
    for index in 0..<content.wordCount {
      unsafe content.cells[index] = (content.cells[index] ^ inversion).littleEndian
      unsafe content.weak[index] = content.weak[index].littleEndian
    }
    unsafe UnsafeMutableRawPointer(cells + start).copyMemory(
      from: content.cells, byteCount: count)
    unsafe storeWeakMasks(content.weak, at: start, count: count)
    guard let unitStates = unsafe unitStates else { return }
    let first = start >> unitShift
    unreadableUnitCount -= unreadableUnits(first: first, count: content.unitCount)
    unsafe (unitStates + first).update(from: content.states, count: content.unitCount)
    unreadableUnitCount += unreadableUnits(first: first, count: content.unitCount)
  }

  private mutating func storeWeakMasks(
    _ source: UnsafeMutablePointer<UInt64>, at start: Int, count: Int
  ) {
    var all: UInt64 = 0
    for index in 0..<(count + 7) >> 3 { all |= unsafe source[index] }
    guard all != 0 || weakByteCount != 0 else { return }
    allocateWeakMasks()
    clearWeakBits(at: start, count: count)
    guard all != 0, let masks = unsafe weakMasks else { return }
    unsafe UnsafeMutableRawPointer(masks + start).copyMemory(from: source, byteCount: count)
    weakByteCount += weakBytes(at: start, count: count)
  }
}
