import FlashEmulator
import PowerLoss
import UpdateScenarios

/// A scenario that the command knows by name.
struct ScenarioListing: Sendable {
  /// The name, in lower case with hyphens.
  var name: String
  /// What happens in it, in one line.
  var summary: String
  /// The part it runs on unless another is asked for.
  var defaultPart: String
  /// Makes it, on the part with the given name or on its own.
  var make: @Sendable (_ part: String?) throws -> Scenario
}

/// The scenarios that the command knows.
enum ScenarioRegistry {
  /// All scenarios, in the order in which they are listed.
  static let all: [ScenarioListing] = CopyUpdater.listings + updates

  /// The updates of this project's own boot loader and installer.
  private static let updates = UpdateScenarios.all.map { name, summary in
    ScenarioListing(name: name, summary: summary, defaultPart: UpdateScenarios.defaultPart) {
      part in
      try UpdateScenarios.named(name, part: part)
    }
  }

  /// The small parts that only updates know, beside those of the catalogue.
  static let updateParts = [UpdateScenarios.defaultPart, UpdateScenarios.errorCorrectingPart]

  /// The scenario with the given name.
  ///
  /// - Throws: `CommandFailure` with status 64 if there is none, or not on that part.
  static func scenario(_ name: String, part: String?) throws(CommandFailure) -> Scenario {
    guard let listing = all.first(where: { $0.name == name }) else {
      let known = all.map(\.name).joined(separator: ", ")
      throw .usage("unknown scenario '\(name)'; known: \(known)")
    }
    do {
      return try listing.make(part)
    } catch let failure as CommandFailure {
      throw failure
    } catch let unknown as UnknownFlashPart {
      let own = updates.contains { $0.name == name } ? updateParts : []
      let more = own.isEmpty ? "" : "; for updates also \(own.joined(separator: ", "))"
      throw .usage("\(unknown)\(more)")
    } catch {
      throw .usage("scenario \(name) on part \(part ?? listing.defaultPart): \(error)")
    }
  }
}
