import NORFlash

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file without a name, which never outlives the process.
struct TemporaryFile: ~Copyable {
  /// The number of bytes.
  private(set) var size = 0
  private let descriptor: Int32

  init() throws(ImageBuilderError) {
    let folder = Self.folder
    var template = Array("\(folder)brickproof-XXXXXX".utf8CString)
    let file = unsafe mkstemp(&template)
    guard file >= 0 else {
      throw .outputFailed(reason: "cannot create a temporary file in \(folder)")
    }
    unsafe unlink(&template)
    descriptor = file
  }

  deinit { close(descriptor) }

  /// The folder for temporary files, with a slash behind it.
  private static var folder: String {
    let named = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    return named.hasSuffix("/") ? named : named + "/"
  }

  /// Appends bytes.
  mutating func append(_ bytes: [UInt8]) throws(ImageBuilderError) {
    let file = descriptor
    let good = unsafe bytes.withUnsafeBytes { source in
      var written = 0
      while written < source.count {
        let count = unsafe write(file, source.baseAddress! + written, source.count - written)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        written += count
      }
      return true
    }
    guard good else { throw .outputFailed(reason: "cannot write to a temporary file; is it full?") }
    size += bytes.count
  }

  /// Reads bytes that were appended.
  func read(at offset: Int, into buffer: inout MutableSpan<UInt8>) throws(ImageBuilderError) {
    let file = descriptor
    let good = unsafe buffer.withUnsafeMutableBytes { target in
      var filled = 0
      while filled < target.count {
        let count = unsafe pread(
          file, target.baseAddress! + filled, target.count - filled, off_t(offset + filled))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        filled += count
      }
      return true
    }
    guard good else { throw .outputFailed(reason: "cannot read a temporary file") }
  }
}
