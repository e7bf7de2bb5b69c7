import NORFlash

/// A leaf of which some bytes have come.
struct OpenLeaf {
  /// The bytes; those that have not come are zero.
  private(set) var bytes: [UInt8]
  /// One bit for each byte that has come: bounded, however small and scattered the fragments are.
  private var arrived: [UInt64]
  private var arrivedCount = 0

  init(size: Int) {
    bytes = Array(repeating: 0, count: size)
    arrived = Array(repeating: 0, count: (size + 63) / 64)
  }

  var isComplete: Bool { arrivedCount == bytes.count }

  /// Takes bytes; they replace what has come before.
  mutating func receive(_ source: Span<UInt8>, at start: Int) {
    var target = bytes.mutableSpan
    target.copy(source, at: start)
    var position = start
    let end = start + source.count
    while position < end {
      let shift = position % 64
      let count = min(64 - shift, end - position)
      let mask = (UInt64.max >> UInt64(64 - count)) << UInt64(shift)
      arrivedCount += (mask & ~arrived[position / 64]).nonzeroBitCount
      arrived[position / 64] |= mask
      position += count
    }
  }

  /// The bytes that have not come, as offsets in the leaf.
  var missingRanges: [Range<Int>] {
    var ranges: [Range<Int>] = []
    var position = 0
    while position < bytes.count {
      let start = next(from: position, arrived: false)
      position = next(from: start, arrived: true)
      if start < position { ranges.append(start..<position) }
    }
    return ranges
  }

  /// The first byte from `start` on that has come, or has not; the size if there is none.
  private func next(from start: Int, arrived isArrived: Bool) -> Int {
    var position = start
    while position < bytes.count {
      let word = arrived[position / 64]
      let wanted = (isArrived ? word : ~word) >> UInt64(position % 64)
      if wanted != 0 { return min(position + wanted.trailingZeroBitCount, bytes.count) }
      position = (position / 64 + 1) * 64
    }
    return bytes.count
  }
}
