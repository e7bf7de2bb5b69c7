#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Standard error, without a buffer.
enum StandardError {
  /// Prints `line` and a line end.
  static func print(_ line: String) { write(line + "\n") }

  /// Writes `text` as it is; if nobody can be told, nobody is.
  static func write(_ text: String) { _ = append(Array(text.utf8), to: STDERR_FILENO) }
}

/// Standard output, for what is no text.
enum StandardOutput {
  /// Writes `bytes` past the buffer of `print`.
  ///
  /// - Throws: `CommandFailure` with status 70 and the system's reason.
  static func write(_ bytes: [UInt8]) throws(CommandFailure) {
    guard let error = append(bytes, to: STDOUT_FILENO) else { return }
    throw .failure("cannot write to standard output: \(SystemError.text(of: error))")
  }
}

/// Writes all bytes, or returns the error number of the system.
private func append(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
  unsafe bytes.withUnsafeBytes { bytes in
    var written = 0
    while written < bytes.count {
      let count = unsafe write(descriptor, bytes.baseAddress! + written, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return errno }
      written += count
    }
    return nil
  }
}
