import NORFlash
import Testing

@testable import BootState

enum WithoutBeginUnit: MetadataLogProtections { static var beginUnit: Bool { false } }
enum WithoutSettleAndEcho: MetadataLogProtections { static var settleAndEcho: Bool { false } }
enum WithoutProvenSector: MetadataLogProtections { static var provenSector: Bool { false } }
enum WithoutMoveRecord: MetadataLogProtections { static var moveRecord: Bool { false } }
enum WithoutChecksum: MetadataLogProtections { static var checksum: Bool { false } }
enum WithoutReadBack: MetadataLogProtections { static var readBack: Bool { false } }
enum WithoutEraseBeforeUse: MetadataLogProtections { static var eraseBeforeUse: Bool { false } }

/// A flash to run a log on.
struct LogSetup: Sendable, CustomTestStringConvertible {
  var name: String
  var unit: UInt32
  var sector: UInt32
  var sectors: UInt32 = 2
  var erased = ErasedContent.ones
  var rule = RewriteRule.anyBit
  var correction = ErrorCorrection.none
  var blocksPerSector: UInt32 = 1

  var testDescription: String { name }

  var geometry: FlashGeometry {
    FlashGeometry(
      blockCount: sectors * blocksPerSector, eraseBlock: sector / blocksPerSector,
      programUnit: unit, eccUnit: correction == .none ? 0 : unit, erased: erased, rewriteRule: rule)
  }

  /// Steps of one record.
  var recordSteps: Int { Int((unit + 64 + max(unit, 4)) / unit) }

  static let all: [LogSetup] = [
    LogSetup(name: "2 sectors, unit 1", unit: 1, sector: 850),
    LogSetup(name: "2 sectors, unit 2", unit: 2, sector: 860),
    LogSetup(name: "2 sectors, unit 4", unit: 4, sector: 900),
    LogSetup(name: "2 sectors, unit 8", unit: 8, sector: 968),
    LogSetup(name: "2 sectors, unit 16", unit: 16, sector: 1200),
    LogSetup(name: "2 sectors, unit 32", unit: 32, sector: 1568),
    LogSetup(name: "2 sectors, unit 64", unit: 64, sector: 2304),
    LogSetup(name: "2 larger sectors, unit 4", unit: 4, sector: 1300),
    LogSetup(name: "2 larger sectors, unit 1", unit: 1, sector: 4096),
    LogSetup(name: "3 sectors, unit 4", unit: 4, sector: 900, sectors: 3),
    LogSetup(name: "3 sectors, unit 32", unit: 32, sector: 1568, sectors: 3),
    LogSetup(name: "erased to zeros, unit 4", unit: 4, sector: 900, erased: .zeros),
    LogSetup(
      name: "erased to zeros, 7 blocks a sector", unit: 4, sector: 896, sectors: 2, erased: .zeros,
      blocksPerSector: 7),
    LogSetup(
      name: "write-once, unit 8, refusing", unit: 8, sector: 968, rule: .once, correction: .refusing
    ),
    LogSetup(
      name: "write-once, unit 16, silent", unit: 16, sector: 1200, rule: .once, correction: .silent),
    LogSetup(
      name: "write-once, unit 32, refusing", unit: 32, sector: 1568, rule: .once,
      correction: .refusing),
    LogSetup(
      name: "write-once, unit 32, silent", unit: 32, sector: 1568, rule: .once, correction: .silent),
    LogSetup(
      name: "write-once, erased to zeros, unit 16", unit: 16, sector: 1200, erased: .zeros,
      rule: .once, correction: .silent),
    LogSetup(
      name: "once, then zeros, unit 8", unit: 8, sector: 968, rule: .onceThenAllProgrammed,
      correction: .refusing),
    LogSetup(name: "twice, unit 4", unit: 4, sector: 900, rule: .times(limit: 2)),
    LogSetup(name: "3 sectors, unit 1", unit: 1, sector: 850, sectors: 3),
    LogSetup(name: "3 sectors, unit 8", unit: 8, sector: 968, sectors: 3),
    LogSetup(name: "3 sectors, unit 16", unit: 16, sector: 1200, sectors: 3),
  ]
}

