import NORFlash

/// The random numbers of the tests: SplitMix64 (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() >> 33) % limit }
  mutating func coin() -> Bool { next() >> 63 == 1 }
  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 40) }
}

/// What a cut leaves of a program unit or of a block that was being erased.
enum TearMode: CaseIterable, Sendable {
  /// Some bits are done, some are weak, some untouched.
  case mixed
  /// Some bits are done; an erase leaves weak bits too.
  case partial
  /// Every bit that was to change is weak, each on its own.
  case allWeak
  /// Every bit that was to change is weak, and all weak bits of one read agree.
  case correlated
}

/// What the part does with a unit whose error-correcting code is wrong, or that is programmed twice.
enum ErrorCorrection: Sendable {
  case none
  /// The driver refuses a second program.
  case refusing
  /// The part takes a second program and spoils the unit.
  case silent
}

/// A model of a NOR flash for the log: torn units, weak bits, interrupted erases, ECC.
///
/// Cells are kept as on a part that erases to ones; one that erases to zeros inverts at the border.
struct LogFlash: FlashDevice {
  typealias Failure = FlashError
  let geometry: FlashGeometry
  let correction: ErrorCorrection
  var random: SplitMix64
  var mode = TearMode.mixed
  /// Steps (units programmed, erases) until the power fails; `nil` is never.
  var fuse: Int?
  var hasPower = true
  /// The coins of the next reads of weak bits in correlated mode, before random ones.
  var coins: [Bool] = []
  private(set) var steps = 0
  private(set) var erases = 0
  private(set) var secondPrograms = 0
  var badUnits: Set<Int> = []
  /// Units that report success and take nothing.
  var deafUnits: Set<Int> = []
  var badBlocks: Set<Int> = []
  private(set) var cells: [UInt8]
  private var weak: [UInt8]
  private var hasWeakBits = false
  private let unit: Int
  private let inversion: UInt8
  /// Programs of each unit since its last erase.
  private var programs: [UInt8]
  /// Of each unit: 0 readable, 1 unreadable, 2 unreadable at times.
  private var spoiled: [UInt8]

  init(_ geometry: FlashGeometry, correction: ErrorCorrection = .none, seed: UInt64 = 0) {
    self.geometry = geometry
    self.correction = correction
    random = SplitMix64(seed: seed)
    unit = Int(geometry.region(at: 0).programUnit)
    inversion = geometry.erased == .ones ? 0 : 0xFF
    cells = Array(repeating: 0xFF, count: Int(geometry.size))
    weak = Array(repeating: 0, count: Int(geometry.size))
    programs = Array(repeating: 0, count: Int(geometry.size) / unit)
    spoiled = programs
  }

  /// Puts the power back.
  mutating func restart() {
    hasPower = true
    fuse = nil
  }

  /// Changes a byte behind the back of the log.
  mutating func overwrite(at address: Int, with value: UInt8) {
    cells[address] = value ^ inversion
    programs[address / unit] = 1
  }

  /// Makes a unit unreadable for good.
  mutating func spoil(unitAt address: Int) {
    spoiled[address / unit] = 1
    hasWeakBits = true
  }

  private mutating func isCut() -> Bool {
    steps += 1
    guard let left = fuse else { return false }
    fuse = left == 0 ? nil : left - 1
    if left == 0 { hasPower = false }
    return left == 0
  }

  private mutating func coin() -> Bool {
    coins.isEmpty ? random.coin() : coins.removeFirst()
  }

  mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(FlashError) {
    guard hasPower else { throw .powerLost }
    try geometry.checkBounds(at: address, count: UInt32(buffer.count))
    let start = Int(address)
    guard hasWeakBits else {
      buffer.copy(cells.span.extracting(start..<start + buffer.count))
      if inversion != 0 { for index in buffer.indices { buffer[index] ^= inversion } }
      return
    }
    var common: UInt8?
    for index in buffer.indices {
      let spoil = spoiled[(start + index) / unit]
      var value = cells[start + index]
      let bits = weak[start + index]
      if spoil == 2 || bits != 0, mode == .correlated, common == nil {
        common = coin() ? 0xFF : 0
      }
      if spoil == 1 { throw .unreadable(address: address + UInt32(index)) }
      if spoil == 2, (start + index) % unit == 0 || index == 0,
        common.map({ $0 != 0 }) ?? random.coin()
      {
        throw .unreadable(address: address + UInt32(index))
      }
      if bits != 0 { value = (value & ~bits) | ((common ?? random.byte()) & bits) }
      buffer[index] = value ^ inversion
    }
  }

