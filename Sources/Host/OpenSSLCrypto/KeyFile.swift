internal import COpenSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads keys in the forms that OpenSSL and image tools write.
///
/// PEM or DER; SubjectPublicKeyInfo and PKCS#1 for public keys, PKCS#8, PKCS#1 and SEC1 for private
/// ones.
enum KeyFile {
  /// The halves of a key that a file may hold.
  enum Half {
    case `public`
    case `private`
  }

  /// A few kilobytes are a large key already.
  private static var largestFile: Int { 65_536 }

  /// Reads a whole file, which is overwritten in memory when the result is dropped.
  static func contents(of path: String) throws(KeyError) -> SecretBytes {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .cannotRead(path: path, reason: systemError()) }
    defer { close(file) }
    let bytes = SecretBytes(count: largestFile)
    var filled = 0
    while filled < bytes.count {
      let count = unsafe read(file, bytes.base + filled, bytes.count - filled)
      if count == 0 { return bytes.prefix(filled) }
      if count > 0 {
        filled += count
      } else if errno != EINTR {
        throw .cannotRead(path: path, reason: systemError())
      }
    }
    throw .notAKey(source: path)
  }

  /// What the operating system says about the last failure.
  static func systemError() -> String { unsafe String(cString: strerror(errno)) }

  /// Whether the bytes are text with a PEM boundary; other text may stand in front of it.
  static func isPEM(_ bytes: SecretBytes) -> Bool {
    let text = unsafe String(
      decoding: UnsafeBufferPointer(start: bytes.base, count: bytes.count), as: UTF8.self)
    return text.contains("-----BEGIN ")
  }

  /// Reads a key of either half, in PEM or DER.
  static func parse(
    _ bytes: SecretBytes, source: String
  ) throws(KeyError) -> (key: KeyHandle, half: Half) {
    defer { ERR_clear_error() }
    if isPEM(bytes) { return try parsePEM(bytes, source: source) }
    guard let found = unsafe parseDER(bytes.base, bytes.count) else {
      throw .notAKey(source: source)
    }
    return found
  }

  /// Reads the first block of PEM text that is a key.
  private static func parsePEM(
    _ bytes: SecretBytes, source: String
  ) throws(KeyError) -> (key: KeyHandle, half: Half) {
    guard let input = unsafe BIO_new_mem_buf(bytes.base, Int32(bytes.count)) else {
      throw .engineFailed(.drainingQueue("reading PEM"))
    }
    defer { unsafe BIO_free(input) }
    while true {
      var name: UnsafeMutablePointer<CChar>?
      var header: UnsafeMutablePointer<CChar>?
      var data: UnsafeMutablePointer<UInt8>?
      var count = 0
      guard unsafe PEM_read_bio(input, &name, &header, &data, &count) == 1 else {
        throw .notAKey(source: source)
      }
      defer {
        unsafe CRYPTO_free(name, nil, 0)
        unsafe CRYPTO_free(header, nil, 0)
        unsafe CRYPTO_clear_free(data, count, nil, 0)
      }
      guard let data = unsafe data, let name = unsafe name, let header = unsafe header else {
        throw .notAKey(source: source)
      }
      let label = unsafe String(cString: name)
      let isProtected = unsafe String(cString: header).contains("ENCRYPTED")
      if label == "ENCRYPTED PRIVATE KEY" || isProtected {
        throw .passphraseProtected(source: source)
      }
      // `openssl ecparam -genkey` puts the parameters into a block of their own.
      if label == "EC PARAMETERS" { continue }
      guard label.hasSuffix("KEY"), let found = unsafe parseDER(data, count) else {
        throw .notAKey(source: source)
      }
      return found
    }
  }

  /// Reads DER; bytes behind the key are not allowed.
  private static func parseDER(
    _ start: UnsafePointer<UInt8>, _ count: Int
  ) -> (key: KeyHandle, half: Half)? {
    let end = unsafe start + count
    var cursor: UnsafePointer<UInt8>? = unsafe start
    if let pointer = unsafe d2i_PUBKEY(nil, &cursor, count) {
      let key = unsafe KeyHandle(adopting: pointer)
      return unsafe cursor == end ? (key, .public) : nil
    }
    unsafe cursor = start
    if let pointer = unsafe d2i_PublicKey(EVP_PKEY_RSA, nil, &cursor, count) {
      let key = unsafe KeyHandle(adopting: pointer)
      return unsafe cursor == end ? (key, .public) : nil
    }
    unsafe cursor = start
    if let pointer = unsafe d2i_AutoPrivateKey(nil, &cursor, count) {
      let key = unsafe KeyHandle(adopting: pointer)
      return unsafe cursor == end ? (key, .private) : nil
    }
    return nil
  }
}
