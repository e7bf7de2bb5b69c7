import Foundation

/// Facts as JSON on standard output: one object, keys sorted, with a `formatVersion` of its own.
enum JSONOutput {
  /// Prints `value` and a line end.
  ///
  /// - Throws: `CommandFailure` with status 70 if the value has no JSON.
  static func print(_ value: some Encodable) throws(CommandFailure) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    } catch {
      throw .failure("cannot write JSON: \(error)")
    }
  }
}
