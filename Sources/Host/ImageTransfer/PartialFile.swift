import NORFlash
import OpenSSLCrypto

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The file that a download is put together in.
struct PartialFile: ~Copyable, Sendable {
  let path: String
  private let descriptor: Int32

  /// Opens a file, or makes it, and keeps other receivers away from it.
  init(_ path: String) throws(FragmentReceiverError) {
    let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw Self.failure("cannot be opened", path) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(file)
      throw .file(path: path, reason: "is not a regular file")
    }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno == EWOULDBLOCK ? .inUse(path: path) : Self.failure("cannot be locked", path)
      close(file)
      throw error
    }
    self.path = path
    descriptor = file
  }

  deinit { close(descriptor) }

  var currentSize: UInt64 {
    get throws(FragmentReceiverError) {
      var status = stat()
      guard unsafe fstat(descriptor, &status) == 0 else {
        throw Self.failure("has no size", path)
      }
      return UInt64(status.st_size)
    }
  }

  /// Fills `buffer` from the file.
  func read(
    into buffer: inout MutableSpan<UInt8>, at offset: UInt32
  ) throws(FragmentReceiverError) {
    let failure: FragmentReceiverError? = unsafe buffer.withUnsafeMutableBytes { target in
      var filled = 0
      while filled < target.count {
        let count = unsafe pread(
          descriptor, target.baseAddress! + filled, target.count - filled,
          off_t(offset) + off_t(filled))
        if count < 0, errno == EINTR { continue }
        if count < 0 { return Self.failure("cannot be read", path) }
        if count == 0 { return .file(path: path, reason: "has become shorter") }
        filled += count
      }
      return nil
    }
    if let failure { throw failure }
  }

  /// Writes bytes at an offset.
  func write(_ bytes: Span<UInt8>, at offset: UInt32) throws(FragmentReceiverError) {
    let failure: FragmentReceiverError? = unsafe bytes.withUnsafeBytes { source in
      var written = 0
      while written < source.count {
        let count = unsafe pwrite(
          descriptor, source.baseAddress! + written, source.count - written,
          off_t(offset) + off_t(written))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return Self.failure("cannot be written", path) }
        written += count
      }
      return nil
    }
    if let failure { throw failure }
  }

  /// Cuts the file off behind `size` bytes, and waits until it is safely stored.
  func end(at size: UInt32) throws(FragmentReceiverError) {
    guard ftruncate(descriptor, off_t(size)) == 0, fsync(descriptor) == 0 else {
      throw Self.failure("cannot be stored", path)
    }
  }

  private static func failure(_ what: String, _ path: String) -> FragmentReceiverError {
    .file(path: path, reason: "\(what): \(unsafe String(cString: strerror(errno)))")
  }
}

extension PartialFile: SharedStorage {
  /// The number of bytes that a storage can have: the file may grow while it is looked at.
  var size: UInt32 { .max }

  func withBytes<Result>(
    at address: UInt32, count: Int, buffer: inout MutableSpan<UInt8>,
    _ body: (Span<UInt8>) -> Result
  ) throws(FragmentReceiverError) -> Result {
    var place = buffer._mutatingExtracting(first: count)
    try read(into: &place, at: address)
    return body(place.span)
  }
}
