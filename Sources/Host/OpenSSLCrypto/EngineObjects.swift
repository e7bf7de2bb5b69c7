internal import COpenSSL
import FirmwareImage

// One type per libcrypto object, so that none can be taken for another or outlive its owner.

/// A key inside libcrypto.
@safe
final class KeyHandle: Sendable {
  nonisolated(unsafe) let pointer: OpaquePointer

  /// Takes over the reference.
  init(adopting pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe EVP_PKEY_free(pointer) }
}

/// A hash that is being computed; a class, for a second thread may outlive the provider by a moment.
///
/// Only one thread uses it at a time.
@safe
final class DigestContext: Sendable {
  nonisolated(unsafe) let pointer: OpaquePointer

  init?() {
    guard let pointer = unsafe EVP_MD_CTX_new() else { return nil }
    unsafe self.pointer = pointer
  }

  /// Adds bytes to the hash; returns whether libcrypto could.
  func update(_ bytes: Span<UInt8>) -> Bool {
    unsafe bytes.withUnsafeBufferPointer {
      unsafe EVP_DigestUpdate(pointer, $0.baseAddress, $0.count) == 1
    }
  }

  deinit { unsafe EVP_MD_CTX_free(pointer) }
}

/// A cipher that is being applied.
@safe
struct CipherContext: ~Copyable {
  let pointer: OpaquePointer

  init?() {
    guard let pointer = unsafe EVP_CIPHER_CTX_new() else { return nil }
    unsafe self.pointer = pointer
  }

  /// Encrypts or decrypts the next bytes; returns whether libcrypto could.
  func apply(
    from input: UnsafeBufferPointer<UInt8>, to output: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    guard let source = input.baseAddress, let target = output.baseAddress else { return true }
    // libcrypto counts in 32 bits.
    let largest = 1 << 30
    for offset in stride(from: 0, to: input.count, by: largest) {
      let count = Int32(min(input.count - offset, largest))
      var written: Int32 = 0
      let status = unsafe EVP_EncryptUpdate(
        pointer, target + offset, &written, source + offset, count)
      guard status == 1, written == count else { return false }
    }
    return true
  }

  deinit { unsafe EVP_CIPHER_CTX_free(pointer) }
}

/// An operation with a key: verify, decrypt, derive.
@safe
struct KeyContext: ~Copyable {
  let pointer: OpaquePointer

  /// Makes an operation with `key`.
  init?(_ key: KeyHandle) {
    guard let pointer = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil) else { return nil }
    unsafe self.pointer = pointer
  }

  /// Makes an operation that needs no key, by its name.
  init?(algorithm: String) {
    guard let pointer = unsafe EVP_PKEY_CTX_new_from_name(nil, algorithm, nil) else { return nil }
    unsafe self.pointer = pointer
  }

  deinit { unsafe EVP_PKEY_CTX_free(pointer) }
}

/// Secret bytes, overwritten with zeros when nobody needs them any more.
@safe
final class SecretBytes: Sendable {
  nonisolated(unsafe) let base: UnsafeMutablePointer<UInt8>
  let count: Int

  init(count: Int) {
    unsafe base = .allocate(capacity: max(count, 1))
    unsafe base.initialize(repeating: 0, count: max(count, 1))
    self.count = count
  }

  convenience init(copying bytes: Span<UInt8>) {
    self.init(count: bytes.count)
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe base.update(from: start, count: source.count)
    }
  }

  /// A copy of the first bytes.
  func prefix(_ count: Int) -> SecretBytes {
    let copy = SecretBytes(count: min(count, self.count))
    unsafe copy.base.update(from: base, count: copy.count)
    return copy
  }

  deinit {
    unsafe OPENSSL_cleanse(base, count)
    unsafe base.deallocate()
  }
}

/// The algorithms, fetched once for the whole process: a fetch costs more than hashing a kilobyte.
@safe
enum FetchedAlgorithms {
  nonisolated(unsafe) private static let sha256 = unsafe EVP_MD_fetch(nil, "SHA256", nil)
  nonisolated(unsafe) private static let sha384 = unsafe EVP_MD_fetch(nil, "SHA384", nil)
  nonisolated(unsafe) private static let sha512 = unsafe EVP_MD_fetch(nil, "SHA512", nil)
  nonisolated(unsafe) private static let aes128 = unsafe EVP_CIPHER_fetch(nil, "AES-128-CTR", nil)
  nonisolated(unsafe) private static let aes256 = unsafe EVP_CIPHER_fetch(nil, "AES-256-CTR", nil)
  nonisolated(unsafe) private static let wrap128 = unsafe EVP_CIPHER_fetch(nil, "AES-128-WRAP", nil)
  nonisolated(unsafe) private static let wrap256 = unsafe EVP_CIPHER_fetch(nil, "AES-256-WRAP", nil)

  static func digest(_ algorithm: DigestAlgorithm) -> OpaquePointer? {
    switch algorithm {
    case .sha256: unsafe sha256
    case .sha384: unsafe sha384
    case .sha512: unsafe sha512
    }
  }

  /// AES in counter mode, for a key of 16 or 32 bytes.
  static func counterMode(keySize: Int) -> OpaquePointer? {
    unsafe keySize == 32 ? aes256 : aes128
  }

  /// AES key wrap, for a key of 16 or 32 bytes.
  static func keyWrap(keySize: Int) -> OpaquePointer? {
    unsafe keySize == 32 ? wrap256 : wrap128
  }
}
