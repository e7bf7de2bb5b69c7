import NORFlash
import Testing

@testable import BootState

@Suite("Metadata log behaviour")
struct LogBehaviourTests {
  static let setup = LogSetup(name: "2 sectors, unit 4", unit: 4, sector: 900)

  static func mount(
    _ flash: inout LogFlash, digest: UInt32 = 7
  ) throws(MetadataLogError<FlashError>) -> MetadataLog {
    try MetadataLog.mount(on: &flash, tableDigest: digest)
  }

  @Test("a virgin partition has no state and is not written to", arguments: LogSetup.all)
  func virgin(_ setup: LogSetup) throws {
    var flash = LogFlash(setup.geometry)
    let log = try Self.mount(&flash)
    #expect(log.record == nil)
    #expect(log.health.condition == .virgin)
    #expect(flash.steps == 0)
  }

  @Test("a healthy mount writes nothing, at every fill level", arguments: LogSetup.all)
  func healthyMount(_ setup: LogSetup) throws {
    var flash = LogFlash(setup.geometry, correction: setup.correction)
    var log = try Self.mount(&flash)
    for number: UInt32 in 0..<40 {
      try log.append(numberedRecord(number), to: &flash)
      let steps = flash.steps
      let again = try Self.mount(&flash)
      #expect(again.record == numberedRecord(number))
      #expect(again.health.generation == log.health.generation)
      #expect(again.health.positionsUsed == log.health.positionsUsed)
      #expect(again.health.condition == .sound && again.health.isWritable)
      #expect(!again.health.wroteEcho && !again.health.finishedMove)
      #expect(flash.steps == steps)
    }
    #expect(flash.secondPrograms == 0)
  }

  @Test("moves go round the sectors, so that they wear alike")
  func wear() throws {
    var flash = LogFlash(LogSetup.all[9].geometry)
    var log = try Self.mount(&flash)
    var sectors: [UInt32] = []
    for number: UInt32 in 0..<60 {
      let generation = log.health.generation
      try log.append(numberedRecord(number), to: &flash)
      if log.health.generation != generation { sectors.append(log.halves[0].current.index) }
    }
    #expect(sectors.count > 9)
    for (index, sector) in sectors.enumerated() { #expect(sector == UInt32(index % 3)) }
  }

  @Test("generation and sequence wrap around")
  func wrap() throws {
    var flash = LogFlash(Self.setup.geometry)
    var log = try Self.mount(&flash)
    log.halves[0].highestGeneration = .max - 3
    log.halves[0].current.sequence = .max - 10
    for number: UInt32 in 0..<60 {
      try log.append(numberedRecord(number), to: &flash)
      let again = try Self.mount(&flash)
      #expect(again.record == numberedRecord(number))
    }
    #expect(log.health.generation < 100)
    #expect(log.halves[0].current.sequence < 200)
  }

  @Test("the state of another partition table is not used, and not destroyed by looking")
  func otherTable() throws {
    var flash = LogFlash(Self.setup.geometry)
    var log = try Self.mount(&flash)
    try log.append(numberedRecord(1), to: &flash)
    var other = try Self.mount(&flash, digest: 8)
    #expect(other.record == nil)
    #expect(other.health.condition == .otherTable)
    #expect(other.inheritedRevocations == 1)
    #expect(try Self.mount(&flash).record == numberedRecord(1))
    try other.append(numberedRecord(2), to: &flash)
    #expect(other.inheritedRevocations == 0)
    #expect(try Self.mount(&flash, digest: 8).record == numberedRecord(2))
    #expect(try Self.mount(&flash).health.condition == .otherTable)
  }

  @Test("random garbage never yields a record", arguments: [0, 13, 17])
  func garbage(_ index: Int) throws {
    var random = SplitMix64(seed: 5)
    for _ in 0..<20 {
      var flash = LogFlash(LogSetup.all[index].geometry)
      for address in 0..<Int(flash.geometry.size) {
        flash.overwrite(at: address, with: random.byte())
      }
      var log = try Self.mount(&flash)
      #expect(log.record == nil)
      #expect(log.health.condition == .lost)
      #expect(flash.steps == 0)
      try log.append(numberedRecord(3), to: &flash)
      #expect(try Self.mount(&flash).record == numberedRecord(3))
    }
  }

  @Test("entries are listed from the oldest to the newest")
  func entries() throws {
    var flash = LogFlash(Self.setup.geometry)
    var log = try Self.mount(&flash)
    for number: UInt32 in 0..<12 { try log.append(numberedRecord(number), to: &flash) }
    var listed: [MetadataLogEntry] = []
    try log.forEachEntry(on: &flash) { listed.append($0) }
    let numbers = listed.map(\.record.revokedKeys)
    #expect(numbers == numbers.sorted())
    #expect(numbers.last == 11)
    #expect(listed.allSatisfy { $0.isSettled && $0.tableDigest == 7 })
    #expect(Set(listed.map(\.sector)) == [0, 1])
  }
}

@Suite("Metadata log on failing flash")
struct LogFailureTests {
  static let setup = LogBehaviourTests.setup

