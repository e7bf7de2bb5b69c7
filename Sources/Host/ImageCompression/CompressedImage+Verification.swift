public import FirmwareImage
public import NORFlash

/// A compressed image that was found good.
public struct CompressedImageSummary: Sendable {
  /// The facts of the image as it is stored.
  public var delivered: ImageSummary
  /// The facts of the plain image that comes out.
  public var plain: ImageSummary
  /// The payload.
  public var payload: CompressedPayload
}

/// Why a compressed image is not found good.
public enum CompressedImageError<Failure: Error>: Error {
  /// The image as it is stored.
  case delivered(ImageCheckError<Failure>)
  /// The plain image that comes out.
  case plain(ImageCheckError<ImagePrologueError>)
}

extension CompressedImage {
  /// Examines a compressed image and its plain one, and unpacks it: both hashes and both signatures
  /// have to be right.
  ///
  /// In a first pass the compressed image is verified alone, so that a decompressor sees only what
  /// was signed; the second one unpacks, and verifies again what it reads.
  ///
  /// The memory does not depend on the size of the image, except for pure signatures, which cover an
  /// image in one piece: then `buffer` must hold the delivered image, and the plain one is kept in
  /// memory as well. What comes out is bounded by the size that was signed.
  ///
  /// - Precondition: `buffer` has at least `ImageVerifier.minimumBufferSize` bytes.
  /// - Parameters:
  ///   - plainCrypto: A second provider with the same keys: two hashes run at the same time.
  ///   - requirements: What the plain image has to meet.
  ///   - sink: Takes header and payload of the plain image.
  /// - Throws: `CompressedImageError`.
  /// - Complexity: O(size of the plain image)
  public func verify<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable,
    D: PayloadDecompressor & ~Copyable, Sink: PayloadSink
  >(
    _ storage: inout S, crypto: inout C, plainCrypto: consuming C, decompressor: consuming D,
    requirements: ImageRequirements = ImageRequirements(), storedForm: StoredForm = .plain,
    buffer: inout MutableSpan<UInt8>, sink: inout Sink
  ) throws(CompressedImageError<S.Failure>) -> CompressedImageSummary {
    var plainCrypto = plainCrypto
    let plain: ImageSummary
    var unpacking: PlainImageSink<C, D, Sink>
    do throws(ImageCheckError<ImagePrologueError>) {
      var prologue = plainPrologue
      plain = try ImageVerifier.examine(
        &prologue, crypto: &plainCrypto, requirements: requirements)
      unpacking = try PlainImageSink(
        self, plain, requirements: requirements, crypto: plainCrypto, decompressor: decompressor,
        downstream: sink)
    } catch { throw .plain(error) }
    var outer = requirements
    outer.maximumSize = .max
    outer.bootability = .notRequired
    outer.compression = .accepted
    let delivered: ImageSummary
    do throws(ImageCheckError<S.Failure>) {
      _ = try ImageVerifier.verify(
        &storage, crypto: &crypto, requirements: outer, storedForm: storedForm, buffer: &buffer)
      delivered = try ImageVerifier.verify(
        &storage, crypto: &crypto, requirements: outer, storedForm: storedForm, buffer: &buffer,
        sink: &unpacking)
    } catch {
      if let failure = unpacking.failure { throw .plain(failure) }
      throw .delivered(error)
    }
    do throws(ImageCheckError<ImagePrologueError>) {
      try unpacking.finish()
    } catch { throw .plain(error) }
    sink = unpacking.downstream
    return CompressedImageSummary(delivered: delivered, plain: plain, payload: payload)
  }
}
