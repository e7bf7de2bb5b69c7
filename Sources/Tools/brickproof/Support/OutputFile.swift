#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Who may read a file that a command writes.
enum OutputAccess: Sendable {
  /// Whatever the umask leaves of read and write for all.
  case ordinary
  /// The owner only (0600), from the moment the file exists: private keys, device state.
  case ownerOnly

  var mode: mode_t { self == .ordinary ? 0o666 : 0o600 }
}

/// Files that appear complete or not at all.
enum OutputFile {
  /// Writes `bytes` to `path`: into a file without a name, flushed, then put in its place.
  ///
  /// Whoever reads `path` meanwhile, and whatever interrupts the process, sees the old file or the
  /// new one. A path of `/dev/stdout` or another thing that is no regular file is written directly.
  ///
  /// - Throws: `CommandFailure` with status 70 that names the path and the system's reason.
  static func writeAtomically(
    _ bytes: some Sequence<UInt8>, to path: String, access: OutputAccess = .ordinary
  ) throws(CommandFailure) {
    let file = try PendingFile(path, access: access)
    let all = Array(bytes)
    try file.append(all.span)
    try file.commit()
  }
}

/// Files that commands read whole.
enum InputFile {
  /// The bytes of the file at `path`.
  ///
  /// - Throws: `CommandFailure` with status 64 that names the path and the reason.
  static func read(_ path: String) throws(CommandFailure) -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw .usage("cannot read \(path): \(reason(error))")
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch (error as? CocoaError)?.code {
    case .fileReadNoSuchFile: "no such file"
    case .fileReadNoPermission: "permission denied"
    default: FileError.text(of: error)
    }
  }
}

/// Error numbers of the operating system in words.
enum SystemError {
  static func text(of number: Int32) -> String { unsafe String(cString: strerror(number)) }
}
