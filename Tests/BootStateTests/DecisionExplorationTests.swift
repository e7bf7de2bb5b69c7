import Testing

@testable import BootState

/// A configuration beyond the Python model.
struct DecisionExploration: CustomTestStringConvertible, Sendable {
  var configuration: OracleConfiguration
  var broken: Set<OracleInvariant> = []
  /// Reasons that have to come up, or the exploration has missed what it is there for.
  var reasons: Set<BootReason>
  var testDescription: String { configuration.testDescription }

  init(
    _ name: String, reasons: Set<BootReason>, breaks broken: Set<OracleInvariant> = [],
    _ change: (inout OracleConfiguration) -> Void
  ) {
    configuration = OracleConfiguration(name)
    configuration.isFactoryUnderFloor = false
    configuration.updatesAnySlotFromFactory = true
    change(&configuration)
    self.reasons = reasons
    self.broken = broken
  }

  static let all: [DecisionExploration] = [
    DecisionExploration(
      "suspension",
      reasons: [.previousConfirmed, .suspended, .factoryFallback, .rollback, .trial]
    ) { $0.confirmedFaultLimit = 2 },
    DecisionExploration(
      "suspension without factory", reasons: [.previousConfirmed, .suspended, .rollback]
    ) {
      $0.confirmedFaultLimit = 2
      $0.hasFactory = false
    },
    DecisionExploration(
      "suspension, factory only", reasons: [.rollback, .factoryFallback]
    ) {
      $0.confirmedFaultLimit = 2
      $0.lateFallback = .factoryOnly
    },
    DecisionExploration("suspension, factory only, without factory", reasons: [.suspended]) {
      $0.confirmedFaultLimit = 2
      $0.lateFallback = .factoryOnly
      $0.hasFactory = false
    },
    DecisionExploration("no late fallback, without factory", reasons: [.confirmed, .rollback]) {
      $0.confirmedFaultLimit = 2
      $0.lateFallback = .never
      $0.hasFactory = false
    },
    DecisionExploration("one-shot boots", reasons: [.oneShot, .trial]) { $0.usesOneShot = true },
    DecisionExploration("one-shot boots without factory", reasons: [.oneShot, .trial]) {
      $0.usesOneShot = true
      $0.hasFactory = false
    },
    DecisionExploration("every record may fail to be written", reasons: [.trial, .rollback]) {
      $0.writesMayFail = true
    },
    DecisionExploration(
      "every record may fail to be written, without factory", reasons: [.trial, .rollback]
    ) {
      $0.writesMayFail = true
      $0.hasFactory = false
    },
    DecisionExploration(
      "a failed record of an attempt is ignored", reasons: [.trial],
      breaks: [.startsAreLimited, .faultsAreLimited]
    ) { $0.mutation = .failedAttemptIgnored },
  ]

  static let combined = [
    DecisionExploration(
      "suspension, one-shot boots and failing writes together",
      reasons: [.suspended, .oneShot, .trial, .previousConfirmed, .rollback, .factoryFallback]
    ) {
      $0.confirmedFaultLimit = 2
      $0.usesOneShot = true
      $0.writesMayFail = true
    },
    DecisionExploration(
      "suspension, one-shot boots and failing writes together, without factory",
      reasons: [.suspended, .oneShot, .trial, .previousConfirmed, .rollback]
    ) {
      $0.confirmedFaultLimit = 2
      $0.usesOneShot = true
      $0.writesMayFail = true
      $0.hasFactory = false
    },
  ]

  func check(updates: Int, limit: Int) {
    var configuration = configuration
    configuration.updates = updates
    var explorer = OracleExplorer(configuration)
    explorer.explore(limit: limit)
    #expect(explorer.isExhaustive)
    #expect(Set(explorer.broken.keys) == broken, "\(explorer.broken)")
    #expect(explorer.reasons.isSuperset(of: reasons), "\(explorer.reasons)")
  }
}

@Suite("The invariants hold beyond the Python model")
struct DecisionExplorationTests {
  @Test("in every reachable state with one update", arguments: DecisionExploration.all)
  func oneUpdate(_ exploration: DecisionExploration) {
    exploration.check(updates: 1, limit: 100_000)
  }
}

@Suite("The invariants hold beyond the Python model, over two updates")
struct ExhaustiveDecisionExplorationTests {
  @Test(
    "in every reachable state",
    arguments: DecisionExploration.all + DecisionExploration.combined)
  func twoUpdates(_ exploration: DecisionExploration) {
    exploration.check(updates: 2, limit: 5_000_000)
  }
}
