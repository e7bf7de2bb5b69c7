internal import BootState
internal import DeviceModel
internal import FlashEmulator
internal import NORFlash
public import PowerLoss

/// The updates of this project's own boot loader and installer, to be searched for power cuts that
/// break them.
public enum UpdateScenarios {
  /// The names of all scenarios with what happens in them, in the order of a listing.
  ///
  /// Each story stands in it twice: on a metadata log of two sectors, and, under its name with
  /// `-mirrored` behind it, on one of four.
  public static var all: [(name: String, summary: String)] {
    MetadataSize.allCases.flatMap { size in
      stories.map { (size.name(of: $0), size.summary(of: $0)) }
    }
  }

  /// The name of the part that a search can close on under most presets.
  public static var defaultPart: String { ScenarioParts.serial.name }

  /// The name of the part with error correction.
  public static var errorCorrectingPart: String { ScenarioParts.errorCorrecting.name }

  /// The scenario with the given name, on the part with the given name or the default one.
  ///
  /// - Throws: `ScenarioError`, `UnknownFlashPart`, or what the manufacture of the device throws.
  public static func named(_ name: String, part: String? = nil) throws -> Scenario {
    for size in MetadataSize.allCases {
      guard let story = stories.first(where: { size.name(of: $0) == name }) else { continue }
      return try story.scenario(on: try ScenarioParts.named(part ?? defaultPart), size)
    }
    throw ScenarioError.unknown(name, known: all.map(\.name))
  }
}

/// How large the metadata partition of a scenario is.
enum MetadataSize: CaseIterable {
  /// One log.
  case twoSectors
  /// The same log twice, in two halves.
  case fourSectors

  var sectorCount: Int { self == .twoSectors ? 2 : 4 }

  func name(of story: UpdateStory) -> String {
    self == .twoSectors ? story.name : story.name + "-mirrored"
  }

  func summary(of story: UpdateStory) -> String {
    self == .twoSectors ? story.summary : story.summary + "; the log is held twice"
  }
}
