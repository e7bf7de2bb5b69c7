/// What the signatures of an image cover.
public enum SignatureForm: UInt8, Equatable, Sendable {
  /// The hash of the image.
  case digest
  /// The image itself, from the header to the end of the protected area.
  case pure
}

/// The facts of an accepted image.
public struct ImageSummary: Equatable, Sendable {
  /// The header.
  public var header = ImageHeader(
    headerSize: 0, payloadSize: 0, flags: ImageFlags(rawValue: 0),
    version: ImageVersion(major: 0, minor: 0, revision: 0))
  /// The hash that stands in the image.
  public var digest = ImageDigest(algorithm: .sha256)
  /// The security counter, or `nil` if the image has none.
  public var securityCounter: UInt32?
  /// The index of the trusted key that signed the image; `nil` if signatures were not checked.
  public var signingKey: Int?
  /// What the signatures cover.
  ///
  /// A pure signature is checked by `ImageVerifier.verify` only: after `examine`, `signingKey` is
  /// the key that *claims* to have signed.
  public var signatureForm = SignatureForm.digest
  /// The size in bytes from the header to the end of the TLV areas, without a trailer.
  public var imageSize: UInt32 = 0
  /// How the content key is wrapped; `nil` if the image is not encrypted.
  public var contentKeyWrap: KeyWrapAlgorithm?
  /// The offset of the wrapped content key, and its length; 0 if the image is not encrypted.
  var wrappedKeyOffset: UInt32 = 0
  var wrappedKeyLength: UInt16 = 0

  /// Knows nothing yet.
  init() {}

  /// Whether a pure signature covers the image itself.
  public var isPureSignature: Bool { signatureForm == .pure }
}
