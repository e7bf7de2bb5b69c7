public import NORFlash

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file, read as a storage; nothing of it is kept in memory.
public struct FileStorage: ~Copyable, ReadableStorage, Sendable {
  /// The path the file was opened with.
  public let path: String
  /// The size of the file in bytes when it was opened.
  public let size: UInt32
  private let descriptor: Int32

  /// Opens a file for reading.
  ///
  /// - Throws: `FileStorageError.cannotOpen`, `.notAFile` or `.tooLarge`.
  public init(path: String) throws(FileStorageError) {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .cannotOpen(path: path, reason: KeyFile.systemError()) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(file)
      throw .notAFile(path: path)
    }
    guard let size = UInt32(exactly: status.st_size) else {
      close(file)
      throw .tooLarge(path: path, size: UInt64(status.st_size))
    }
    self.path = path
    self.size = size
    self.descriptor = file
  }

  deinit { close(descriptor) }

  /// Reads from the file.
  ///
  /// - Throws: `FileStorageError.outOfBounds` or `.cannotRead`.
  public mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(FileStorageError) {
    try fill(&buffer, from: address)
  }

  /// Reads from the file, in any thread.
  func fill(
    _ buffer: inout MutableSpan<UInt8>, from address: UInt32
  ) throws(FileStorageError) {
    guard UInt64(address) + UInt64(buffer.count) <= UInt64(size) else {
      throw .outOfBounds(path: path, address: address, count: buffer.count)
    }
    let file = descriptor
    let failure: Int32? = unsafe buffer.withUnsafeMutableBytes { target in
      var filled = 0
      while filled < target.count {
        let count = unsafe pread(
          file, target.baseAddress! + filled, target.count - filled, off_t(address) + off_t(filled))
        if count > 0 {
          filled += count
        } else if count == 0 {
          return 0
        } else if errno != EINTR {
          return errno
        }
      }
      return nil
    }
    guard let failure else { return }
    let reason =
      failure == 0 ? "the file has become shorter" : unsafe String(cString: strerror(failure))
    throw .cannotRead(path: path, address: address, reason: reason)
  }
}

/// Why a file cannot be read as a storage.
public enum FileStorageError: Error, Equatable, Sendable {
  /// The file cannot be opened.
  case cannotOpen(path: String, reason: String)
  /// The path names a directory or a device.
  case notAFile(path: String)
  /// The file has 4 GiB or more.
  case tooLarge(path: String, size: UInt64)
  /// The range is not inside the file.
  case outOfBounds(path: String, address: UInt32, count: Int)
  /// The operating system could not read.
  case cannotRead(path: String, address: UInt32, reason: String)
}

extension FileStorageError: CustomStringConvertible {
  /// The error in one line.
  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "\(path): cannot be opened: \(reason)"
    case .notAFile(let path): "\(path): is not a regular file"
    case .tooLarge(let path, let size): "\(path): has \(size) bytes; images end below 4 GiB"
    case .outOfBounds(let path, let address, let count):
      "\(path): \(count) bytes at offset \(address) are not inside the file"
    case .cannotRead(let path, let address, let reason):
      "\(path): cannot be read at offset \(address): \(reason)"
    }
  }
}
