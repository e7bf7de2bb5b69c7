import NORFlash

/// The hash algorithms of the image format.
public enum DigestAlgorithm: UInt8, Equatable, Sendable {
  /// SHA-256, 32 bytes.
  case sha256
  /// SHA-384, 48 bytes.
  case sha384
  /// SHA-512, 64 bytes.
  case sha512

  /// The size of a digest in bytes.
  public var size: Int {
    switch self {
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }
}

/// The kinds of keys that sign images.
public enum SignatureAlgorithm: UInt8, Equatable, Sendable {
  /// RSASSA-PSS with 2048 bits, SHA-256, MGF1-SHA-256, salt of 32 bytes.
  case rsa2048
  /// RSASSA-PSS with 3072 bits, SHA-256, MGF1-SHA-256, salt of 32 bytes.
  case rsa3072
  /// ECDSA on P-256 over a SHA-256 digest.
  case ecdsaP256
  /// ECDSA on P-384 over a SHA-384 digest.
  case ecdsaP384
  /// Ed25519 over the digest, or over the whole image in its pure form.
  case ed25519
}

/// How the content key of an encrypted image is wrapped.
public enum KeyWrapAlgorithm: UInt8, Equatable, Sendable {
  /// RSA-OAEP, 2048 bits, SHA-256.
  case rsaOAEP
  /// AES key wrap, RFC 3394.
  case aesKeyWrap
  /// ECIES over P-256 with HKDF-SHA-256 and HMAC-SHA-256.
  case eciesP256
  /// ECIES over X25519 with HKDF-SHA-256 and HMAC-SHA-256.
  case eciesX25519
  /// ECIES over X25519 with HKDF-SHA-512 and HMAC-SHA-512.
  case eciesX25519SHA512
}

/// A digest of up to 64 bytes, kept without a heap.
public struct ImageDigest: Equatable, Sendable {
  /// The algorithm, which gives the size.
  public var algorithm: DigestAlgorithm
  /// The bytes; those behind `algorithm.size` are zero.
  public var storage: [64 of UInt8]

  /// Makes a digest of zeros, to be filled in.
  public init(algorithm: DigestAlgorithm) {
    self.algorithm = algorithm
    self.storage = .init(repeating: 0)
  }

  /// Whether both digests have the same algorithm and bytes.
  public static func == (left: ImageDigest, right: ImageDigest) -> Bool {
    left.algorithm == right.algorithm && left.storage.span.isEqual(to: right.storage.span)
  }

  /// The first eight bytes as a little-endian number: the tag by which a log knows the image.
  public var tag: UInt64 { storage.span.littleEndianUInt64(at: 0) }
}

/// The key of a payload: AES-128 or AES-256.
public struct ContentKey: Sendable {
  /// The key; those bytes behind `size` are zero.
  public var storage: [32 of UInt8]
  /// 16 or 32 bytes.
  public var size: Int

  /// Makes a key of `size` zero bytes, to be filled in.
  public init(size: Int) {
    self.storage = .init(repeating: 0)
    self.size = size
  }
}

/// What a crypto provider throws: the algorithm is not built in, or the engine failed.
///
/// A signature that does not match is not an error but an answer.
public enum CryptoError: Error, Equatable, Sendable {
  /// The provider does not have this hash.
  case digestUnavailable(DigestAlgorithm)
  /// The provider does not have this signature, or the key is of another kind.
  case signatureUnavailable(SignatureAlgorithm)
  /// The provider does not have this key wrap.
  case keyWrapUnavailable(KeyWrapAlgorithm)
  /// The provider has no key that could unwrap the content key.
  case noDecryptionKey(KeyWrapAlgorithm)
  /// The content key does not unwrap: wrong key, or damaged.
  case keyUnwrapFailed(KeyWrapAlgorithm)
  /// The engine reported an error of its own.
  case engineFailed(code: UInt32)
}

/// Hashes, signatures and decryption, with the keys a device trusts.
///
/// The host has one on libcrypto; a bare-metal port plugs in its own engine. Keys stay inside the
/// provider and are named by their index, so that Core never handles one. Like a hardware engine, a
/// provider has one running hash and one running cipher; they do not disturb each other.
public protocol CryptoProvider: ~Copyable {
  /// The number of public keys the device trusts, at most 32; revoked ones are still counted.
  var trustedKeyCount: Int { get }