  mutating func program(at address: UInt32, _ bytes: Span<UInt8>) throws(FlashError) {
    guard hasPower else { throw .powerLost }
    try geometry.checkProgram(at: address, count: UInt32(bytes.count))
    var offset = 0
    while offset < bytes.count {
      try programUnit(at: Int(address) + offset, bytes.extracting(offset..<offset + unit))
      offset += unit
    }
  }

  private mutating func programUnit(at address: Int, _ bytes: Span<UInt8>) throws(FlashError) {
    let index = address / unit
    let isAllProgrammed = bytes.isFilled(with: inversion)
    var spoils = false
    if programs[index] > 0 {
      secondPrograms += 1
      switch geometry.rewriteRule {
      case .anyBit: break
      case .times(let limit):
        guard programs[index] < limit else {
          throw .rewriteLimit(address: UInt32(address), limit: UInt32(limit))
        }
      case .onceThenAllProgrammed where isAllProgrammed: break
      case .once, .onceThenAllProgrammed:
        guard correction == .silent else { throw .notErased(address: UInt32(address)) }
        spoils = true
      }
    }
    guard !badUnits.contains(index) else {
      programs[index] = 1
      throw .programFailed(address: UInt32(address))
    }
    let cut = isCut()
    programs[index] &+= 1
    if deafUnits.contains(index) && !cut { return }
    for position in 0..<unit {
      let wanted = bytes[position] ^ inversion
      if cut {
        tearProgram(at: address + position, wanted: wanted)
      } else {
        cells[address + position] &= wanted
        weak[address + position] &= wanted
      }
    }
    if cut {
      if correction != .none { spoiled[index] = UInt8(random.below(3)) }
      hasWeakBits = true
      throw .powerLost
    }
    if spoils {
      spoiled[index] = UInt8(1 + random.below(2))
      hasWeakBits = true
    } else if isAllProgrammed {
      spoiled[index] = 0
    }
  }

  private mutating func tearProgram(at address: Int, wanted: UInt8) {
    let pending = cells[address] & ~wanted
    switch mode {
    case .mixed:
      let done = random.byte()
      cells[address] &= ~(done & pending)
      weak[address] |= random.byte() & pending & ~done
    case .partial:
      cells[address] &= ~(random.byte() & pending)
    case .allWeak, .correlated:
      weak[address] |= pending
    }
  }

  mutating func erase(at address: UInt32, count: UInt32) throws(FlashError) {
    guard hasPower else { throw .powerLost }
    try geometry.checkErase(at: address, count: count)
    let size = Int(geometry.region(at: 0).eraseBlock)
    for start in stride(from: Int(address), to: Int(address + count), by: size) {
      guard !badBlocks.contains(start / size) else { throw .eraseFailed(address: UInt32(start)) }
      if isCut() {
        for position in start..<start + size { tearErase(at: position) }
        if correction != .none {
          for index in start / unit..<(start + size) / unit where programs[index] > 0 {
            spoiled[index] = UInt8(random.below(3))
          }
        }
        hasWeakBits = true
        throw .powerLost
      }
      for position in start..<start + size {
        cells[position] = 0xFF
        weak[position] = 0
      }
      for index in start / unit..<(start + size) / unit {
        programs[index] = 0
        spoiled[index] = 0
      }
      erases += 1
    }
  }

  private mutating func tearErase(at address: Int) {
    let zeros = ~cells[address]
    switch mode {
    case .mixed, .partial:
      let done = random.byte() & zeros
      cells[address] |= done
      weak[address] &= ~done
      weak[address] |= random.byte() & zeros & ~done
    case .allWeak, .correlated:
      // A weak bit is kept as an erased cell that may read as programmed.
      cells[address] = 0xFF
      weak[address] |= zeros
    }
  }
}
