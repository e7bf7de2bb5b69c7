internal import BootState
internal import DeviceModel
internal import FlashEmulator
internal import NORFlash
public import PowerLoss

/// The updates of this project's own boot loader and installer, to be searched for power cuts that
/// break them.
public enum UpdateScenarios {
  /// The names of all scenarios with what happens in them, in the order of a listing.
  public static var all: [(name: String, summary: String)] {
    stories.map { ($0.name, $0.summary) }
  }

  /// The name of the part that a search can close on under most presets.
  public static var defaultPart: String { ScenarioParts.serial.name }

  /// The name of the part with error correction.
  public static var errorCorrectingPart: String { ScenarioParts.errorCorrecting.name }

  /// The scenario with the given name, on the part with the given name or the default one.
  ///
  /// - Throws: `ScenarioError`, `UnknownFlashPart`, or what the manufacture of the device throws.
  public static func named(_ name: String, part: String? = nil) throws -> Scenario {
    guard let story = stories.first(where: { $0.name == name }) else {
      throw ScenarioError.unknown(name, known: stories.map(\.name))
    }
    return try story.scenario(on: try ScenarioParts.named(part ?? defaultPart))
  }
}
