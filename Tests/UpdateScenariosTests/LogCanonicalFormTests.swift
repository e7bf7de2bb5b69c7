import FlashEmulator
import NORFlash
import Testing

@testable import BootState
@testable import UpdateScenarios

/// What the search counts as one log behaves as one log.
@Suite struct LogCanonicalFormTests {
  /// What a device sees of a log, and what it makes of it.
  private struct Behaviour: Equatable {
    var found: BootRecord?
    var mountOperations: UInt64
    var appendOperations: UInt64
    var formAfterMount: [UInt8]
    var formAfterAppend: [UInt8]
  }

  private static func record(_ count: UInt8) -> BootRecord {
    var record = BootRecord()
    record.slotA.started = count
    return record
  }

  private static func form(of flash: borrowing EmulatedFlash) -> [UInt8] {
    let metadata = FlashRange(start: 0, count: flash.size)
    return LogHalfForms(of: metadata, on: flash.geometry, .untilSuperseded).form(on: flash)
  }

  private static func behaviour(of image: FlashSnapshot, on part: FlashPart) throws -> Behaviour {
    var flash = EmulatedFlash(part: part)
    flash.restore(image)
    let start = flash.operationCount
    var log = try MetadataLog.mount(on: &flash, tableDigest: 7)
    let mounted = flash.operationCount
    let found = log.record
    let formAfterMount = form(of: flash)
    try log.append(record(200), to: &flash)
    return Behaviour(
      found: found, mountOperations: mounted - start,
      appendOperations: flash.operationCount - mounted, formAfterMount: formAfterMount,
      formAfterAppend: form(of: flash))
  }

  /// Lives of a device that counts, each cut at random, from a log that has just been made.
  private static func walk(
    seed: UInt64, on part: FlashPart, _ visit: (FlashSnapshot, [UInt8]) throws -> Void
  ) throws {
    var random = SplitMix64(seed: seed)
    var flash = EmulatedFlash(part: part)
    for _ in 0..<24 {
      let phases: [PowerCutPhase] = [.before, .torn(seed: random.next()), .after]
      flash.cutPower(at: random.next() % 16, phase: phases[Int(random.next() % 3)])
      do throws(MetadataLogError<FlashError>) {
        var log = try MetadataLog.mount(on: &flash, tableDigest: 7)
        // Few counts, so that logs are met again.
        try log.append(record(((log.record?.slotA.started ?? 0) + 1) % 3), to: &flash)
      } catch {
        guard error == .flash(.powerLost) else { throw error }
      }
      flash.cancelPowerCut()
      flash.restorePower()
      try visit(flash.snapshot(), form(of: flash))
    }
  }

  /// What is remembered of a half is what a first look at it gives.
  @Test func rememberedFormsAreThoseOfAFirstLook() throws {
    let part = try logPart(block: 1_024, unit: 4)
    var flash = EmulatedFlash(part: part)
    let metadata = FlashRange(start: 0, count: flash.size)
    let forms = LogHalfForms(of: metadata, on: flash.geometry, .untilSuperseded)
    flash.trackContent()
    var different = Set<[UInt8]>()
    for seed in 0..<20 as Range<UInt64> {
      try Self.walk(seed: seed, on: part) { image, form in
        flash.restore(image)
        flash.trackContent()
        #expect(forms.form(on: flash) == form, "seed \(seed)")
        different.insert(form)
      }
    }
    #expect(different.count > 50)
  }

  @Test(arguments: [UInt32(1), 4, 8]) func logsOfOneFormBehaveAlike(unit: UInt32) throws {
    let part = try logPart(block: 1_024, unit: unit)
    var known: [[UInt8]: Behaviour] = [:]
    var metAgain = 0
    for seed in 0..<150 as Range<UInt64> {
      try Self.walk(seed: seed, on: part) { image, form in
        let behaviour = try Self.behaviour(of: image, on: part)
        if let other = known.updateValue(behaviour, forKey: form) {
          metAgain += 1
          #expect(other == behaviour, "seed \(seed)")
        }
      }
    }
    #expect(known.count > 100)
    #expect(metAgain > 100)
  }
}
