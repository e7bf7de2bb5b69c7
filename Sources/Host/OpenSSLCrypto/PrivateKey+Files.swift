internal import COpenSSL

extension PrivateKey {
  /// Writes the key as PKCS#8 PEM into a new file that only its owner can read.
  ///
  /// The file is created with mode 0600, so there is no moment at which others can read it.
  ///
  /// - Throws: `PrivateKeyError.fileExists` if there is a file of that name, `.cannotWrite`, or
  ///   `.engineFailed`. A file that could not be finished is removed.
  public func writePEM(to path: String) throws(PrivateKeyError) {
    let encoded = unsafe Self.encodePEM {
      unsafe PEM_write_bio_PKCS8PrivateKey($0, handle.pointer, nil, nil, 0, nil, nil) == 1
    }
    guard let bytes = encoded else { throw .engineFailed(.drainingQueue("encoding a key")) }
    try KeyFile.create(bytes, at: path)
  }

  /// The public half as PEM text (SubjectPublicKeyInfo).
  public var publicPEM: String {
    let encoded = unsafe Self.encodePEM { unsafe PEM_write_bio_PUBKEY($0, handle.pointer) == 1 }
    guard let bytes = encoded else { return "" }
    return unsafe String(
      decoding: UnsafeBufferPointer(start: bytes.base, count: bytes.count), as: UTF8.self)
  }

  /// Runs a PEM writer of libcrypto on a memory buffer that is erased afterwards.
  private static func encodePEM(_ write: (OpaquePointer) -> Bool) -> SecretBytes? {
    guard let output = unsafe BIO_new(BIO_s_secmem()) else { return nil }
    defer { unsafe BIO_free(output) }
    guard unsafe write(output) else { return nil }
    let bytes = SecretBytes(count: 16_384)
    let count = unsafe BIO_read(output, bytes.base, Int32(bytes.count))
    return count > 0 ? bytes.prefix(Int(count)) : nil
  }
}
