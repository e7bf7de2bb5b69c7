public import NORFlash

/// Decides whether an image may be trusted.
///
/// ## What makes an image acceptable
///
/// - Header and TLV areas are well-formed, and nothing in them contradicts the device's requirements.
/// - The hash of header, plain payload and protected area is the one in the image.
/// - With `SignaturePolicy.trustedKey`: at least one trusted key that is not revoked has signed, and
///   *no* signature that names such a key is wrong. An entry with a key, or the hash of one, names
///   the key of the next signature. A signature without a name, or by a key that is unknown or
///   revoked, is passed over. (MCUboot lets the last signature by a known key decide. The rule here
///   accepts nothing that MCUboot refuses, and refuses an image in which a wrong signature precedes
///   a good one.)
///
/// A failing read is never a refusal: it is thrown as it is, since the next attempt may succeed.
public enum ImageVerifier {
  /// The smallest buffer that `verify` works with, in bytes.
  public static var minimumBufferSize: Int { 64 }

  /// Checks everything that needs no payload: structure, hardware, floor, dependencies, keys, and
  /// the signature over the hash in the image.
  ///
  /// Only the header and the TLV areas are read. Whether the payload is the one that was signed is
  /// for `verify` to find out; so is a pure signature, which covers the payload itself.
  ///
  /// - Throws: `ImageCheckError.refused` with the reason, `.storage` if a read failed, `.crypto` if
  ///   the provider did.
  /// - Complexity: O(entries), and one signature check
  public static func examine<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable
  >(
    _ storage: inout S, crypto: inout C,
    requirements: borrowing ImageRequirements = ImageRequirements()
  ) throws(ImageCheckError<S.Failure>) -> ImageSummary {
    var examination = ImageExamination<EveryImageFeature>(requirements: copy requirements)
    try examination.readHeader(of: &storage)
    try examination.examine(&storage, crypto: &crypto)
    return examination.summary
  }

  /// Examines an image, then hashes its content in one pass and compares it with the signed hash.
  ///
  /// The pass reads every byte of header, payload and protected area once and in order, decrypts
  /// the payload if it is stored as ciphertext, and hands header and plain payload to `sink`.
  /// `buffer` is all the memory it needs, whatever the size of the image. Only a pure signature
  /// needs the image in one piece: then the buffer must hold header, payload and protected area.
  ///
  /// - Precondition: `buffer` has at least `minimumBufferSize` bytes.
  /// - Parameter storedForm: How the payload lies in `storage`.
  /// - Throws: `ImageCheckError.refused` with the reason; `.storage`, `.crypto` or `.sink` if one of
  ///   them failed, which says nothing about the image, except that `.crypto(.keyUnwrapFailed)`
  ///   also means a damaged content key.
  /// - Complexity: O(image size)
  public static func verify<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable,
    Sink: PayloadSink & ~Copyable
  >(
    _ storage: inout S, crypto: inout C,
    requirements: borrowing ImageRequirements = ImageRequirements(),
    storedForm: StoredForm = .plain, buffer: inout MutableSpan<UInt8>, sink: inout Sink
  ) throws(ImageCheckError<S.Failure>) -> ImageSummary {
    var examination = ImageExamination<EveryImageFeature>(requirements: copy requirements)
    try examination.readHeader(of: &storage)
    try examination.examine(&storage, crypto: &crypto)
    try examination.checkContent(
      of: &storage, crypto: &crypto, storedForm: storedForm, buffer: &buffer, sink: &sink)
    return examination.summary
  }

  /// Examines an image and compares its content with the signed hash, as `verify` with a sink does.
  ///
  /// - Precondition: `buffer` has at least `minimumBufferSize` bytes.
  /// - Throws: As `verify` with a sink.
  /// - Complexity: O(image size)
  public static func verify<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable
  >(
    _ storage: inout S, crypto: inout C,
    requirements: borrowing ImageRequirements = ImageRequirements(),
    storedForm: StoredForm = .plain, buffer: inout MutableSpan<UInt8>
  ) throws(ImageCheckError<S.Failure>) -> ImageSummary {
    var sink = DiscardingSink()
    return try verify(
      &storage, crypto: &crypto, requirements: requirements, storedForm: storedForm,
      buffer: &buffer, sink: &sink)
  }

  /// Reads the header of the image and judges its magic only.
  ///
  /// - Throws: `ImageCheckError.storage`, or `.refused` if there is no image of this format.
  public static func header<S: ReadableStorage & ~Copyable>(
    of storage: inout S
  ) throws(ImageCheckError<S.Failure>) -> ImageHeader {
    var examination = ImageExamination<EveryImageFeature>(requirements: ImageRequirements())
    try examination.readHeader(of: &storage)
    return examination.summary.header
  }

  /// Unwraps the key of an encrypted image; `storage` may be the prologue that was examined.
  ///
  /// - Throws: `ImageCheckError.crypto` if the key does not unwrap, `.refused(.notEncrypted)`,
  ///   `.storage`.
  public static func contentKey<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable
  >(
    of summary: ImageSummary, in storage: inout S, crypto: inout C
  ) throws(ImageCheckError<S.Failure>) -> ContentKey {
    guard let algorithm = summary.contentKeyWrap else { throw .refused(.notEncrypted) }
    var bytes: [256 of UInt8] = .init(repeating: 0)
    var buffer = bytes.mutableSpan
    let length = Int(summary.wrappedKeyLength)
    var wrapped = buffer._mutatingExtracting(first: length)
    try storage.readImage(at: summary.wrappedKeyOffset, into: &wrapped)
    do throws(CryptoError) {
      return try crypto.unwrapContentKey(
        bytes.span.extracting(first: length), algorithm: algorithm,
        keySize: summary.header.contentKeySize)
    } catch { throw .crypto(error) }
  }
}
