import FlashEmulator
import PowerLoss
import Testing

extension GalleryCase {
  /// The scenario for the search.
  var scenario: Scenario {
    var scenario = Scenario(name: "\(name)-\(variant)", part: part) { flash in
      try manufacture(&flash)
    } powerOn: { device in
      var witness = device.memory.observed
      let life = try powerOn(&device.flash, &witness)
      device.memory.observed = witness
      return switch life {
      case .runs(let image): .settled(image)
      case .resets: .resets(.planned)
      case .breaks(let invariant, let detail): .violates(invariant: invariant, detail: detail)
      }
    }
    scenario.allowedOutcomes = Set(allowedOutcomes)
    return scenario
  }

  /// A search with a budget of processor time, so that a defect of the search ends a test.
  func search(
    under preset: String, _ strategy: SearchStrategy = .closure
  ) throws -> PowerLossSearch {
    let faults = try #require(FaultModel.named(preset))
    return PowerLossSearch(scenario, faults: faults, strategy: strategy, budgetSeconds: 30)
  }
}
