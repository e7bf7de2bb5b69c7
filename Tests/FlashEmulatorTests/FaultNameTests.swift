import FlashEmulator
import Foundation
import Testing

@Suite struct FaultNameTests {
  @Test(arguments: Fault.allCases) func everyNameParsesBackToItsOutcome(_ fault: Fault) {
    var random = SplitMix64(seed: UInt64(fault.rawValue))
    let chosen = (0..<200).map { _ in UInt32(truncatingIfNeeded: random.next() >> 32) }
    let short = (0..<200).map { _ in UInt32(random.next(below: 1 << 16)) }
    var names: [String: CutOutcome] = [:]
    for parameter in Array(0..<64) + short + chosen + [.max, .max >> 1, .max >> 4] {
      let outcome = CutOutcome(fault, parameter: parameter)
      #expect(CutOutcome(name: outcome.name) == outcome, "\(outcome.name)")
      #expect(names.updateValue(outcome, forKey: outcome.name) ?? outcome == outcome)
      #expect(outcome.name.utf8.count <= 48 && "\(outcome)" == outcome.name)
    }
    #expect(Fault(name: fault.name) == fault)
  }

  @Test func namesAreTheOnesOfReplayFiles() {
    let names: [(CutOutcome, String)] = [
      (.before, "before"), (.after, "after"), (.warmReset, "warm reset"),
      (.brownOutTail(2), "brown-out tail 2"), (.prefix(3), "prefix 3"), (.suffix(12), "suffix 12"),
      (.units(.even), "even units"), (.units(.random(seed: 77)), "random units, seed 77"),
      (.bits(.alternating), "alternating bits"), (.bits(.allButLast), "all bits but the last"),
      (CutOutcome(.looksComplete), "looks complete"),
      (CutOutcome(.looksUntouched, parameter: 5), "looks untouched, seed 5"),
      (CutOutcome(.pageCollateral), "page zeros"),
      (CutOutcome(.sectorDisturb, parameter: 9), "heavy disturb of the block, seed 4"),
      (.unreadableUnit(2), "unreadable unit 2"), (.unreadable(.all), "unreadable block"),
      (CutOutcome(.eraseNotStarted), "erase not started"),
      (.preProgrammed(2, from: .end), "zeros from end 2/4"),
      (.preProgrammed(1, from: .start), "zeros from start 1/4"),
      (.eraseMix(.firstHalfOfProgrammed), "erased first half, zeros behind"),
      (.eraseMix(.residueOfData(eighths: 3, seed: 8)), "3/8 of data left, seed 8"),
      (CutOutcome(.looksErased), "looks erased"),
      (CutOutcome(.indeterminate, parameter: 1), "indeterminate as after"),
    ]
    for (outcome, name) in names {
      #expect(outcome.name == name)
      #expect(CutOutcome(name: name) == outcome)
    }
  }

  @Test(arguments: [
    "", "prefix", "prefix -1", "prefix 4294967296", "prefix 03", "Before", "before ",
    "zeros from end 5/4", "9/8 of data left, seed 8", "3/8 of data left, seed 0",
    "random bits, seed 3",
  ]) func otherTextsAreNoOutcomes(_ name: String) {
    #expect(CutOutcome(name: name) == nil)
  }

  @Test func phasesOfOlderFilesAreStillRead() throws {
    let read = { (text: String) in
      try JSONDecoder().decode(PowerCutPhase.self, from: Data(text.utf8))
    }
    #expect(try read(#"{"torn":{"seed":7}}"#) == .torn(seed: 7))
    #expect(try read(#"{"before":{}}"#) == .before)
    #expect(try read(#"{"after":{}}"#) == .after)
    let encoder = JSONEncoder()
    let phase = PowerCutPhase.outcome(.preProgrammed(2, from: .end))
    let text = String(decoding: try encoder.encode(phase), as: UTF8.self)
    #expect(text.contains(#""zeros from end 2\/4""#))
    #expect(try read(text) == phase)
    #expect(throws: DecodingError.self) { try read(#"{"outcome":{"_0":"prefix three"}}"#) }
  }

  @Test func presetsHaveTheirNames() {
    #expect(
      FaultModel.presets.map(\.name) == [
        "atomic", "prefix", "nor-realistic", "nor-paranoid", "ecc-mcu", "vendor-worst", "disturb",
      ])
    for preset in FaultModel.presets { #expect(FaultModel.named(preset.name) == preset) }
    #expect(FaultModel.named("none") == nil)
    #expect(FaultModel(name: "mine", faults: []).faults == [.before, .after])
  }
}
