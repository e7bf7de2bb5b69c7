import FlashEmulator

extension FlashPart {
  /// The part of the catalogue that an argument names.
  ///
  /// - Throws: `CommandFailure` with status 64 that names similar parts.
  static func named(byArgument name: String) throws(CommandFailure) -> FlashPart {
    do throws(UnknownFlashPart) { return try named(name) } catch {
      throw .usage(error.description)
    }
  }
}
