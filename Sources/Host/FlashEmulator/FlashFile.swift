#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Whole files with errors that name them.
package enum FlashFile {
  /// Reads a whole regular file.
  package static func contents(of path: String) throws(FlashDumpError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw lastReadError(path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw lastReadError(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .cannotRead(path: path, reason: "it is not a regular file")
    }
    var contents = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < contents.count {
      let received = unsafe contents.withUnsafeMutableBytes { buffer in
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
        return unsafe read(descriptor, rest.baseAddress, rest.count)
      }
      if received < 0, errno == EINTR { continue }
      guard received >= 0 else { throw lastReadError(path) }
      guard received > 0 else { break }
      count += received
    }
    contents.removeLast(contents.count - count)
    return contents
  }

  /// Writes bytes to a file that appears complete or not at all.
  package static func writeAtomically(
    _ bytes: [UInt8], to path: String, mode: UInt32
  ) throws(FlashDumpError) {
    try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(FlashDumpError) in
      try unsafe writeAtomically(UnsafeRawBufferPointer(bytes), to: path, mode: mode)
    }
  }

  /// Writes a temporary file beside `path`, flushes it, and renames it over `path`.
  static func writeAtomically(
    _ bytes: UnsafeRawBufferPointer, to path: String, mode: mode_t
  ) throws(FlashDumpError) {
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw lastError(path) }
    do throws(FlashDumpError) {
      defer { close(descriptor) }
      try unsafe append(bytes, to: descriptor, path)
      guard fsync(descriptor) == 0 else { throw lastError(path) }
    } catch {
      unsafe unlink(temporary)
      throw error
    }
    guard unsafe rename(temporary, path) == 0 else {
      let error = lastError(path)
      unsafe unlink(temporary)
      throw error
    }
  }

  private static func append(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
  ) throws(FlashDumpError) {
    var offset = 0
    while offset < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
      let written = unsafe write(descriptor, rest.baseAddress, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw lastError(path)
      }
      offset += written
    }
  }

  private static func lastError(_ path: String) -> FlashDumpError {
    .cannotWrite(path: path, reason: unsafe String(cString: strerror(errno)))
  }

  private static func lastReadError(_ path: String) -> FlashDumpError {
    .cannotRead(path: path, reason: unsafe String(cString: strerror(errno)))
  }

  /// Where JSON does not fit, in a few words.
  static func summary(of error: DecodingError) -> String {
    let context: DecodingError.Context
    switch error {
    case .keyNotFound(let key, _): return "the key '\(key.stringValue)' is missing"
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found):
      context = found
    @unknown default: return "\(error)"
    }
    let place = context.codingPath.map(\.stringValue).joined(separator: ".")
    return place.isEmpty ? context.debugDescription : "\(place): \(context.debugDescription)"
  }
}
