internal import COpenSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension KeyFile {
  /// Writes a secret into a new file that only its owner can read, from the moment it exists.
  ///
  /// - Throws: `PrivateKeyError.fileExists` or `.cannotWrite`; a file that could not be finished is
  ///   removed.
  static func create(_ bytes: SecretBytes, at path: String) throws(PrivateKeyError) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw errno == EEXIST
        ? .fileExists(path: path) : .cannotWrite(path: path, reason: systemError())
    }
    var failure = append(bytes, to: file)
    if close(file) != 0 && failure == nil { failure = systemError() }
    if let failure {
      unsafe unlink(path)
      throw .cannotWrite(path: path, reason: failure)
    }
  }

  /// Writes and flushes; returns why it could not.
  private static func append(_ bytes: SecretBytes, to file: Int32) -> String? {
    var done = 0
    while done < bytes.count {
      let count = unsafe write(file, bytes.base + done, bytes.count - done)
      if count > 0 { done += count } else if errno != EINTR { return systemError() }
    }
    // Pipes and the like cannot be flushed.
    return fsync(file) == 0 || errno == EINVAL ? nil : systemError()
  }
}

/// Files of key-encryption keys: the raw bytes of an AES key, which device and maker of images share.
public enum KeyEncryptionKeyFile {
  /// Makes a new random key in a new file that only its owner can read.
  ///
  /// - Parameter size: 16 or 32 bytes.
  /// - Throws: `PrivateKeyError.fileExists` if there is a file of that name, `.cannotWrite`, or
  ///   `.engineFailed`.
  public static func create(size: Int, at path: String) throws(PrivateKeyError) {
    precondition(size == 16 || size == 32, "an AES key has 16 or 32 bytes")
    let bytes = SecretBytes(count: size)
    guard unsafe RAND_priv_bytes(bytes.base, Int32(size)) == 1 else {
      throw .engineFailed(.drainingQueue("making a random key"))
    }
    try KeyFile.create(bytes, at: path)
  }
}
