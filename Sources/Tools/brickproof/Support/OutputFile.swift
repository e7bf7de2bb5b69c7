import Foundation

/// Who may read a file that a command writes.
enum OutputAccess: Sendable {
  /// Whatever the umask leaves of read and write for all.
  case ordinary
  /// The owner only (0600), from the moment the file exists: private keys, device state.
  case ownerOnly

  fileprivate var mode: mode_t { self == .ordinary ? 0o666 : 0o600 }
}

/// Files that appear complete or not at all.
enum OutputFile {
  /// Writes `bytes` to `path`: into a temporary file beside it, flushed, then renamed over it.
  ///
  /// Whoever reads `path` meanwhile, and whatever interrupts the process, sees the old file or the
  /// new one. A path of `/dev/stdout` or another thing that is no regular file is written directly.
  ///
  /// - Throws: `CommandFailure` with status 70 that names the path and the system's reason; the
  ///   temporary file is then gone.
  static func writeAtomically(
    _ bytes: some Sequence<UInt8>, to path: String, access: OutputAccess = .ordinary
  ) throws(CommandFailure) {
    let data = Data(bytes)
    var status = stat()
    if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      return try writeDirectly(data, to: path)
    }
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, access.mode)
    guard descriptor >= 0 else { throw failure("cannot create", path) }
    do throws(CommandFailure) {
      defer { close(descriptor) }
      try write(data, to: descriptor, path)
      guard fsync(descriptor) == 0 else { throw failure("cannot flush", path) }
    } catch {
      unsafe unlink(temporary)
      throw error
    }
    guard unsafe rename(temporary, path) == 0 else {
      let error = failure("cannot replace", path)
      unsafe unlink(temporary)
      throw error
    }
  }

  private static func writeDirectly(_ data: Data, to path: String) throws(CommandFailure) {
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot open", path) }
    defer { close(descriptor) }
    try write(data, to: descriptor, path)
  }

  private static func write(
    _ data: Data, to descriptor: Int32, _ path: String
  ) throws(CommandFailure) {
    var rest = data[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { bytes in
        unsafe Foundation.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("cannot write", path) }
      rest = rest.dropFirst(written)
    }
  }

  private static func failure(_ what: String, _ path: String) -> CommandFailure {
    .failure("\(what) \(path): \(SystemError.text(of: errno))")
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
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    if let posix = underlying, posix.domain == NSPOSIXErrorDomain {
      return SystemError.text(of: Int32(posix.code))
    }
    switch (error as? CocoaError)?.code {
    case .fileReadNoSuchFile: return "no such file"
    case .fileReadNoPermission: return "permission denied"
    default: return error.localizedDescription
    }
  }
}

/// Error numbers of the operating system in words.
private enum SystemError {
  static func text(of number: Int32) -> String { unsafe String(cString: strerror(number)) }
}
