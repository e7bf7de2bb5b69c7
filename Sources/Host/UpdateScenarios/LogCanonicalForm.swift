internal import CZlib
internal import FlashEmulator
internal import NORFlash
internal import PowerLoss

/// What of a metadata log makes a difference.
///
/// Of counters that only grow, no more counts than their order: generations of sectors within a log,
/// and, where a log is held twice, the numbers of states across both halves, for every new number is
/// greater than all that can be read. Within one log the number of a state decides nothing.
///
/// As long as a cut damages nothing but what is being written: of a sector everything counts from its
/// last valid, firm record on; what stands in front of that record is superseded and left out. A
/// sector counts only until a newer one is proven, and never without a valid header: it is erased
/// before anything in it matters. Where a cut can damage what stood there before, an older record can come back, and every
/// record of every sector counts.
///
/// A position that is used and not valid, and has no weak bits, counts as just that: nothing but an
/// erase touches it any more. Where there are weak bits, the bytes count as they are, and with them
/// the counters that they are compared with.
enum LogCanonicalForm {
  /// For cuts that damage nothing but what is being written.
  static func form(of metadata: FlashRange) -> CanonicalForm {
    CanonicalForm(
      "metadata log: sectors, generations and numbers of states by their order, no content of torn "
        + "positions, nothing in front of the last valid record of a sector, no sector older than a "
        + "proven one or without a header",
      ranges: [metadata]
    ) { flash in
      LogReduction(metadata, flash, .untilSuperseded).bytes
    }
  }

  /// For cuts that can damage what was complete before.
  static func collateralForm(of metadata: FlashRange) -> CanonicalForm {
    CanonicalForm(
      "metadata log: sectors, generations and numbers of states by their order, no content of torn "
        + "positions",
      ranges: [metadata]
    ) { flash in
      LogReduction(metadata, flash, .always).bytes
    }
  }
}

/// How long a record counts.
private enum RecordRelevance {
  case untilSuperseded
  case always
}

/// Reads a log from the bytes of its partition, without the code that is under test.
private struct LogReduction {
  private static let bodySize = 64
  private static let positionsAtLeast = 12
  private static let header: UInt32 = 0x534C_5042
  private static let record: UInt32 = 0x524C_5042
  private static let move: UInt32 = 0x4D4C_5042
  private let cells: [UInt8]
  private let weak: [UInt8]
  private let units: [UInt8]
  private let unit: Int
  private let begin: Int
  private let settle: Int
  private let stride: Int
  private let sectorSize: Int
  /// The sectors of each log on the partition.
  private let halves: [Range<Int>]
  private let erased: UInt8
  private let unitShift: Int
  private let relevance: RecordRelevance
  /// The numbers of states, and where in the form their ranks belong.
  private var numbers: [(place: Int, number: UInt32)] = []
  /// Whether there is a position with weak bits, whose counters count as they are.
  private var isUndecided = false

  init(
    _ range: FlashRange, _ flash: borrowing EmulatedFlash, _ relevance: RecordRelevance
  ) {
    self.relevance = relevance
    cells = flash.bytes(in: range)
    weak = flash.weakMasks(in: range)
    units = flash.unitStates(in: range)
    let region = flash.geometry.region(containing: range.start) ?? flash.geometry.region(at: 0)
    unit = Int(max(region.programUnit, region.eccUnit))
    unitShift = region.programUnit.trailingZeroBitCount
    begin = unit
    settle = max(unit, 4)
    stride = begin + Self.bodySize + settle
    let block = Int(region.eraseBlock)
    sectorSize = (Self.positionsAtLeast * stride + block - 1) / block * block
    let count = Int(range.count) / sectorSize
    halves = count < 4 ? [0..<count] : [0..<count / 2, count / 2..<count / 2 * 2]
    erased = flash.geometry.erased.byte
  }

  var bytes: [UInt8] {
    var reduction = self
    var result: [UInt8] = []
    for half in halves { reduction.append(half: half, to: &result) }
    reduction.rankNumbers(in: &result)
    if reduction.isUndecided { reduction.appendCounters(to: &result) }
    return result
  }

