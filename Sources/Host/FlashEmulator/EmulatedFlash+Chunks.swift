/// The size of a stored chunk: cells, then unit states, then weak masks if there are any.
struct ChunkLayout {
  let cells: Int
  let units: Int
}

extension EmulatedFlash {
  /// Whether the program units of the part have a state of their own.
  package var hasUnitStates: Bool { unsafe unitStates != nil }

  private var chunkLayout: ChunkLayout {
    ChunkLayout(cells: chunkSize, units: unsafe unitStates == nil ? 0 : chunkSize >> unitShift)
  }

  /// The content of a chunk as bytes that `setChunk(_:to:)` takes back.
  package func chunk(_ index: Int) -> [UInt8] {
    let layout = chunkLayout
    let start = index * layout.cells
    var bytes: [UInt8] = []
    let isWeak = weakByteCount != 0 && hasWeakBits(at: start, count: layout.cells)
    bytes.reserveCapacity(layout.cells + layout.units + (isWeak ? layout.cells : 0))
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: cells + start, count: layout.cells))
    if let unitStates = unsafe unitStates {
      unsafe bytes.append(
        contentsOf: UnsafeBufferPointer(
          start: unitStates + start >> unitShift, count: layout.units))
    }
    if isWeak, let masks = unsafe weakMasks {
      unsafe bytes.append(
        contentsOf: UnsafeBufferPointer(start: masks + start, count: layout.cells))
    }
    return bytes
  }

  /// Puts a chunk back to a content that `chunk(_:)` gave.
  ///
  /// - Precondition: `bytes` came from a flash of the same part.
  package mutating func setChunk(_ index: Int, to bytes: Span<UInt8>) {
    let layout = chunkLayout
    let start = index * layout.cells
    let isWeak = bytes.count > layout.cells + layout.units
    precondition(
      bytes.count == layout.cells + layout.units + (isWeak ? layout.cells : 0),
      "the chunk is of another part")
    if undo.isRecording { saveForUndo(at: start, count: layout.cells) }
    if weakByteCount != 0 { clearWeakBits(at: start, count: layout.cells) }
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      unsafe (cells + start).update(from: base, count: layout.cells)
      if let unitStates = unsafe unitStates {
        let first = start >> unitShift
        unreadableUnitCount -= unreadableUnits(first: first, count: layout.units)
        unsafe (unitStates + first).update(from: base + layout.cells, count: layout.units)
        unreadableUnitCount += unreadableUnits(first: first, count: layout.units)
      }
      guard isWeak else { return }
      let masks = unsafe base + layout.cells + layout.units
      for offset in 0..<layout.cells where unsafe masks[offset] != 0 {
        setWeakMask(unsafe masks[offset], at: start + offset)
      }
    }
  }
}
