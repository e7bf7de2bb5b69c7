internal import COpenSSL
import FirmwareImage
import NORFlash

/// A trusted key with everything a verification needs, prepared once.
@safe
final class TrustedKey {
  let key: PublicKey
  let algorithm: SignatureAlgorithm
  private let hashes: [[UInt8]]
  /// RSA and ECDSA verify with a prepared operation; Ed25519 has none of that kind.
  private let operation: KeyContext?
  private let message: DigestContext?

  init(_ key: PublicKey, source: String) throws(KeyError) {
    guard let algorithm = key.algorithm else {
      throw .unsupportedKey(source: source, algorithm: key.kindDescription)
    }
    self.key = key
    self.algorithm = algorithm
    hashes = key.hashes
    if algorithm == .ed25519 {
      operation = nil
      message = DigestContext()
      return
    }
    message = nil
    guard let context = KeyContext(key.handle), Self.prepare(context, algorithm) else {
      throw .engineFailed(.drainingQueue("preparing to verify signatures"))
    }
    operation = consume context
  }

  private static func prepare(
    _ context: borrowing KeyContext, _ algorithm: SignatureAlgorithm
  ) -> Bool {
    let hash = unsafe FetchedAlgorithms.digest(algorithm == .ecdsaP384 ? .sha384 : .sha256)
    var good = unsafe EVP_PKEY_verify_init(context.pointer) > 0
    if algorithm == .rsa2048 || algorithm == .rsa3072 {
      good = unsafe good && EVP_PKEY_CTX_set_rsa_padding(context.pointer, RSA_PKCS1_PSS_PADDING) > 0
      good = unsafe good && EVP_PKEY_CTX_set_rsa_mgf1_md(context.pointer, hash) > 0
      good = unsafe good && EVP_PKEY_CTX_set_rsa_pss_saltlen(context.pointer, 32) > 0
    }
    return unsafe good && EVP_PKEY_CTX_set_signature_md(context.pointer, hash) > 0
  }

  /// Whether the key has this hash; the length of the hash tells the algorithm.
  func hasHash(_ hash: Span<UInt8>) -> Bool {
    hashes.contains { $0.count == hash.count && $0.span.isEqual(to: hash) }
  }

  /// Whether `signature` is the key's over a digest; nonsense is no signature either.
  func isValid(_ signature: Span<UInt8>, of digest: ImageDigest) -> Bool {
    let bytes = digest.storage.span.extracting(first: digest.algorithm.size)
    guard algorithm != .ed25519 else { return isValid(signature, ofMessage: bytes) }
    defer { ERR_clear_error() }
    return unsafe signature.withUnsafeBufferPointer { signature in
      unsafe bytes.withUnsafeBufferPointer { bytes in
        switch operation {
        case .some(let context):
          unsafe EVP_PKEY_verify(
            context.pointer, signature.baseAddress, signature.count, bytes.baseAddress,
            bytes.count) == 1
        case .none: false
        }
      }
    }
  }

  /// Whether `signature` is the Ed25519 key's over a message.
  func isValid(_ signature: Span<UInt8>, ofMessage bytes: Span<UInt8>) -> Bool {
    defer { ERR_clear_error() }
    return unsafe signature.withUnsafeBufferPointer { signature in
      unsafe bytes.withUnsafeBufferPointer { bytes in
        switch message {
        case .some(let context):
          unsafe EVP_DigestVerifyInit(context.pointer, nil, nil, nil, key.handle.pointer) == 1
            && EVP_DigestVerify(
              context.pointer, signature.baseAddress, signature.count, bytes.baseAddress,
              bytes.count) == 1
        case .none: false
        }
      }
    }
  }
}
