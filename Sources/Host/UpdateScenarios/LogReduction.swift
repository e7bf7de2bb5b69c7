internal import FlashEmulator
internal import NORFlash

/// How long a record counts.
enum RecordRelevance {
  case untilSuperseded
  case always
}

/// Reads a log from the bytes of its partition, without the code that is under test.
struct LogReduction {
  static let bodySize = 64
  private static let positionsAtLeast = 12
  static let header: UInt32 = 0x534C_5042
  static let record: UInt32 = 0x524C_5042
  static let move: UInt32 = 0x4D4C_5042
  let cells: [UInt8]
  let weak: [UInt8]
  let units: [UInt8]
  private let unit: Int
  let begin: Int
  private let settle: Int
  let pitch: Int
  let sectorSize: Int
  /// The sectors of each log on the partition.
  private let halves: [Range<Int>]
  let erased: UInt8
  let unitShift: Int
  let relevance: RecordRelevance
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
    pitch = begin + Self.bodySize + settle
    let block = Int(region.eraseBlock)
    sectorSize = (Self.positionsAtLeast * pitch + block - 1) / block * block
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
    let proven = newest(
      of: generations.indices.map { isProven(sectors.lowerBound + $0) ? generations[$0] : nil })
    for offset in 0..<sectors.count {
      let index = (first + offset) % sectors.count
      let sector = sectors.lowerBound + index
      result.append(UInt8(0xF0))
      if relevance == .untilSuperseded, let proven, index != proven {
        let header = sector * sectorSize..<sector * sectorSize + pitch
        if proven == first, isFirm(header) { continue }
        if isUnproven(sector), !isLeft(sectors.lowerBound + proven) {
          result.append(0xF2)
          append(place(of: generations[index] ?? 0, generations, first), to: &result)
          continue
        }
      }
      append(sector, index, generations, first, to: &result)
    }
  }

  /// What the bytes of weak positions are compared with.
  private func appendCounters(to result: inout [UInt8]) {
    var counters = numbers.map(\.number)
    for half in halves {
      let generations = generations(of: half)
      counters.append(newest(of: generations).flatMap { generations[$0] } ?? 0)
    }
    for counter in counters { append(counter, to: &result) }
  }

  private func append(_ number: UInt32, to result: inout [UInt8]) {
    for shift in [0, 8, 16, 24] {
      result.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
    }
  }

  private mutating func append(
    _ sector: Int, _ index: Int, _ generations: [UInt32?], _ newest: Int, to result: inout [UInt8]
  ) {
    let base = sector * sectorSize
    if isAbandoned(base, generations, index) { return result.append(0xF1) }
    let places = positions(of: sector)
    if relevance == .untilSuperseded, let own = generations[index],
      isFirm(base..<places[places.count - 1].upperBound)
    {
      result.append(0xF3)
      append(body: base + begin, index, generations, newest, to: &result)
      return append(firm: places, index, own, generations, newest, to: &result)
    }
    append(position: base, index, generations, newest, to: &result)
    for position in places.reversed() {
      append(position: position.lowerBound, index, generations, newest, to: &result)
      if relevance == .untilSuperseded, let own = generations[index],
        holdsRecord(position.lowerBound, of: own)
      {
        result.append(UInt8(truncatingIfNeeded: (position.lowerBound - base) / pitch))
        return
      }
    }
  }

  /// The positions of a sector without weak bits: where the next body goes, what the last ones say, and
  /// whether that is certain.
  private mutating func append(
    firm places: [Range<Int>], _ index: Int, _ generation: UInt32, _ generations: [UInt32?],
    _ newest: Int, to result: inout [UInt8]
  ) {
    var lastUsed = places.count
    while lastUsed > 0, isBlank(places[lastUsed - 1]), isReadable(places[lastUsed - 1]) {
      // A unit may read blank and be programmed all the same.
      appendUnits(places[lastUsed - 1], to: &result)
      lastUsed -= 1
    }
    var isLeft = false
    for position in stride(from: lastUsed, to: 0, by: -1) {
      let place = places[position - 1]
      guard holdsBody(place.lowerBound, of: generation) else { continue }
      let isRecord = magic(place.lowerBound + begin) == Self.record
      if !isLeft {
        let isCertain = position == lastUsed && isSettled(place)
        result.append(isCertain ? 1 : 0)
        // Behind a certain move nothing is written.
        result.append(
          isRecord || !isCertain || !units.isEmpty ? UInt8(truncatingIfNeeded: lastUsed) : 0)
      }
      if isRecord {
        result.append(position > 1 ? 1 : 0)
        result.append(isLeft ? 1 : 0)
        return append(body: place.lowerBound + begin, index, generations, newest, to: &result)
      }
      isLeft = true
    }
    result.append(UInt8(truncatingIfNeeded: lastUsed))
  }

  /// A position by its class, its weak bits, and what of its body counts.
  private mutating func append(
    position start: Int, _ index: Int, _ generations: [UInt32?], _ newest: Int,
    to result: inout [UInt8]
  ) {
    let range = start..<start + pitch
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
    result.append(isSettled(range) ? 3 : 2)
    append(body: body, index, generations, newest, to: &result)
  }

  /// What counts of a valid body.
  private mutating func append(
    body: Int, _ index: Int, _ generations: [UInt32?], _ newest: Int, to result: inout [UInt8]
  ) {
    var content = Array(cells[body..<body + 60])
    set(&content, at: 12, 0)
    if halves.count > 1, magic(body) == Self.record {
      numbers.append((result.count + 12, number(body + 12)))
    }
    let generation = number(body + 8)
    set(&content, at: 8, place(of: generation, generations, newest))
    // To which sector a move went is told for the reader only.
    if magic(body) == Self.move { set(&content, at: 20, 0) }
    content.append(generation == generations[index] ? 1 : 0)
    result.append(contentsOf: content)
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

  private func set(_ content: inout [UInt8], at place: Int, _ value: UInt32) {
    for index in 0..<4 {
      content[place + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index))
    }
  }
}
