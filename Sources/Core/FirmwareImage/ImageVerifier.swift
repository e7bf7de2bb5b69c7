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
    let header = try header(of: &storage)
    do throws(ImageRefusal) { try check(header, requirements) } catch { throw .refused(error) }
    let facts = try ImageFacts(of: header, in: &storage, requirements: requirements)
    guard let digest = facts.digest else { throw .refused(.hashMissing) }
    guard facts.imageSize <= requirements.maximumSize else {
      throw .refused(.tooLarge(size: facts.imageSize, maximum: requirements.maximumSize))
    }
    guard facts.securityCounter ?? 0 >= requirements.minimumSecurityCounter else {
      throw .refused(
        .securityCounter(
          found: facts.securityCounter ?? 0, minimum: requirements.minimumSecurityCounter))
    }
    var summary = ImageSummary(
      header: header, digest: digest, securityCounter: facts.securityCounter, signingKey: nil,
      signatureForm: facts.signatureForm, imageSize: facts.imageSize, contentKeyWrap: facts.wrap,
      wrappedKeyOffset: facts.wrappedKeyOffset, wrappedKeyLength: facts.wrappedKeyLength)
    if requirements.signature == .trustedKey {
      summary.signingKey = try checkSignatures(
        of: summary, over: facts.signatureForm == .pure ? .nothing : .digest, Span(),
        in: &storage, crypto: &crypto, revokedKeys: requirements.revokedKeys)
    }
    return summary
  }

  /// Reads the header of the image and judges its magic only.
  ///
  /// - Throws: `ImageCheckError.storage`, or `.refused` if there is no image of this format.
  public static func header<S: ReadableStorage & ~Copyable>(
    of storage: inout S
  ) throws(ImageCheckError<S.Failure>) -> ImageHeader {
    guard storage.size >= UInt32(ImageHeader.encodedSize) else {
      throw .refused(
        .truncated(needed: UInt64(ImageHeader.encodedSize), available: storage.size))
    }
    var bytes: [32 of UInt8] = .init(repeating: 0)
    var buffer = bytes.mutableSpan
    try storage.readImage(at: 0, into: &buffer)
    do throws(ImageRefusal) {
      return try ImageHeader(decoding: bytes.span)
    } catch { throw .refused(error) }
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

  /// What the header alone decides.
  private static func check(
    _ header: ImageHeader, _ requirements: borrowing ImageRequirements
  ) throws(ImageRefusal) {
    try header.checkFlags(compression: requirements.compression)
    if requirements.bootability == .required, header.flags.intersects(.nonBootable) {
      throw .notBootable
    }
    if header.flags.intersects(.fixedAddress), let address = requirements.slotAddress,
      header.loadAddress != address
    {
      throw .loadAddress(found: header.loadAddress, expected: address)
    }
  }
}
