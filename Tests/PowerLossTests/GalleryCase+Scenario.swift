import FlashEmulator
import PowerLoss

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
}
