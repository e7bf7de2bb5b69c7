import FirmwareImage
import NORFlash
import OpenSSLCrypto

/// Checks images one after the other with the same keys, which are parsed once.
struct ImageChecker: ~Copyable {
  private var crypto: OpenSSLProvider
  private let hasDecryptionKey: Bool
  private let requirements: ImageRequirements
  private var buffer = [UInt8](repeating: 0, count: Self.chunkSize)

  /// Large enough that the cost of a call does not matter, small enough for the second cache.
  private static var chunkSize: Int { 256 << 10 }

  /// Prepares to check.
  ///
  /// - Throws: `ImageCheckFailure.crypto` if libcrypto does not work.
  init(
    keys: [PublicKey], decryptionKey: DecryptionKey?, requirements: ImageRequirements,
    hashing: HashingPlace = .automatic
  ) throws(ImageCheckFailure) {
    do {
      crypto = try OpenSSLProvider(
        trustedKeys: keys, decryptionKey: decryptionKey, hashing: hashing)
    } catch { throw .crypto(.engineFailed(code: 0)) }
    hasDecryptionKey = decryptionKey != nil
    self.requirements = requirements
  }

  /// Verifies the image in a file, in whichever form its payload is stored: the header cannot tell.
  ///
  /// An encrypted image is decrypted first if there is a key for it, for that is how images are
  /// delivered; if the hash does not match then, the bytes are tried as they are stored.
  ///
  /// - Parameter makeSink: Makes the receiver of the plain payload, anew for each attempt.
  mutating func check<Sink: PayloadSink>(
    _ path: String, makeSink: () throws(ImageCheckFailure) -> Sink
  ) throws(ImageCheckFailure) -> (image: CheckedImage, sink: Sink) {
    guard hasDecryptionKey, try isEncrypted(path) else {
      do throws(ImageCheckFailure) {
        return try attempt(path, .plain, makeSink)
      } catch {
        guard case .refused(.hashMismatch) = error, try isEncrypted(path) else { throw error }
        throw .encryptedWithoutKey(try wrap(of: path))
      }
    }
    let firstFailure: ImageCheckFailure
    do throws(ImageCheckFailure) {
      return try attempt(path, .ciphertext, makeSink)
    } catch {
      guard error.mayBeOfOtherForm else { throw error }
      firstFailure = error
    }
    do throws(ImageCheckFailure) {
      return try attempt(path, .plain, makeSink)
    } catch {
      guard case .refused(.hashMismatch) = error else { throw error }
      throw firstFailure
    }
  }

  private mutating func attempt<Sink: PayloadSink>(
    _ path: String, _ form: StoredForm, _ makeSink: () throws(ImageCheckFailure) -> Sink
  ) throws(ImageCheckFailure) -> (image: CheckedImage, sink: Sink) {
    var storage = try open(path).shown(as: "verifying \(path)")
    // Lent to the verifier, which also needs the provider beside it.
    var buffer: [UInt8] = []
    swap(&buffer, &self.buffer)
    defer { swap(&buffer, &self.buffer) }
    while true {
      var sink = try makeSink()
      var span = buffer.mutableSpan
      do throws(ImageCheckError<ObservedStorageError<FileStorageError>>) {
        let summary = try ImageVerifier.verify(
          &storage, crypto: &crypto, requirements: requirements, storedForm: form, buffer: &span,
          sink: &sink)
        return (CheckedImage(summary: summary, storedForm: form), sink)
      } catch {
        switch error {
        case .refused(.pureSignatureNeedsMemory(let needed, _)) where Int(needed) > buffer.count:
          buffer = [UInt8](repeating: 0, count: Int(needed) + 16)
        case .refused(let refusal): throw .refused(refusal)
        case .crypto(let error): throw .crypto(error)
        case .storage(.storage(let error)): throw .file(error)
        case .storage(.cancelled): preconditionFailure("nobody cancels a command")
        case .sink(let error): throw .sink(error)
        }
      }
    }
  }

  private func open(_ path: String) throws(ImageCheckFailure) -> FileStorage {
    do { return try FileStorage(path: path) } catch { throw .file(error) }
  }

  private func isEncrypted(_ path: String) throws(ImageCheckFailure) -> Bool {
    var storage = try open(path)
    guard let header = try? ImageVerifier.header(of: &storage) else { return false }
    return header.isEncrypted
  }

  private mutating func wrap(of path: String) throws(ImageCheckFailure) -> KeyWrapAlgorithm? {
    var storage = try open(path)
    let requirements = ImageRequirements(signature: .hashOnly, bootability: .notRequired)
    return try? ImageVerifier.examine(&storage, crypto: &crypto, requirements: requirements)
      .contentKeyWrap
  }
}

extension ImageCheckFailure {
  /// Whether an image that fails so when it is decrypted may be stored plain.
  fileprivate var mayBeOfOtherForm: Bool {
    switch self {
    case .refused(.hashMismatch), .crypto(.keyUnwrapFailed), .crypto(.noDecryptionKey): true
    default: false
    }
  }
}
