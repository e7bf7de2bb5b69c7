// Lines of four bytes: what a search needs to say which content a life of the device has looked at.

extension EmulatedFlash {
  /// The lines of each chunk that a range touches; bit i of a mask is line i of the chunk.
  package func lines(at address: UInt32, count: UInt32) -> LinesOfChunks {
    LinesOfChunks(address: address, end: address + count, chunkSize: UInt32(chunkSize))
  }

  /// The digest of the content of some lines of a chunk: cells, weak bits, states of units.
  package mutating func digest(of lines: ChunkLines) -> ContentDigest {
    if lines.mask == UInt64.max >> UInt64(64 - min(chunkSize >> 2, 64)) {
      _ = contentDigest()
      return chunkDigest(Int(lines.chunk))
    }
    let start = Int(lines.chunk) * chunkSize
    let hasWeak = weakByteCount != 0 && hasWeakBits(at: start, count: chunkSize)
    // Cells, weak masks, and at most four units a line.
    var storage: [768 of UInt8] = .init(repeating: 0)
    var used = 0
    var rest = lines.mask
    while rest != 0 {
      let line = rest.trailingZeroBitCount
      rest &= rest - 1
      let position = start + line * 4
      for offset in position..<min(position + 4, Int(size)) {
        storage[used] = unsafe cells[offset]
        used += 1
        guard hasWeak else { continue }
        storage[used] = weakMask(at: offset)
        used += 1
      }
      guard let unitStates = unsafe unitStates else { continue }
      for unit in position >> unitShift...(position + 3) >> unitShift {
        storage[used] = unsafe unitStates[unit]
        used += 1
      }
    }
    return ContentDigest(of: storage.span.extracting(0..<used), seed: lines.mask)
  }
}

/// The lines of a range, chunk by chunk.
package struct LinesOfChunks: Sequence, IteratorProtocol {
  private var address: UInt32
  private let end: UInt32
  private let chunkSize: UInt32

  fileprivate init(address: UInt32, end: UInt32, chunkSize: UInt32) {
    self.address = address
    self.end = end
    self.chunkSize = chunkSize
  }

  package mutating func next() -> ChunkLines? {
    guard address < end else { return nil }
    let chunk = address / chunkSize
    let start = chunk * chunkSize
    let stop = Swift.min(end - start, chunkSize)
    let first = (address - start) >> 2
    let last = (stop - 1) >> 2
    address = start + stop
    let mask = (UInt64.max >> UInt64(63 - (last - first))) << UInt64(first)
    return ChunkLines(chunk: chunk, mask: mask)
  }
}

/// Some lines of a chunk.
package struct ChunkLines: Equatable, Sendable {
  /// The number of the chunk.
  package var chunk: UInt32
  /// The lines, lowest address in bit 0.
  package var mask: UInt64

  /// Makes a selection of lines.
  package init(chunk: UInt32, mask: UInt64) {
    self.chunk = chunk
    self.mask = mask
  }
}
