import ImageBuilder

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that is being written, and has its name only when it is complete.
///
/// Until `commit` it has no name at all where the file system allows that, so that nothing is left of
/// it whatever ends the process; elsewhere it has a temporary one beside the target, and is removed
/// with this object. A path that names no regular file, such as `/dev/stdout`, is written directly.
final class PendingFile: ImageOutput {
  private let path: String
  private let descriptor: Int32
  private let place: Place

  private enum Place {
    /// The file at the path itself.
    case direct
    /// A file without a name.
    case unnamed
    /// A file with a temporary name.
    case named(String)
  }

  /// Begins a file.
  ///
  /// - Throws: `CommandFailure` with status 70 that names the path and the system's reason.
  init(_ path: String, access: OutputAccess = .ordinary) throws(CommandFailure) {
    self.path = path
    var status = stat()
    if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
      place = .direct
      guard descriptor >= 0 else { throw Self.failure("cannot open", path) }
      return
    }
    let unnamed = unsafe open(
      Self.folder(of: path), O_WRONLY | Self.withoutName | O_CLOEXEC, access.mode)
    if unnamed >= 0 {
      descriptor = unnamed
      place = .unnamed
      return
    }
    let temporary = Self.temporaryName(for: path)
    descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, access.mode)
    place = .named(temporary)
    guard descriptor >= 0 else { throw Self.failure("cannot create", path) }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if case .named(let temporary) = place { unsafe unlink(temporary) }
  }

  /// Appends bytes.
  ///
  /// - Throws: `CommandFailure` with status 70.
  func append(_ bytes: Span<UInt8>) throws(CommandFailure) {
    let good = unsafe bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let count = unsafe write(
          descriptor, bytes.baseAddress! + written, bytes.count - written)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        written += count
      }
      return true
    }
    guard good else { throw Self.failure("cannot write", path) }
  }

  /// Puts the complete file in the place of whatever has its name, once it is safely stored.
  ///
  /// - Throws: `CommandFailure` with status 70; the file that had the name is then still there.
  func commit() throws(CommandFailure) {
    if case .direct = place { return }
    guard fsync(descriptor) == 0 else { throw Self.failure("cannot flush", path) }
    let temporary: String
    switch place {
    case .named(let name): temporary = name
    case .unnamed, .direct:
      temporary = Self.temporaryName(for: path)
      let link = unsafe linkat(
        AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, temporary, AT_SYMLINK_FOLLOW)
      guard link == 0 else { throw Self.failure("cannot create", path) }
    }
    guard unsafe rename(temporary, path) == 0 else {
      let error = Self.failure("cannot replace", path)
      unsafe unlink(temporary)
      throw error
    }
  }

  /// Linux's `O_TMPFILE`, a macro that is not imported: open(2).
  private static var withoutName: Int32 { 0o20_000_000 | O_DIRECTORY }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  }

  private static func temporaryName(for path: String) -> String {
    "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
  }

  private static func failure(_ what: String, _ path: String) -> CommandFailure {
    .failure("\(what) \(path): \(SystemError.text(of: errno))")
  }
}

extension CommandFailure: CustomStringConvertible {
  /// The reason alone, as other errors quote it.
  var description: String { message }
}
