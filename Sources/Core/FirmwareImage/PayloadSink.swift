/// Takes the header and the plain payload of an image while it is being verified.
///
/// What arrives is not verified yet: it may be used only after `ImageVerifier.verify` has returned.
public protocol PayloadSink: ~Copyable {
  /// Takes the next bytes; they arrive in order and without gaps, from the first byte of the header
  /// to the last of the payload.
  ///
  /// - Throws: `PayloadSinkError` to end the verification.
  mutating func receive(_ bytes: Span<UInt8>, at imageOffset: UInt32) throws(PayloadSinkError)
}

/// Why a receiver cannot take the payload.
public enum PayloadSinkError: Error, Equatable, Sendable {
  /// There is no room for the bytes at this offset of the image.
  case outOfSpace(imageOffset: UInt32)
  /// The receiver failed; the code is its own.
  case failed(code: UInt32)
}

/// A receiver that keeps nothing.
public struct DiscardingSink: PayloadSink {
  /// Makes the receiver.
  public init() {}

  /// Drops the bytes.
  public mutating func receive(_ bytes: Span<UInt8>, at imageOffset: UInt32) {}
}