/// A state that is told apart by one number, with most fields in use.
func numberedRecord(_ number: UInt32) -> BootRecord {
  var record = BootRecord()
  record.revokedKeys = number
  record.slotA.state = .trial
  record.slotA.started = UInt8(truncatingIfNeeded: number)
  record.slotA.imageTag = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
  record.slotB.state = .confirmed
  record.slotB.imageTag = ~record.slotA.imageTag
  record.lastConfirmed = .slotB
  record.pendingRun = .trialOfSlotA
  return record
}

/// What went wrong over many sequences.
struct LogViolations: Equatable, CustomStringConvertible {
  /// A boot acted on a state that is neither the old nor the new one.
  var third = 0
  /// A boot acted on another state than the boot before it.
  var flips = 0
  /// A boot found no state.
  var lost = 0
  var cuts = 0

  var total: Int { third + flips + lost }
  var description: String { "third \(third), flips \(flips), lost \(lost), cuts \(cuts)" }

  mutating func add(_ other: LogViolations) {
    third += other.third
    flips += other.flips
    lost += other.lost
    cuts += other.cuts
  }
}

/// One sequence of appends and boots with power cuts, as the model of the design runs them.
struct LogSequence<P: MetadataLogProtections> {
  let setup: LogSetup
  var flash: LogFlash
  var random: SplitMix64
  var violations = LogViolations()
  /// What the next boot may find.
  var allowed: Set<UInt32> = [100]
  /// What a boot has acted on since the last append began.
  var fixed: UInt32? = 100

  init(_ setup: LogSetup, seed: UInt64) {
    self.setup = setup
    random = SplitMix64(seed: seed)
    flash = LogFlash(setup.geometry, correction: setup.correction, seed: random.next())
    let modes: [TearMode] = [.mixed, .allWeak, .partial, .correlated, .correlated]
    flash.mode = modes[random.below(modes.count)]
  }

  func mount(_ flash: inout LogFlash) throws(MetadataLogError<FlashError>) -> MetadataLog {
    try MetadataLog.mount(on: &flash, tableDigest: 7, under: P.self)
  }

  mutating func run() throws(MetadataLogError<FlashError>) {
    var log = try mount(&flash)
    try log.append(numberedRecord(100), to: &flash, under: P.self)
    var value: UInt32 = 100
    for _ in 0..<1 + random.below(14) {
      value += 1
      let before = fixed.map { [$0] } ?? allowed
      // A move is five records and an erase; most appends are one record.
      flash.fuse =
        random.coin() ? random.below(setup.recordSteps * (random.coin() ? 2 : 6)) : nil
      do throws(MetadataLogError<FlashError>) {
        try log.append(numberedRecord(value), to: &flash, under: P.self)
        flash.fuse = nil
        allowed = [value]
        fixed = value
        continue
      } catch {
        guard error == .flash(.powerLost) else { throw error }
        violations.cuts += 1
        allowed = before.union([value])
        fixed = nil
      }
      for _ in 0..<1 + random.below(5) {
        flash.restart()
        if random.below(3) == 0 { flash.fuse = random.below(setup.recordSteps * 3) }
        if let found = try boot() { log = found }
      }
      flash.restart()
      if let found = try boot() { log = found }
      guard violations.lost == 0 else { return }
    }
  }

  /// One boot, which may be cut; it acts on what it finds.
  mutating func boot() throws(MetadataLogError<FlashError>) -> MetadataLog? {
    let log: MetadataLog
    do throws(MetadataLogError<FlashError>) {
      log = try mount(&flash)
      flash.fuse = nil
    } catch {
      guard error == .flash(.powerLost) else { throw error }
      violations.cuts += 1
      return nil
    }
    guard let found = log.record?.revokedKeys, log.record == numberedRecord(found) else {
      violations.lost += 1
      return log
    }
    if !allowed.contains(found) { violations.third += 1 }
    if let fixed, fixed != found { violations.flips += 1 }
    fixed = found
    allowed = [found]
    return log
  }

  static func violations(
    of setup: LogSetup, seeds: Range<UInt64>
  ) throws(MetadataLogError<FlashError>) -> LogViolations {
    var sum = LogViolations()
    for seed in seeds {
      var sequence = Self(setup, seed: seed &* 1_000_003 &+ UInt64(setup.unit))
      try sequence.run()
      sum.add(sequence.violations)
    }
    return sum
  }
}