  /// The form of one log: sectors from the newest on, in the order in which they are used.
  private mutating func append(half sectors: Range<Int>, to result: inout [UInt8]) {
    let generations = generations(of: sectors)
    let first = newest(of: generations) ?? 0
    let isNewestProven = generations[first] != nil && isProven(sectors.lowerBound + first)
    for offset in 0..<sectors.count {
      let index = (first + offset) % sectors.count
      result.append(UInt8(0xF0))
      if isNewestProven, offset > 0, relevance == .untilSuperseded { continue }
      append(sectors.lowerBound + index, index, generations, first, to: &result)
    }
  }

  /// What the bytes of weak positions are compared with.
  private func appendCounters(to result: inout [UInt8]) {
    var counters = numbers.map(\.number)
    for half in halves {
      let generations = generations(of: half)
      counters.append(newest(of: generations).flatMap { generations[$0] } ?? 0)
    }
    for counter in counters {
      for shift in [0, 8, 16, 24] {
        result.append(UInt8(truncatingIfNeeded: counter >> UInt32(shift)))
      }
    }
  }

  private func generations(of sectors: Range<Int>) -> [UInt32?] {
    sectors.map { generation(of: $0) }
  }

  /// The index of the newest generation.
  private func newest(of generations: [UInt32?]) -> Int? {
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

  /// Whether a sector is complete beyond doubt: a firm header, a firm record, and something programmed
  /// for good behind its first position.
  private func isProven(_ sector: Int) -> Bool {
    let base = sector * sectorSize
    guard isFirm(base..<base + stride), isReadable(base..<base + stride) else { return false }
    var isUsed = false
    var position = sectorSize / stride - 1
    while position > 0 {
      let start = base + position * stride
      let range = start..<start + stride
      if !isBlank(range), isFirm(range) {
        if position > 1 { isUsed = true }
        if isUsed, holdsRecord(start, of: number(base + begin + 8)) { return true }
      }
      position -= 1
    }
    return false
  }

  /// Whether the position at `start` holds a firm record of a generation.
  private func holdsRecord(_ start: Int, of generation: UInt32) -> Bool {
    let body = start + begin
    return magic(body) == Self.record && number(body + 8) == generation
      && isFirm(start..<start + stride) && isReadable(start..<start + stride) && isValid(body)
  }

  private func generation(of sector: Int) -> UInt32? {
    let start = sector * sectorSize + begin
    guard magic(start) == Self.header, isValid(start) else { return nil }
    return number(start + 8)
  }

  private mutating func append(
    _ sector: Int, _ index: Int, _ generations: [UInt32?], _ newest: Int, to result: inout [UInt8]
  ) {
    let base = sector * sectorSize
    if isAbandoned(base, generations, index) { return result.append(0xF1) }
    append(position: base, index, generations, newest, to: &result)
    var position = sectorSize / stride - 1
    while position > 0 {
      let start = base + position * stride
      append(position: start, index, generations, newest, to: &result)
      if relevance == .untilSuperseded, let own = generations[index], holdsRecord(start, of: own) {
        result.append(UInt8(position))
        return
      }
      position -= 1
    }
  }

  /// Whether a sector is erased before anything in it matters: it has no header, and never gets one
  /// without an erase.
  ///
  /// Without any sector that has one it makes a difference whether all is blank.
  private func isAbandoned(_ start: Int, _ generations: [UInt32?], _ index: Int) -> Bool {
    let header = start..<start + stride
    return relevance == .untilSuperseded && generations[index] == nil && isFirm(header)
      && generations.contains { $0 != nil }
  }

  /// A position by its class, its weak bits, and what of its body counts.
  private mutating func append(
    position start: Int, _ index: Int, _ generations: [UInt32?], _ newest: Int,
    to result: inout [UInt8]
  ) {
    let range = start..<start + stride
    let body = start + begin
    guard isFirm(range) else {
      isUndecided = true
      result.append(0xE0)
      result.append(contentsOf: cells[range])
      result.append(contentsOf: weak[range])
      appendUnits(range, to: &result)
      return
    }
    if isBlank(range), isReadable(range) {
      result.append(0)
      // A unit may read blank and be programmed all the same.
      return appendUnits(range, to: &result)
    }
    guard isReadable(body..<body + Self.bodySize), isValid(body) else { return result.append(1) }
    let settled = body + Self.bodySize..<start + stride
    result.append(isBlank(settled) && isReadable(settled) ? 2 : 3)
    var content = Array(cells[body..<body + 60])
    set(&content, at: 12, 0)
    if halves.count > 1, magic(body) == Self.record {
      numbers.append((result.count + 12, number(body + 12)))
    }
    let generation = number(body + 8)
    set(&content, at: 8, place(of: generation, generations, newest))
    if magic(body) == Self.move {
      set(&content, at: 20, place(of: number(body + 20), generations, newest))
    }
    content.append(generation == generations[index] ? 1 : 0)
    result.append(contentsOf: content)
  }

  /// A generation by its place among those of the headers: each cut in a move makes the newest one
  /// greater, and only which is newer, and which the next one will be, makes a difference.
  private func place(of generation: UInt32, _ generations: [UInt32?], _ newest: Int) -> UInt32 {
    let distance = generation &- (generations[newest] ?? 0)
    // What a move announced may be the generation that comes next.
    if Int32(bitPattern: distance) >= 0 { return distance }
    let newer = generations.filter { $0.map { Int32(bitPattern: $0 &- generation) > 0 } ?? false }
    return 0x1_0000 | UInt32(newer.count) << 1 | (generations.contains(generation) ? 1 : 0)
  }

  /// Puts ranks where numbers of states belong.
  private func rankNumbers(in result: inout [UInt8]) {
    for (place, number) in numbers {
      var newer: Set<UInt32> = []
      for other in numbers where Int32(bitPattern: other.number &- number) > 0 {
        newer.insert(other.number)
      }
      set(&result, at: place, UInt32(newer.count))
    }
  }

  private func appendUnits(_ range: Range<Int>, to result: inout [UInt8]) {
    guard !units.isEmpty else { return }
    let states = units[range.lowerBound >> unitShift..<range.upperBound >> unitShift]
    // How often a unit was programmed counts, but only as far as any rule looks.
    result.append(contentsOf: states.map { $0 & 0x80 | min($0 & 0x7F, 3) })
  }

  private func isFirm(_ range: Range<Int>) -> Bool {
    weak.isEmpty || isFilled(weak, range, with: 0)
  }

  private func isBlank(_ range: Range<Int>) -> Bool {
    isFilled(cells, range, with: erased)
  }

  private func isFilled(_ bytes: [UInt8], _ range: Range<Int>, with value: UInt8) -> Bool {
    unsafe bytes.withUnsafeBufferPointer { bytes in
      for index in range where unsafe bytes[index] != value { return false }
      return true
    }
  }

  private func isReadable(_ range: Range<Int>) -> Bool {
    guard !units.isEmpty else { return true }
    let last = (range.upperBound - 1) >> unitShift
    return units[range.lowerBound >> unitShift...last].allSatisfy { $0 & 0x80 == 0 }
  }

  private func isValid(_ body: Int) -> Bool {
    guard cells[body + 4] == 1 else { return false }
    let checksum = unsafe cells.withUnsafeBufferPointer {
      unsafe crc32_z(0, $0.baseAddress.map { unsafe $0 + body }, 60)
    }
    return number(body + 60) == UInt32(truncatingIfNeeded: checksum)
  }

  private func magic(_ body: Int) -> UInt32 { number(body) }

  private func number(_ place: Int) -> UInt32 {
    UInt32(cells[place]) | UInt32(cells[place + 1]) << 8 | UInt32(cells[place + 2]) << 16
      | UInt32(cells[place + 3]) << 24
  }

  private func set(_ content: inout [UInt8], at place: Int, _ value: UInt32) {
    for index in 0..<4 {
      content[place + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index))
    }
  }
}
