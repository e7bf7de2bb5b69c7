internal import COpenSSL
public import FirmwareImage
import NORFlash

/// Hashes, signatures and decryption on libcrypto, with the keys of one device.
///
/// Algorithms are fetched once a process, contexts made once a provider, keys parsed once.
@safe
public struct OpenSSLProvider: ~Copyable, CryptoProvider {
  /// The largest number of trusted keys; revocations have one bit for each.
  public static var maximumKeyCount: Int { 32 }

  private let trustedKeys: [TrustedKey]
  private let decryptionKey: DecryptionKey?
  private let digestContext: DigestContext
  private let cipherContext: CipherContext
  private let signatureCache: SignatureCache?
  private let ownShare: Int
  private var runningDigest: DigestAlgorithm?
  /// The bytes of the running hash that this thread has hashed.
  private var hashedHere = 0
  private var hashingThread: HashingThread?
  /// Whether the running hash is in the hands of the second thread.
  private var isHandedOver = false
  private var isCipherRunning = false

  /// What libcrypto said about the last call that failed, or `nil`.
  public private(set) var lastFailure: OpenSSLError?

  /// Makes a provider for a device that trusts these keys, in this order.
  ///
  /// With a cache a signature is checked once for all providers that share it.
  ///
  /// - Parameter hashing: Where hashes are computed; a second thread makes reading, decrypting and
  ///   hashing a large content take as long as hashing it.
  /// - Throws: `KeyError.tooManyKeys`, `.unsupportedKey` for a key that signs no images, or
  ///   `.engineFailed`.
  public init(
    trustedKeys: [PublicKey], decryptionKey: DecryptionKey? = nil,
    signatureCache: SignatureCache? = nil, hashing: HashingPlace = .callingThread
  ) throws(KeyError) {
    guard trustedKeys.count <= Self.maximumKeyCount else {
      throw .tooManyKeys(count: trustedKeys.count, limit: Self.maximumKeyCount)
    }
    var prepared: [TrustedKey] = []
    for (index, key) in trustedKeys.enumerated() {
      prepared.append(try TrustedKey(key, source: "trusted key \(index)"))
    }
    guard let digestContext = DigestContext(), let cipherContext = CipherContext() else {
      throw .engineFailed(.drainingQueue("making contexts"))
    }
    self.trustedKeys = prepared
    self.decryptionKey = decryptionKey
    self.signatureCache = signatureCache
    ownShare = hashing.ownShare
    self.digestContext = digestContext
    self.cipherContext = cipherContext
  }

  /// The number of trusted keys.
  public var trustedKeyCount: Int { trustedKeys.count }

  /// The kind of the trusted key at `index`.
  public func trustedKeyAlgorithm(at index: Int) -> SignatureAlgorithm {
    trustedKeys[index].algorithm
  }

  /// Whether the trusted key at `index` has this hash.
  public func trustedKey(at index: Int, hasHash hash: Span<UInt8>) -> Bool {
    trustedKeys[index].hasHash(hash)
  }

  /// Whether the trusted key at `index` is this one.
  public func trustedKey(at index: Int, isPublicKey key: Span<UInt8>) -> Bool {
    let der = trustedKeys[index].key.imageToolDER
    return der.span.isEqual(to: key)
  }

  /// Starts a hash; one that was running is dropped.
  ///
  /// - Throws: `CryptoError.digestUnavailable` or `.engineFailed`.
  public mutating func startDigest(_ algorithm: DigestAlgorithm) throws(CryptoError) {
    runningDigest = nil
    // What a hash that is dropped has failed at does not matter.
    _ = takeBackDigest()
    guard let hash = unsafe FetchedAlgorithms.digest(algorithm) else {
      throw .digestUnavailable(algorithm)
    }
    guard unsafe EVP_DigestInit_ex2(digestContext.pointer, hash, nil) == 1 else {
      throw engineFailure("starting a hash")
    }
    runningDigest = algorithm
    hashedHere = 0
  }

  /// Waits for the second thread, if it has the running hash.
  ///
  /// - Returns: Whether everything could be hashed.
  private mutating func takeBackDigest() -> Bool {
    guard isHandedOver, let hashingThread else { return true }
    isHandedOver = false
    return hashingThread.drain()
  }

  /// Adds bytes to the running hash.
  ///
  /// - Throws: `CryptoError.engineFailed`, also if no hash is running.
  public mutating func updateDigest(_ bytes: Span<UInt8>) throws(CryptoError) {
    guard runningDigest != nil else { throw engineFailure("hashing without a start") }
    if hashedHere > ownShare || ownShare == 0 {
      let thread = hashingThread ?? HashingThread(digestContext)
      hashingThread = thread
      isHandedOver = true
      guard thread.update(bytes) else { throw engineFailure("hashing") }
      return
    }
    hashedHere += bytes.count
    guard digestContext.update(bytes) else { throw engineFailure("hashing") }
  }

