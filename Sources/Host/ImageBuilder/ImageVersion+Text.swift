public import FirmwareImage

extension ImageVersion {
  /// Reads `major[.minor[.revision[+build]]]`, without leading zeros, as imgtool does.
  ///
  /// - Throws: `ImageBuilderError.invalidVersion`.
  public init(_ text: String) throws(ImageBuilderError) {
    guard let version = Self.parse(text) else { throw .invalidVersion(text) }
    self = version
  }

  private static func parse(_ text: String) -> ImageVersion? {
    let halves = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 3, halves.count == 1 || parts.count == 3 else { return nil }
    guard let major: UInt8 = number(parts[0]),
      let minor: UInt8 = parts.count > 1 ? number(parts[1]) : 0,
      let revision: UInt16 = parts.count > 2 ? number(parts[2]) : 0,
      let build: UInt32 = halves.count > 1 ? number(halves[1]) : 0
    else { return nil }
    return ImageVersion(major: major, minor: minor, revision: revision, build: build)
  }

  private static func number<Number: FixedWidthInteger>(_ text: Substring) -> Number? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }),
      text == "0" || !text.hasPrefix("0")
    else { return nil }
    return Number(text)
  }
}
