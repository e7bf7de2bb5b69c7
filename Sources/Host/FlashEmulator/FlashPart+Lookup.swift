/// The catalogue has no part of the given name.
public struct UnknownFlashPart: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name that was asked for.
  public let name: String
  /// Names of the catalogue that resemble it, the nearest first.
  public let suggestions: [String]

  /// One line that says what is wrong and what to do.
  public var description: String {
    let hint =
      suggestions.isEmpty
      ? "'brickproof flash parts' lists all"
      : "did you mean \(suggestions.joined(separator: ", "))?"
    return "unknown flash part '\(name)': \(hint)"
  }
}

extension FlashPart {
  /// The part of the catalogue with the given name, whatever its case.
  ///
  /// - Throws: `UnknownFlashPart` with names that resemble it.
  /// - Complexity: O(parts)
  public static func named(_ name: String) throws(UnknownFlashPart) -> FlashPart {
    let wanted = name.lowercased()
    if let part = catalogue.first(where: { $0.name.lowercased() == wanted }) { return part }
    throw UnknownFlashPart(name: name, suggestions: suggestions(for: wanted))
  }

  private static func suggestions(for wanted: String) -> [String] {
    let ranked = catalogue.compactMap { part -> (name: String, distance: Int)? in
      let candidate = part.name.lowercased()
      if !wanted.isEmpty, candidate.hasPrefix(wanted) || wanted.hasPrefix(candidate) {
        return (part.name, 0)
      }
      let distance = editDistance(wanted, candidate)
      return distance <= 3 ? (part.name, distance) : nil
    }
    return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(4).map(\.name)
  }

  /// The Levenshtein distance.
  private static func editDistance(_ left: String, _ right: String) -> Int {
    let target = Array(right)
    var row = Array(0...target.count)
    for (index, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in target.indices {
        let substitution = diagonal + (target[column] == character ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(substitution, diagonal + 1, row[column] + 1)
      }
    }
    return row[target.count]
  }
}