  /// Ends the running hash.
  ///
  /// - Throws: `CryptoError.engineFailed`, also if no hash is running.
  public mutating func finishDigest() throws(CryptoError) -> ImageDigest {
    guard let algorithm = runningDigest else { throw engineFailure("ending a hash not started") }
    runningDigest = nil
    guard takeBackDigest() else { throw engineFailure("hashing") }
    var digest = ImageDigest(algorithm: algorithm)
    var bytes = digest.storage.mutableSpan
    let good = unsafe bytes.withUnsafeMutableBufferPointer {
      unsafe EVP_DigestFinal_ex(digestContext.pointer, $0.baseAddress, nil) == 1
    }
    guard good else { throw engineFailure("ending a hash") }
    return digest
  }

  /// Whether `signature` is the trusted key's signature over a digest.
  public mutating func isValidSignature(
    _ signature: Span<UInt8>, of digest: ImageDigest, byTrustedKeyAt index: Int
  ) throws(CryptoError) -> Bool {
    if let signatureCache {
      return signatureCache.isValid(signature, of: digest, by: trustedKeys[index])
    }
    return trustedKeys[index].isValid(signature, of: digest)
  }

  /// Whether `signature` is the trusted Ed25519 key's signature over the message itself.
  ///
  /// - Throws: `CryptoError.signatureUnavailable` if it is no Ed25519 key.
  public mutating func isValidPureSignature(
    _ signature: Span<UInt8>, ofMessage message: Span<UInt8>, byTrustedKeyAt index: Int
  ) throws(CryptoError) -> Bool {
    let key = trustedKeys[index]
    guard key.algorithm == .ed25519 else { throw .signatureUnavailable(key.algorithm) }
    return key.isValid(signature, ofMessage: message)
  }

  /// Unwraps the content key of an image with the device's decryption key.
  ///
  /// - Throws: `CryptoError.noDecryptionKey` if there is none of the right kind, or
  ///   `.keyUnwrapFailed`.
  public mutating func unwrapContentKey(
    _ wrapped: Span<UInt8>, algorithm: KeyWrapAlgorithm, keySize: Int
  ) throws(CryptoError) -> ContentKey {
    guard let decryptionKey, decryptionKey.unwraps(algorithm) else {
      throw .noDecryptionKey(algorithm)
    }
    let plain: SecretBytes
    do throws(OpenSSLError) {
      plain = try decryptionKey.unwrap(wrapped, algorithm: algorithm, keySize: keySize)
    } catch {
      lastFailure = error
      throw .keyUnwrapFailed(algorithm)
    }
    var key = ContentKey(size: keySize)
    for index in 0..<keySize { key.storage[index] = unsafe plain.base[index] }
    return key
  }

  /// Starts AES-CTR with a content key, at the byte `offset` of the payload.
  ///
  /// - Precondition: `offset` is a multiple of 16.
  /// - Throws: `CryptoError.engineFailed`.
  public mutating func startCipher(
    key: ContentKey, payloadOffset offset: UInt32
  ) throws(CryptoError) {
    precondition(offset % 16 == 0, "the cipher starts at a multiple of 16 bytes")
    isCipherRunning = false
    // The counter is big-endian and counts blocks of 16 bytes from the start of the payload.
    var counter: [16 of UInt8] = .init(repeating: 0)
    let block = offset / 16
    for index in 0..<4 { counter[15 - index] = UInt8(truncatingIfNeeded: block >> (8 * index)) }
    let cipher = unsafe FetchedAlgorithms.counterMode(keySize: key.size)
    let good = unsafe key.storage.span.withUnsafeBufferPointer { key in
      unsafe counter.span.withUnsafeBufferPointer { counter in
        unsafe cipher != nil
          && EVP_EncryptInit_ex2(
            cipherContext.pointer, cipher, key.baseAddress, counter.baseAddress, nil) == 1
      }
    }
    guard good else { throw engineFailure("starting AES-CTR") }
    isCipherRunning = true
  }

  /// Encrypts or decrypts the next bytes of the payload in place.
  ///
  /// - Throws: `CryptoError.engineFailed`, also if no cipher is running.
  public mutating func applyCipher(to bytes: inout MutableSpan<UInt8>) throws(CryptoError) {
    guard isCipherRunning else { throw engineFailure("AES-CTR without a start") }
    let good = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      unsafe cipherContext.apply(from: UnsafeBufferPointer(bytes), to: bytes)
    }
    guard good else { throw engineFailure("AES-CTR") }
  }

  /// Encrypts or decrypts the next bytes of the payload into another place of the same size.
  ///
  /// - Precondition: `output` has as many bytes as `input`.
  /// - Throws: `CryptoError.engineFailed`, also if no cipher is running.
  public mutating func applyCipher(
    from input: Span<UInt8>, to output: inout MutableSpan<UInt8>
  ) throws(CryptoError) {
    precondition(input.count == output.count, "input and output of a cipher have the same size")
    guard isCipherRunning else { throw engineFailure("AES-CTR without a start") }
    let good = unsafe input.withUnsafeBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe cipherContext.apply(from: input, to: output)
      }
    }
    guard good else { throw engineFailure("AES-CTR") }
  }

  private mutating func engineFailure(_ operation: String) -> CryptoError {
    let failure = OpenSSLError.drainingQueue(operation)
    lastFailure = failure
    return .engineFailed(code: failure.code)
  }
}
