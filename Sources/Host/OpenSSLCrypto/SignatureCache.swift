import FirmwareImage
import NORFlash
internal import Synchronization

/// Remembers which signatures were found valid, for a process that verifies the same images over and
/// over, as a search of power cuts does.
///
/// Whether a signature fits is a function of key, digest and signature, all of which are compared
/// in full. Nothing is remembered of a message signed as a whole.
public final class SignatureCache: Sendable {
  private struct Question: Hashable {
    var key: [UInt8]
    var algorithm: DigestAlgorithm
    var digest: [UInt8]
    var signature: [UInt8]
  }

  private let answers = Mutex<[Question: Bool]>([:])
  /// The number of answers after which the cache starts anew.
  private static let capacity = 4_096

  /// Makes an empty cache.
  public init() {}

  func isValid(
    _ signature: Span<UInt8>, of digest: ImageDigest, by key: TrustedKey
  ) -> Bool {
    let question = Question(
      key: key.key.subjectPublicKeyInfo, algorithm: digest.algorithm,
      digest: Self.bytes(digest.storage.span.extracting(first: digest.algorithm.size)),
      signature: Self.bytes(signature))
    if let known = answers.withLock({ $0[question] }) { return known }
    let answer = key.isValid(signature, of: digest)
    answers.withLock { answers in
      if answers.count >= Self.capacity { answers.removeAll() }
      answers[question] = answer
    }
    return answer
  }

  private static func bytes(_ span: Span<UInt8>) -> [UInt8] {
    unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
  }
}
