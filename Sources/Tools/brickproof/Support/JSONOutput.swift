#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Facts as JSON: one object, keys sorted, with a `formatVersion` of its own.
enum JSONOutput {
  /// Prints `value` and a line end.
  ///
  /// - Throws: `CommandFailure` with status 70 if the value has no JSON.
  static func print(_ value: some Encodable) throws(CommandFailure) {
    Swift.print(try text(of: value))
  }

  /// `value` as text, without a line end behind it.
  ///
  /// - Throws: `CommandFailure` with status 70 if the value has no JSON.
  static func text(of value: some Encodable) throws(CommandFailure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw .failure("cannot write JSON: \(error)")
    }
  }
}
