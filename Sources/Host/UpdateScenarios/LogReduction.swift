internal import FlashEmulator
internal import NORFlash

/// How long a record counts.
enum RecordRelevance {
  case untilSuperseded
  case always
}

/// Reads one half of a log from its bytes, without the code that is under test.
struct LogReduction {
  static let header: UInt32 = 0x534C_5042
  static let record: UInt32 = 0x524C_5042
  static let move: UInt32 = 0x4D4C_5042
  let cells: [UInt8]
  let weak: [UInt8]
  let units: [UInt8]
  let shape: LogShape
  let relevance: RecordRelevance
  private var form = LogHalfForm()
  private var bytes: [UInt8] = []

  init(
    _ half: FlashRange, _ shape: LogShape, _ flash: borrowing EmulatedFlash,
    _ relevance: RecordRelevance
  ) {
    self.relevance = relevance
    self.shape = shape
    cells = flash.bytes(in: half)
    weak = flash.weakMasks(in: half)
    units = flash.unitStates(in: half)
  }

  /// The form of the half: sectors from the newest on, in the order in which they are used.
  consuming func reduced() -> LogHalfForm {
    bytes.reserveCapacity(1_024)
    appendSectors()
    form.digest = ContentDigest(of: bytes.span, seed: 22)
    return form
  }

  private mutating func appendSectors() {
    let generations = generations()
    let newest = newest(of: generations)
    form.newestGeneration = newest.flatMap { generations[$0] } ?? 0
    let first = newest ?? 0
    let proven = self.newest(of: generations.indices.map { isProven($0) ? generations[$0] : nil })
    for offset in generations.indices {
      let index = (first + offset) % generations.count
      bytes.append(0xF0)
      if relevance == .untilSuperseded, let proven, index != proven {
        let header = index * shape.sectorSize..<index * shape.sectorSize + shape.pitch
        if proven == first, isFirm(header) { continue }
        if isUnproven(index), !isLeft(proven) {
          bytes.append(0xF2)
          append(place(of: generations[index] ?? 0, generations, first))
          continue
        }
      }
      append(sector: index, generations, first)
    }
  }

  private mutating func append(sector index: Int, _ generations: [UInt32?], _ newest: Int) {
    let base = index * shape.sectorSize
    if isAbandoned(base, generations, index) { return bytes.append(0xF1) }
    let places = positions(of: index)
    if relevance == .untilSuperseded, let own = generations[index],
      isFirm(base..<places[places.count - 1].upperBound)
    {
      bytes.append(0xF3)
      append(body: base + shape.begin, index, generations, newest)
      return append(firm: places, index, own, generations, newest)
    }
    append(position: base, index, generations, newest)
    for position in places.reversed() {
      append(position: position.lowerBound, index, generations, newest)
      if relevance == .untilSuperseded, let own = generations[index],
        holdsRecord(position.lowerBound, of: own)
      {
        bytes.append(UInt8(truncatingIfNeeded: (position.lowerBound - base) / shape.pitch))
        return
      }
    }
  }

  /// The positions of a sector without weak bits: where the next body goes, what the last ones say, and
  /// whether that is certain.
  private mutating func append(
    firm places: LogPositions, _ index: Int, _ generation: UInt32, _ generations: [UInt32?],
    _ newest: Int
  ) {
    var lastUsed = places.count
    while lastUsed > 0, isBlank(places[lastUsed - 1]), isReadable(places[lastUsed - 1]) {
      // A unit may read blank and be programmed all the same.
      appendUnits(places[lastUsed - 1])
      lastUsed -= 1
    }
    var isLeft = false
    for position in stride(from: lastUsed, to: 0, by: -1) {
      let place = places[position - 1]
      guard holdsBody(place.lowerBound, of: generation) else { continue }
      let isRecord = magic(place.lowerBound + shape.begin) == Self.record
      if !isLeft {
        let isCertain = position == lastUsed && isSettled(place)
        bytes.append(isCertain ? 1 : 0)
        // Behind a certain move nothing is written.
        bytes.append(
          isRecord || !isCertain || !units.isEmpty ? UInt8(truncatingIfNeeded: lastUsed) : 0)
      }
      if isRecord {
        bytes.append(position > 1 ? 1 : 0)
        bytes.append(isLeft ? 1 : 0)
        return append(body: place.lowerBound + shape.begin, index, generations, newest)
      }
      isLeft = true
    }
    bytes.append(UInt8(truncatingIfNeeded: lastUsed))
  }

  /// A position by its class, its weak bits, and what of its body counts.
  private mutating func append(
    position start: Int, _ index: Int, _ generations: [UInt32?], _ newest: Int
  ) {
    let range = start..<start + shape.pitch
    let body = start + shape.begin
    guard isFirm(range) else {
      form.isUndecided = true
      bytes.append(0xE0)
      bytes.append(contentsOf: cells[range])
      bytes.append(contentsOf: weak[range])
      return appendUnits(range)
    }
    if isBlank(range), isReadable(range) {
      bytes.append(0)
      // A unit may read blank and be programmed all the same.
      return appendUnits(range)
    }
    guard isReadable(body..<body + LogShape.bodySize), isValid(body) else {
      return bytes.append(1)
    }
    bytes.append(isSettled(range) ? 3 : 2)
    append(body: body, index, generations, newest)
  }

  /// What counts of a valid body.
  private mutating func append(
    body: Int, _ index: Int, _ generations: [UInt32?], _ newest: Int
  ) {
    let start = bytes.count
    bytes.append(contentsOf: cells[body..<body + 60])
    set(0, at: start + 12)
    if shape.halves.count > 1, magic(body) == Self.record {
      form.numbers.append(number(body + 12))
    }
    let generation = number(body + 8)
    set(place(of: generation, generations, newest), at: start + 8)
    // To which sector a move went is told for the reader only.
    if magic(body) == Self.move { set(0, at: start + 20) }
    bytes.append(generation == generations[index] ? 1 : 0)
  }

  private mutating func appendUnits(_ range: Range<Int>) {
    guard !units.isEmpty else { return }
    let states = units[range.lowerBound >> shape.unitShift..<range.upperBound >> shape.unitShift]
    // How often a unit was programmed counts, but only as far as any rule looks.
    bytes.append(contentsOf: states.map { $0 & 0x80 | min($0 & 0x7F, 3) })
  }

  private mutating func append(_ number: UInt32) {
    for shift in [0, 8, 16, 24] as [UInt32] {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  private mutating func set(_ value: UInt32, at place: Int) {
    var all = bytes.mutableSpan
    all.store(littleEndian: value, at: place)
  }
}
