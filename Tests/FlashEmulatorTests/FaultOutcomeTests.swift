import FlashEmulator
import NORFlash
import Testing

/// Properties of every outcome of every preset on every kind of part.
@Suite struct FaultOutcomeTests {
  /// A bit may move from the erased value on, whatever was asked for, by these faults only; and back
  /// without an erase by the last only.
  static func mayClear(_ outcome: CutOutcome) -> Bool {
    [.pageCollateral, .sectorDisturb, .indeterminate].contains(outcome.fault)
  }

  static func contains(_ scope: Range<Int>, _ index: Int, _ outcome: CutOutcome, _ page: Int)
    -> Bool
  {
    switch outcome.fault {
    case .pageCollateral: index / page == scope.lowerBound / page
    case .sectorDisturb: index / 1_024 == scope.lowerBound / 1_024
    default: scope.contains(index)
    }
  }

  @Test(arguments: FaultPart.all, FaultModel.presets.map(\.name))
  func onlyBitsThatMayChangeDo(_ test: FaultPart, _ preset: String) throws {
    let model = try #require(FaultModel.named(preset))
    var flash = try test.prepared()
    let page = Int(test.part.timing.programPage)
    let old = flash.allBytes.map { $0 ^ test.inversion }
    let start = flash.checkpoint()
    for cut in test.operations() {
      let scope = Int(cut.operation.address)..<Int(cut.operation.address + cut.operation.count)
      for outcome in cut.outcomes(under: model, on: flash) {
        cut.leave(as: outcome, on: &flash)
        let now = flash.allBytes.map { $0 ^ test.inversion }
        for index in old.indices where now[index] != old[index] {
          #expect(Self.contains(scope, index, outcome, page), "\(cut), \(outcome), byte \(index)")
          guard outcome.fault != .indeterminate else { continue }
          if cut.operation.kind == .program {
            let cleared = old[index] & ~now[index]
            let wanted = scope.contains(index) ? cut.bytes[index - scope.lowerBound] : 0xFF
            #expect(now[index] & ~old[index] == 0, "\(cut), \(outcome): a bit came back")
            #expect(
              Self.mayClear(outcome) || cleared & (wanted ^ test.inversion) == 0,
              "\(cut), \(outcome): a bit changed that should not")
          }
        }
        flash.rollback(to: start)
      }
    }
    let back = flash.allBytes.map { $0 ^ test.inversion }
    #expect(back == old)
  }

  @Test(arguments: FaultPart.all, FaultModel.presets.map(\.name))
  func outcomesAreAsManyAsPromisedAndAllDifferent(_ test: FaultPart, _ preset: String) throws {
    let model = try #require(FaultModel.named(preset))
    var flash = try test.prepared()
    let start = flash.checkpoint()
    let before = flash.snapshot()
    for cut in test.operations() {
      let outcomes = cut.outcomes(under: model, on: flash)
      let again = cut.outcomes(under: model, on: flash)
      #expect(outcomes == again)
      let floor = model.minimumOutcomes(of: cut.operation, bytes: cut.bytes.span, on: flash)
      #expect(outcomes.count >= floor, "\(cut) has \(outcomes)")
      if cut.operation.kind == .erase {
        #expect(outcomes.count >= model.minimumOutcomes(of: .erase), "\(cut) has \(outcomes)")
      }
      #expect(Set(outcomes).count == outcomes.count)
      #expect(Array(outcomes.prefix(2)) == [.before, .after])
      var seen: [FlashSnapshot] = []
      for outcome in outcomes {
        #expect(CutOutcome(name: outcome.name) == outcome)
        #expect(model.faults.contains(outcome.fault) || outcome.fault == .eccTear)
        cut.leave(as: outcome, on: &flash)
        let first = flash.snapshot()
        flash.rollback(to: start)
        cut.leave(as: outcome, on: &flash)
        let second = flash.snapshot()
        #expect(first == second, "\(cut), \(outcome)")
        flash.rollback(to: start)
        let back = flash.snapshot()
        #expect(back == before, "\(cut), \(outcome)")
        guard outcome != .after && outcome != .warmReset else { continue }
        #expect(!seen.contains { $0.hasSameContent(as: first) }, "\(cut), \(outcome)")
        seen.append(first)
      }
      try cut.perform(on: &flash)
      let complete = flash.snapshot()
      flash.rollback(to: start)
      cut.leave(as: .after, on: &flash)
      let after = flash.snapshot()
      #expect(after == complete, "\(cut)")
      flash.rollback(to: start)
    }
  }

  /// A model with another seed draws other patterns, and the same operation elsewhere does too.
  @Test func seedsAndAddressesDecideRandomPatterns() throws {
    let test = FaultPart.all[0]
    let flash = try test.prepared()
    let cut = test.operations()[0]
    var model = FaultModel.norRealistic
    model.variety = .many
    var other = model
    other.seed = 1
    let outcomes = cut.outcomes(under: model, on: flash)
    #expect(outcomes != cut.outcomes(under: other, on: flash))
    #expect(
      outcomes.filter { $0.fault != .bitSubset && $0.fault != .unitSubset }
        == cut.outcomes(under: other, on: flash).filter {
          $0.fault != .bitSubset && $0.fault != .unitSubset
        })
    var moved = cut
    moved.operation.address += 256
    #expect(outcomes != moved.outcomes(under: model, on: flash))
  }

  @Test func aProgramThatChangesNothingIsNoCrashPoint() throws {
    var flash = EmulatedFlash(part: smallPart(unit: 1, page: 256))
    try flash.program([1, 2, 3, 4], at: 16)
    let same = CutOperation(.program, at: 16, [1, 2, 0xFF, 4])
    for model in FaultModel.presets {
      #expect(same.outcomes(under: model, on: flash) == [.before])
      #expect(model.minimumOutcomes(of: same.operation, bytes: same.bytes.span, on: flash) == 1)
    }
    // Where units remember that they were programmed, erased bytes change something.
    let counting = EmulatedFlash(part: smallPart(unit: 8, ecc: 8, rule: .once))
    let burn = CutOperation(.program, at: 16, [UInt8](repeating: 0xFF, count: 8))
    #expect(burn.outcomes(under: .atomic, on: counting) == [.before, .after])
  }

  /// Between 8 and 20 outcomes of a page and of an erase, whatever the block holds.
  @Test func theRealisticPresetHasADozenOutcomes() throws {
    for test in FaultPart.all where !test.hasECC {
      let flash = try test.prepared()
      for cut in test.operations() {
        let outcomes = cut.outcomes(under: .norRealistic, on: flash)
        #expect((8...20).contains(outcomes.count), "\(test.name), \(cut): \(outcomes)")
      }
    }
    #expect(FaultModel.atomic.minimumOutcomes(of: .program) == 2)
    #expect(FaultModel.norRealistic.minimumOutcomes(of: .program) >= 8)
    #expect(FaultModel.norRealistic.minimumOutcomes(of: .erase) >= 8)
  }

  /// The smallest and the largest blocks and units there are, each with its own rules.
  @Test(arguments: FlashPart.catalogue.filter { $0.family == .embedded }.map(\.name))
  func everyEmbeddedPartHasOutcomes(_ name: String) throws {
    var flash = EmulatedFlash(part: try .named(name))
    let page = Int(flash.part.timing.programPage)
    let bytes = (0..<page).map { FaultPart.noise[$0] }
    let program = CutOperation(.program, at: 0, bytes)
    let block = try #require(flash.geometry.eraseBlock(at: 0))
    let erase = CutOperation(.erase, at: 0, [], count: Int(block.count))
    for cut in [program, erase] {
      let start = flash.checkpoint()
      let before = flash.snapshot()
      let outcomes = cut.outcomes(under: .norRealistic, on: flash)
      let floor = FaultModel.norRealistic.minimumOutcomes(
        of: cut.operation, bytes: cut.bytes.span, on: flash)
      #expect(outcomes.count >= max(floor, 4), "\(cut): \(outcomes)")
      for outcome in outcomes {
        cut.leave(as: outcome, on: &flash)
        let now = flash.snapshot()
        #expect((now == before) == (outcome == .before), "\(cut), \(outcome)")
        flash.rollback(to: start)
      }
      if cut.operation.kind == .program { try program.perform(on: &flash) }
    }
  }
}
