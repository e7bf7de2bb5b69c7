import Testing

@testable import BootState

/// What the Python model says about one configuration, and what has to be true here as well.
struct OracleExpectation: CustomTestStringConvertible, Sendable {
  var configuration: OracleConfiguration
  var broken: Set<OracleInvariant>
  /// The size of the state space.
  ///
  /// It is smaller than the model's, because booking a run and
  /// recording the next attempt are one record, and because a confirmation clears the counts.
  var states: Int
  var testDescription: String { configuration.testDescription }

  init(
    _ configuration: OracleConfiguration, breaks broken: Set<OracleInvariant> = [], states: Int
  ) {
    self.configuration = configuration
    self.broken = broken
    self.states = states
  }

  static let baselines: [OracleExpectation] = [
    OracleExpectation(OracleConfiguration("factory present"), states: 4717),
    OracleExpectation(OracleConfiguration("no factory", hasFactory: false), states: 4717),
    OracleExpectation(
      OracleConfiguration(
        "one slot decays, factory exempt from the floor", isFactoryUnderFloor: false, decays: 1),
      states: 19436),
    OracleExpectation(
      OracleConfiguration("one slot decays, factory under the floor", decays: 1),
      breaks: [.somethingBoots], states: 19436),
    OracleExpectation(
      OracleConfiguration("one slot decays, no factory", hasFactory: false, decays: 1),
      breaks: [.somethingBoots], states: 19436),
  ]

  static let mutations: [OracleExpectation] = [
    OracleExpectation(
      OracleConfiguration(
        "M1 floor raised when staged, no factory", hasFactory: false,
        mutation: .floorRaisedWhenStaged),
      breaks: [.somethingBoots, .lastFallbackStays, .floorIsConfirmed], states: 4997),
    OracleExpectation(
      OracleConfiguration(
        "M1b floor raised when staged, factory under the floor", mutation: .floorRaisedWhenStaged),
      breaks: [.somethingBoots, .lastFallbackStays, .floorIsConfirmed], states: 4997),
    OracleExpectation(
      OracleConfiguration("M2 attempt not recorded", mutation: .attemptNotRecorded),
      breaks: [.startsAreLimited, .faultsAreLimited], states: 46),
    OracleExpectation(
      OracleConfiguration(
        "M3 no guard while on trial", hasFactory: false, mutation: .updateNotGuarded),
      breaks: [.somethingBoots, .lastFallbackStays, .confirmedImageIsChosen], states: 27419),
    OracleExpectation(
      OracleConfiguration(
        "M4 confirmation erases first", hasFactory: false, mutation: .confirmErasesFirst),
      breaks: [.confirmationIsOldOrNew], states: 5907),
    OracleExpectation(
      OracleConfiguration("M6 power cycles not excused (legal)", mutation: .powerCyclesNotExcused),
      states: 1041),
  ]

  /// With us the counts end at 255, so that even this one is finite.
  static let withoutStartLimit = OracleExpectation(
    OracleConfiguration("M5 power cycles excused without end", mutation: .startsNotLimited),
    breaks: [.startsAreLimited], states: 230617)

  /// Those in which loader and applications follow all the rules but when the floor rises.
  static var regular: [OracleExpectation] {
    let all =
      baselines + mutations.filter { $0.configuration.mutation == .floorRaisedWhenStaged }
    return all.map {
      var expectation = $0
      expectation.configuration.collectsSituations = true
      return expectation
    }
  }

  func check() {
    var explorer = OracleExplorer(configuration)
    explorer.explore()
    #expect(explorer.isExhaustive)
    #expect(explorer.stateCount == states)
    #expect(Set(explorer.broken.keys) == broken, "\(explorer.broken)")
  }
}

extension OracleInvariant: CustomTestStringConvertible {
  var testDescription: String { rawValue }
}

@Suite("The boot state machine agrees with the Python model")
struct OracleAgreementTests {
  @Test("the same invariants hold in every reachable state", arguments: OracleExpectation.baselines)
  func invariants(_ expectation: OracleExpectation) { expectation.check() }

  @Test("each mutation breaks the same invariants", arguments: OracleExpectation.mutations)
  func mutations(_ expectation: OracleExpectation) { expectation.check() }
}

@Suite("The boot state machine agrees with the Python model without a limit of starts")
struct ExhaustiveOracleAgreementTests {
  @Test("an image is started too often")
  func startLimit() { OracleExpectation.withoutStartLimit.check() }
}
