import FlashEmulator
import NORFlash
import PowerLoss
import Testing

@testable import BootState
@testable import UpdateScenarios

/// A device that does nothing but count in its metadata log, with some protection of the log off.
///
/// What it has acted upon it must find again: the count that is read is the one that was acted upon
/// last, or the one that was being written since.
struct LogCounter<P: MetadataLogProtections & SendableMetatype>: Sendable {
  let part: FlashPart
  /// The count that the device starts with, and the one it rests at.
  let counts: ClosedRange<UInt8>
  let rhythm: Rhythm

  enum Rhythm {
    /// Each life writes the next count.
    case writes
    /// Before that comes a life that writes nothing: the next may read weak bits in another way.
    case looksFirst
  }

  private func record(_ count: UInt8) -> BootRecord {
    var record = BootRecord()
    record.slotA.started = count
    return record
  }

  func prepare(_ flash: inout EmulatedFlash) throws {
    var log = try MetadataLog.mount(on: &flash, tableDigest: 7, under: P.self)
    for count in 1...counts.lowerBound { try log.append(record(count), to: &flash, under: P.self) }
  }

  func live(_ device: inout PoweredDevice) throws -> Life {
    var log = try MetadataLog.mount(on: &device.flash, tableDigest: 7, under: P.self)
    let acted = device.memory.observed[0]
    let begun = device.memory.observed[1]
    guard let found = log.record?.slotA.started else {
      return .violates(invariant: "not lost", detail: "no state, \(acted) was acted upon")
    }
    guard found == acted || found == begun else {
      return .violates(
        invariant: "old or new", detail: "\(found) was read, \(acted) acted upon, \(begun) begun")
    }
    let hasLooked = device.memory.observed[2] == found
    device.memory.observed = [found, found, found]
    guard found < counts.upperBound else { return .settled("\(found)") }
    guard rhythm == .writes || hasLooked else { return .resets(.planned) }
    device.memory.observed = [found, found + 1, 0]
    try log.append(record(found + 1), to: &device.flash, under: P.self)
    device.memory.observed = [found + 1, found + 1, 0]
    return .resets(.planned)
  }

  func scenario() -> Scenario {
    var scenario = Scenario(name: "log-counter", part: part) { flash in
      try prepare(&flash)
    } powerOn: { device in
      do { return try live(&device) } catch MetadataLogError<FlashError>.flash(.powerLost) {
        throw FlashError.powerLost
      }
    }
    scenario.observed = [counts.lowerBound, counts.lowerBound, counts.lowerBound]
    scenario.bootLimit = 4 * Int(counts.upperBound)
    return scenario
  }
}

private enum WithoutBeginUnit: MetadataLogProtections { static var beginUnit: Bool { false } }
private enum WithoutSettleAndEcho: MetadataLogProtections {
  static var settleAndEcho: Bool { false }
}
private enum WithoutProvenSector: MetadataLogProtections { static var provenSector: Bool { false } }
private enum WithoutMoveRecord: MetadataLogProtections { static var moveRecord: Bool { false } }
private enum WithoutMoveEcho: MetadataLogProtections { static var moveEcho: Bool { false } }
private enum WithoutChecksum: MetadataLogProtections { static var checksum: Bool { false } }
private enum WithoutEraseBeforeUse: MetadataLogProtections {
  static var eraseBeforeUse: Bool { false }
}

/// The search finds by itself that a protection of the log is switched off.
///
/// One is not among them: what `readBack` answers is a device that lies, not a power cut, and the
/// suites of the log construct that.
@Suite struct ExhaustiveLogMutationTests {
  /// Everything that may happen inside the pages of one operation: damage to its neighbours is what
  /// the second half of a log is for, and here there is one.
  private static var faults: FaultModel {
    var faults = FaultModel.vendorWorst
    faults.faults.remove(.pageCollateral)
    return faults
  }

  /// What leaves weak bits: all that matters to three cuts, which leave millions of images otherwise.
  private static var weakBits: FaultModel {
    var faults = FaultModel.vendorWorst
    faults.faults = [.looksComplete, .indeterminate]
    return faults
  }

  private func search<P: MetadataLogProtections & SendableMetatype>(
    under protections: P.Type, cuts: Int, _ rhythm: LogCounter<P>.Rhythm = .writes,
    counts: ClosedRange<UInt8> = 2...5, faults: FaultModel = Self.faults
  ) throws -> SearchReport {
    let part = try logPart(block: 12 * (4 + 64 + 4), unit: 4)
    var search = PowerLossSearch(
      LogCounter<P>(part: part, counts: counts, rhythm: rhythm).scenario(), faults: faults,
      strategy: .nested(cuts))
    search.determinism = .never
    return try search.run()
  }

  private func expectFound<P: MetadataLogProtections & SendableMetatype>(
    _ protections: P.Type, cuts: Int, _ rhythm: LogCounter<P>.Rhythm = .writes
  ) throws {
    if cuts > 1 { #expect(try search(under: P.self, cuts: cuts - 1, rhythm).failure == nil) }
    let report = try search(under: P.self, cuts: cuts, rhythm)
    #expect(report.verdict == .violated, "\(report)")
    #expect(report.failure?.cuts.count == cuts)
  }

  @Test(arguments: [LogCounter<EveryProtection>.Rhythm.writes, .looksFirst])
  func withEveryProtectionNothingIsFound(_ rhythm: LogCounter<EveryProtection>.Rhythm) throws {
    for cuts in 1...2 {
      let report = try search(under: EveryProtection.self, cuts: cuts, rhythm)
      #expect(report.failure == nil, "\(report)")
      #expect(report.deepestNesting == cuts)
    }
  }

  @Test func withoutBeginUnitAStateIsLost() throws {
    try expectFound(WithoutBeginUnit.self, cuts: 1)
  }

  @Test func withoutSettleUnitsAndEchoesAStateFlips() throws {
    try expectFound(WithoutSettleAndEcho.self, cuts: 2)
  }

  @Test func aSectorThatNeedsNoProofTakesTheStateWithIt() throws {
    try expectFound(WithoutProvenSector.self, cuts: 1)
  }

  @Test func withoutAMoveRecordASectorThatWasGivenUpComesBack() throws {
    try expectFound(WithoutMoveRecord.self, cuts: 2, .looksFirst)
  }

  @Test func withoutTheEchoOfAMoveRecordTheNewSectorComesBack() throws {
    let whole = try search(
      under: EveryProtection.self, cuts: 3, .looksFirst, counts: 2...3, faults: Self.weakBits)
    #expect(whole.failure == nil, "\(whole)")
    let report = try search(
      under: WithoutMoveEcho.self, cuts: 3, .looksFirst, counts: 2...3, faults: Self.weakBits)
    #expect(report.failure?.cuts.count == 3, "\(report)")
  }

  @Test func withoutAChecksumATornBodyIsBelieved() throws {
    try expectFound(WithoutChecksum.self, cuts: 2)
  }

  @Test func aSectorThatOnlyLooksErasedIsNoGoodPlace() throws {
    try expectFound(WithoutEraseBeforeUse.self, cuts: 1)
  }
}
