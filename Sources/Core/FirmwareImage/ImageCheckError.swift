/// Why the examination of an image ended without acceptance.
///
/// The cases are kept apart because they mean different things to a boot loader: a refusal is a
/// property of the image, a failed read may be gone the next time, and an error of the crypto engine
/// says nothing about the image at all.
public enum ImageCheckError<Failure: Error>: Error {
  /// The storage could not be read.
  case storage(Failure)
  /// The image is refused.
  case refused(ImageRefusal)
  /// The crypto provider could not do its part, or the content key does not unwrap.
  case crypto(CryptoError)
  /// The receiver of the payload could not take it.
  case sink(PayloadSinkError)
}

extension ImageCheckError: Equatable where Failure: Equatable {}

extension ImageCheckError: Sendable where Failure: Sendable {}