  /// The kind of the trusted key at `index`.
  func trustedKeyAlgorithm(at index: Int) -> SignatureAlgorithm

  /// Whether the trusted key at `index` has this hash: the digest of its DER form, as image tools
  /// write it. `hash.count` gives the algorithm.
  func trustedKey(at index: Int, hasHash hash: Span<UInt8>) -> Bool

  /// Whether the trusted key at `index` is this one, in the DER form of image tools.
  func trustedKey(at index: Int, isPublicKey key: Span<UInt8>) -> Bool

  /// Starts a hash; one that was running is dropped.
  ///
  /// - Throws: `CryptoError.digestUnavailable` or `.engineFailed`.
  mutating func startDigest(_ algorithm: DigestAlgorithm) throws(CryptoError)

  /// Adds bytes to the running hash.
  ///
  /// - Throws: `CryptoError.engineFailed`, also if no hash is running.
  mutating func updateDigest(_ bytes: Span<UInt8>) throws(CryptoError)

  /// Ends the running hash.
  ///
  /// - Throws: `CryptoError.engineFailed`, also if no hash is running.
  mutating func finishDigest() throws(CryptoError) -> ImageDigest

  /// Whether `signature` is the trusted key's signature over a digest.
  ///
  /// - Throws: `CryptoError.signatureUnavailable` or `.engineFailed`.
  mutating func isValidSignature(
    _ signature: Span<UInt8>, of digest: ImageDigest, byTrustedKeyAt index: Int
  ) throws(CryptoError) -> Bool

  /// Whether `signature` is the trusted Ed25519 key's signature over the message itself.
  ///
  /// - Throws: `CryptoError.signatureUnavailable` or `.engineFailed`.
  mutating func isValidPureSignature(
    _ signature: Span<UInt8>, ofMessage message: Span<UInt8>, byTrustedKeyAt index: Int
  ) throws(CryptoError) -> Bool

  /// Unwraps the content key of an image with the device's decryption key.
  ///
  /// - Parameter keySize: 16 or 32, as the image's flags say.
  /// - Throws: `CryptoError.keyWrapUnavailable`, `.noDecryptionKey`, `.keyUnwrapFailed` or
  ///   `.engineFailed`.
  mutating func unwrapContentKey(
    _ wrapped: Span<UInt8>, algorithm: KeyWrapAlgorithm, keySize: Int
  ) throws(CryptoError) -> ContentKey

  /// Starts AES-CTR with a content key, at the byte `offset` of the payload; a cipher that was
  /// running is dropped.
  ///
  /// - Precondition: `offset` is a multiple of 16.
  /// - Throws: `CryptoError.engineFailed`.
  mutating func startCipher(key: ContentKey, payloadOffset offset: UInt32) throws(CryptoError)

  /// Encrypts or decrypts the next bytes of the payload in place.
  ///
  /// - Throws: `CryptoError.engineFailed`, also if no cipher is running.
  mutating func applyCipher(to bytes: inout MutableSpan<UInt8>) throws(CryptoError)

  /// Encrypts or decrypts the next bytes of the payload into another place of the same size.
  ///
  /// - Precondition: `output` has as many bytes as `input`.
  /// - Throws: `CryptoError.engineFailed`, also if no cipher is running.
  mutating func applyCipher(
    from input: Span<UInt8>, to output: inout MutableSpan<UInt8>
  ) throws(CryptoError)
}

extension CryptoProvider where Self: ~Copyable {
  /// Copies the bytes and works on them in place.
  public mutating func applyCipher(
    from input: Span<UInt8>, to output: inout MutableSpan<UInt8>
  ) throws(CryptoError) {
    output.copy(input)
    try applyCipher(to: &output)
  }
}
