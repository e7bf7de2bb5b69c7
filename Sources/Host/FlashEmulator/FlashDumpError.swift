/// Why a dump of a flash or its sidecar cannot be read or written.
public enum FlashDumpError: Error, Equatable, Sendable {
  /// The file cannot be read; `reason` is the system's.
  case cannotRead(path: String, reason: String)
  /// The file cannot be written; `reason` is the system's.
  case cannotWrite(path: String, reason: String)
  /// The sidecar is not what this version reads; `reason` says where.
  case invalidSidecar(reason: String)
  /// The sidecar has a format version that this version does not read.
  case unsupportedVersion(found: Int, supported: Int)
  /// The sidecar names a part that is not in the catalogue.
  case unknownPart(UnknownFlashPart)
  /// The sidecar belongs to another part.
  case otherPart(expected: String, found: String)
  /// The dump does not have as many bytes as the part.
  case wrongSize(part: String, expected: UInt32, found: Int)
  /// The error concerns the file at `path`.
  indirect case file(path: String, FlashDumpError)
}

extension FlashDumpError: CustomStringConvertible {
  /// One line that says what is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .cannotRead(let path, let reason):
      "cannot read '\(path)': \(reason)"
    case .cannotWrite(let path, let reason):
      "cannot write '\(path)': \(reason)"
    case .invalidSidecar(let reason):
      "the sidecar is damaged (\(reason)): restore it from a copy, or create the device again"
    case .unsupportedVersion(let found, let supported):
      "format version \(found) of the sidecar is not supported (this program reads \(supported)):"
        + " use the program that wrote it"
    case .unknownPart(let error):
      error.description
    case .otherPart(let expected, let found):
      "the sidecar describes a \(found), not a \(expected): use the sidecar of this dump"
    case .wrongSize(let part, let expected, let found):
      "the dump has \(found) bytes, but a \(part) has \(expected):"
        + " use the dump this sidecar was written for"
    case .file(let path, let error):
      "'\(path)': \(error.description)"
    }
  }
}
