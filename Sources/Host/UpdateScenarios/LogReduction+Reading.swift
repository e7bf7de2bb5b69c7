internal import CZlib
internal import NORFlash

/// The bytes of each position of a sector.
typealias LogPositions = LazyMapCollection<Range<Int>, Range<Int>>

/// What a log looks like to a mount, as far as there is no doubt about it.
extension LogReduction {
  /// The generations of the sectors that have a header.
  func generations() -> [UInt32?] {
    (0..<cells.count / shape.sectorSize).map { generation(of: $0) }
  }

  /// The index of the newest generation.
  func newest(of generations: [UInt32?]) -> Int? {
    var newest: Int?
    for (index, generation) in generations.enumerated() {
      guard let generation else { continue }
      if let best = newest.flatMap({ generations[$0] }), Int32(bitPattern: generation &- best) <= 0
      {
        continue
      }
      newest = index
    }
    return newest
  }

  /// Whether a sector is complete beyond doubt: a firm header, and a firm record behind its first
  /// position.
  func isProven(_ sector: Int) -> Bool {
    let base = sector * shape.sectorSize
    guard isFirm(base..<base + shape.pitch), isReadable(base..<base + shape.pitch) else {
      return false
    }
    let generation = number(base + shape.begin + 8)
    return positions(of: sector).dropFirst().contains { holdsRecord($0.lowerBound, of: generation) }
  }

  /// Whether a sector says, or may say, that the log goes on in another.
  func isLeft(_ sector: Int) -> Bool {
    let generation = number(sector * shape.sectorSize + shape.begin + 8)
    for position in positions(of: sector).reversed() {
      if holdsRecord(position.lowerBound, of: generation) { return false }
      if !isFirm(position) || holdsBody(position.lowerBound, of: generation) { return true }
    }
    return true
  }

  /// Whether a sector has a header, and beyond doubt no valid body behind its first record.
  func isUnproven(_ sector: Int) -> Bool {
    let header = sector * shape.sectorSize..<sector * shape.sectorSize + shape.pitch
    guard isFirm(header), isReadable(header), generation(of: sector) != nil else { return false }
    let generation = number(header.lowerBound + shape.begin + 8)
    return positions(of: sector).dropFirst().allSatisfy {
      isFirm($0) && !holdsBody($0.lowerBound, of: generation)
    }
  }

  /// The positions of a sector behind its header.
  func positions(of sector: Int) -> LogPositions {
    let first = sector * shape.sectorSize + shape.pitch
    return (0..<shape.sectorSize / shape.pitch - 1).lazy.map { [pitch = shape.pitch] in
      first + $0 * pitch..<first + ($0 + 1) * pitch
    }
  }

  /// Whether the position at `start` holds a firm record of a generation.
  func holdsRecord(_ start: Int, of generation: UInt32) -> Bool {
    magic(start + shape.begin) == Self.record && isFirm(start..<start + shape.pitch)
      && isReadable(start..<start + shape.pitch) && holdsBody(start, of: generation)
  }

  /// Whether the position at `start` holds a record or a move of a generation.
  func holdsBody(_ start: Int, of generation: UInt32) -> Bool {
    let body = start + shape.begin
    return number(body + 8) == generation && isReadable(body..<body + LogShape.bodySize)
      && isValid(body)
  }

  func generation(of sector: Int) -> UInt32? {
    let start = sector * shape.sectorSize + shape.begin
    guard magic(start) == Self.header, isValid(start) else { return nil }
    return number(start + 8)
  }

  /// Whether a sector is shape.erased before anything in it matters: it has no header, and never gets one
  /// without an erase.
  ///
  /// Without any sector that has one it makes a difference whether all is blank.
  func isAbandoned(_ start: Int, _ generations: [UInt32?], _ index: Int) -> Bool {
    let header = start..<start + shape.pitch
    return relevance == .untilSuperseded && generations[index] == nil && isFirm(header)
      && generations.contains { $0 != nil }
  }

  /// Whether something was written behind the body of a position.
  func isSettled(_ position: Range<Int>) -> Bool {
    let settled = position.lowerBound + shape.begin + LogShape.bodySize..<position.upperBound
    return !isBlank(settled) || !isReadable(settled)
  }

  /// A generation by its place among those of the headers: each cut in a move makes the newest one
  /// greater, and only which is newer, and which the next one will be, makes a difference.
  func place(of generation: UInt32, _ generations: [UInt32?], _ newest: Int) -> UInt32 {
    let distance = generation &- (generations[newest] ?? 0)
    // A weak header may read as nothing, and what stands behind it be newer than all that can be read.
    if Int32(bitPattern: distance) >= 0 { return distance }
    let newer = generations.filter { $0.map { Int32(bitPattern: $0 &- generation) > 0 } ?? false }
    return 0x1_0000 | UInt32(newer.count) << 1 | (generations.contains(generation) ? 1 : 0)
  }

  func isFirm(_ range: Range<Int>) -> Bool {
    weak.isEmpty || isFilled(weak, range, with: 0)
  }

  func isBlank(_ range: Range<Int>) -> Bool {
    isFilled(cells, range, with: shape.erased)
  }

  func isFilled(_ bytes: [UInt8], _ range: Range<Int>, with value: UInt8) -> Bool {
    let all = bytes.span
    let word = UInt64(value) &* 0x0101_0101_0101_0101
    var index = range.lowerBound
    while index + 8 <= range.upperBound {
      if all.littleEndianUInt64(at: index) != word { return false }
      index += 8
    }
    while index < range.upperBound {
      if all[index] != value { return false }
      index += 1
    }
    return true
  }

  func isReadable(_ range: Range<Int>) -> Bool {
    guard !units.isEmpty else { return true }
    let last = (range.upperBound - 1) >> shape.unitShift
    return units[range.lowerBound >> shape.unitShift...last].allSatisfy { $0 & 0x80 == 0 }
  }

  func isValid(_ body: Int) -> Bool {
    guard cells[body + 4] == 1 else { return false }
    let checksum = unsafe cells.withUnsafeBufferPointer {
      unsafe crc32_z(0, $0.baseAddress.map { unsafe $0 + body }, 60)
    }
    return number(body + 60) == UInt32(truncatingIfNeeded: checksum)
  }

  func magic(_ body: Int) -> UInt32 { number(body) }

  func number(_ place: Int) -> UInt32 {
    cells.span.littleEndianUInt32(at: place)
  }
}