  @Test("an unreadable unit is skipped, wherever it is")
  func unreadable() throws {
    var flash = LogFlash(Self.setup.geometry)
    var log = try LogBehaviourTests.mount(&flash)
    try log.append(numberedRecord(1), to: &flash)
    try log.append(numberedRecord(2), to: &flash)
    flash.spoil(unitAt: 72 * 3 + 8)
    let found = try LogBehaviourTests.mount(&flash)
    #expect(found.record == numberedRecord(1))
    #expect(found.health.unreadablePositions > 0)
    #expect(found.health.wroteEcho)
    #expect(try LogBehaviourTests.mount(&flash).record == numberedRecord(1))
  }

  @Test("a unit that cannot be programmed costs a position, not the record")
  func badUnit() throws {
    for unit in 54..<120 {
      var flash = LogFlash(Self.setup.geometry)
      flash.badUnits = [unit]
      var log = try LogBehaviourTests.mount(&flash)
      for number: UInt32 in 0..<6 {
        try log.append(numberedRecord(number), to: &flash)
        #expect(
          try LogBehaviourTests.mount(&flash).record == numberedRecord(number), "unit \(unit)")
      }
    }
  }

  @Test("a bad block is left out when there are three")
  func badBlock() throws {
    var flash = LogFlash(LogSetup.all[9].geometry)
    flash.badBlocks = [1]
    var log = try LogBehaviourTests.mount(&flash)
    for number: UInt32 in 0..<30 {
      try log.append(numberedRecord(number), to: &flash)
      #expect(try LogBehaviourTests.mount(&flash).record == numberedRecord(number))
    }
  }

  @Test("when nothing can be written the record stays usable and the health says so")
  func nothingWritable() throws {
    var flash = LogFlash(Self.setup.geometry)
    var log = try LogBehaviourTests.mount(&flash)
    try log.append(numberedRecord(1), to: &flash)
    flash.badUnits = Set(0..<Int(flash.geometry.size) / 4)
    flash.badBlocks = [0, 1]
    #expect(throws: MetadataLogError<FlashError>.notWritable(address: 900)) {
      try log.append(numberedRecord(2), to: &flash)
    }
    #expect(log.record == numberedRecord(1))
    #expect(!log.health.isWritable)
    flash.spoil(unitAt: 72 * 3)
    let found = try LogBehaviourTests.mount(&flash)
    #expect(found.record == numberedRecord(1))
    #expect(!found.health.isWritable)
  }

  @Test("a loss of power is passed on at once")
  func powerLoss() throws {
    var flash = LogFlash(Self.setup.geometry)
    var log = try LogBehaviourTests.mount(&flash)
    flash.fuse = 3
    #expect(throws: MetadataLogError<FlashError>.flash(.powerLost)) {
      try log.append(numberedRecord(1), to: &flash)
    }
    #expect(throws: MetadataLogError<FlashError>.flash(.powerLost)) {
      try LogBehaviourTests.mount(&flash)
    }
  }

  @Test("unsuitable partitions are refused with a reason")
  func unsuitable() throws {
    func reason(_ geometry: FlashGeometry) -> MetadataLogUnsuitability? {
      do throws(MetadataLogUnsuitability) {
        _ = try MetadataLogLayout(geometry, under: EveryProtection.self)
        return nil
      } catch { return error }
    }
    #expect(
      reason(FlashGeometry(blockCount: 1, eraseBlock: 4096, programUnit: 4))
        == .tooSmall(size: 4096, sectorSize: 4096))
    #expect(
      reason(FlashGeometry(blockCount: 9, eraseBlock: 128, programUnit: 4))
        == .tooSmall(size: 1152, sectorSize: 896))
    #expect(
      reason(FlashGeometry(blockCount: 2, eraseBlock: 4096, programUnit: 512))
        == .programUnit(512, largest: 64))
    #expect(reason(FlashGeometry()) == .tooSmall(size: 0, sectorSize: 0))
    var mixed = FlashGeometry()
    try mixed.append(blockCount: 2, eraseBlock: 4096, programUnit: 4)
    try mixed.append(blockCount: 2, eraseBlock: 8192, programUnit: 4)
    #expect(reason(mixed) == .mixedRegions)
  }
}
