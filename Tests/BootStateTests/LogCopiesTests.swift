import NORFlash
import Testing

@testable import BootState

@Suite("Metadata log that is never held twice")
struct LogCopiesTests {
  static func flash(sectors: UInt32) -> LogFlash {
    LogFlash(FlashGeometry(blockCount: sectors, eraseBlock: 4096, programUnit: 8))
  }

  /// What a partition holds, and what a mount finds on it, after many appends and some mounts.
  static func history<Copies: MetadataLogCopies>(
    sectors: UInt32, copies: Copies.Type
  ) throws -> (flash: LogFlash, log: MetadataLog) {
    var flash = flash(sectors: sectors)
    var log = MetadataLog()
    for number: UInt32 in 0..<200 {
      if number % 37 == 0 {
        log = MetadataLog()
        try log.mount(on: &flash, tableDigest: 7, copies: Copies.self)
      }
      try log.append(numberedRecord(number), to: &flash, copies: Copies.self)
      #expect(log.record == numberedRecord(number))
    }
    return (flash, log)
  }

  @Test("two or three sectors hold the same bytes, whatever the program can do", arguments: [2, 3])
  func sameBytes(_ sectors: UInt32) throws {
    let single = try Self.history(sectors: sectors, copies: SingleMetadataLog.self)
    let mirrored = try Self.history(sectors: sectors, copies: MirroredMetadataLog.self)
    #expect(single.flash.cells == mirrored.flash.cells)
    #expect(single.log.record == mirrored.log.record)
    #expect(single.log.health == mirrored.log.health)
    #expect(single.log.health.redundancy == .single)
    var flash = single.flash
    #expect(try MetadataLog.mount(on: &flash, tableDigest: 7).record == numberedRecord(199))
  }

  @Test("four sectors or more are refused, and stay as they are", arguments: [4, 5, 8])
  func refusal(_ sectors: UInt32) throws {
    var flash = try Self.history(sectors: sectors, copies: MirroredMetadataLog.self).flash
    let before = flash.cells
    var log = MetadataLog()
    #expect(
      throws: MetadataLogError<FlashError>.unsuitablePartition(
        .needsTwoCopies(sectorCount: sectors))
    ) {
      try log.mount(on: &flash, tableDigest: 7, copies: SingleMetadataLog.self)
    }
    #expect(log.record == nil)
    #expect(flash.cells == before)
  }

  @Test("a log that is not mounted takes nothing")
  func notMounted() throws {
    var flash = Self.flash(sectors: 2)
    let before = flash.cells
    var log = MetadataLog()
    #expect(throws: MetadataLogError<FlashError>.notWritable(address: 0)) {
      try log.append(numberedRecord(1), to: &flash, copies: SingleMetadataLog.self)
    }
    #expect(flash.cells == before)
  }
}
