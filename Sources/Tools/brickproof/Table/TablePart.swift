import FlashEmulator
import NORFlash

/// What the table commands need to know of a flash part.
struct TablePart {
  /// The name of the part in the catalogue.
  var name: String
  /// Its erase blocks.
  var geometry: FlashGeometry
  /// How many erases a block bears.
  var endurance: UInt32

  /// Looks the part up in the catalogue.
  ///
  /// - Throws: `CommandFailure` with status 64 that names similar parts.
  init(named name: String) throws(CommandFailure) {
    let part = try FlashPart.named(byArgument: name)
    self.name = part.name
    geometry = part.geometry
    endurance = part.endurance
  }
}
