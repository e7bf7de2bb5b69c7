import FirmwareImage
import ImageCompression
import NORFlash
import OpenSSLCrypto

/// Checks images one after the other with the same keys, which are parsed once.
struct ImageChecker: ~Copyable {
  private var crypto: OpenSSLProvider
  private let keys: [PublicKey]
  private let hasDecryptionKey: Bool
  private let requirements: ImageRequirements
  private var buffer = [UInt8](repeating: 0, count: Self.chunkSize)

  /// Large enough that the cost of a call does not matter, small enough for the second cache.
  private static var chunkSize: Int { 64 << 10 }

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
    self.keys = keys
    hasDecryptionKey = decryptionKey != nil
    self.requirements = requirements
  }

  /// Enough for every image tool, and not so much that a file could take all memory.
  private static var largestWindow: UInt32 { 64 << 20 }

  /// Verifies the image in a file, in whichever form its payload is stored: the header cannot tell.
  ///
  /// A compressed image is unpacked, and what comes out is verified as well.
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
    let compressed = try compressedImage(path)
    var storage = try open(path).shown(as: "verifying \(path)")
    // Lent to the verifier, which also needs the provider beside it.
    var buffer: [UInt8] = []
    swap(&buffer, &self.buffer)
    defer { swap(&buffer, &self.buffer) }
    while true {
      var sink = try makeSink()
      var span = buffer.mutableSpan
      do throws(ImageCheckFailure) {
        let image: CheckedImage
        if let compressed {
          image = try unpack(compressed, &storage, form, buffer: &span, sink: &sink)
        } else {
          image = try verify(&storage, form, buffer: &span, sink: &sink)
        }
        return (image, sink)
      } catch {
        guard case .refused(.pureSignatureNeedsMemory(let needed, _)) = error,
          Int(needed) > buffer.count
        else { throw error }
        buffer = [UInt8](repeating: 0, count: Int(needed) + 16)
      }
    }
  }

  private mutating func verify<Sink: PayloadSink>(
    _ storage: inout ObservedStorage<FileStorage>, _ form: StoredForm,
    buffer: inout MutableSpan<UInt8>, sink: inout Sink
  ) throws(ImageCheckFailure) -> CheckedImage {
    do throws(ImageCheckError<ObservedStorageError<FileStorageError>>) {
      let summary = try ImageVerifier.verify(
        &storage, crypto: &crypto, requirements: requirements, storedForm: form, buffer: &buffer,
        sink: &sink)
      return CheckedImage(summary: summary, storedForm: form)
    } catch { throw ImageCheckFailure(error) }
  }

  private mutating func unpack<Sink: PayloadSink>(
    _ compressed: CompressedImage, _ storage: inout ObservedStorage<FileStorage>,
    _ form: StoredForm, buffer: inout MutableSpan<UInt8>, sink: inout Sink
  ) throws(ImageCheckFailure) -> CheckedImage {
    let provider: OpenSSLProvider
    do {
      provider = try OpenSSLProvider(trustedKeys: keys)
    } catch { throw .crypto(.engineFailed(code: 0)) }
    do throws(CompressedImageError<ObservedStorageError<FileStorageError>>) {
      let unpacked = try compressed.verify(
        &storage, crypto: &crypto, plainCrypto: provider,
        decompressor: StreamDecompressor(largestWindow: Self.largestWindow),
        requirements: requirements, storedForm: form, buffer: &buffer, sink: &sink)
      return CheckedImage(
        summary: unpacked.delivered, storedForm: form, unpacked: unpacked)
    } catch {
      switch error {
      case .delivered(let failure): throw ImageCheckFailure(failure)
      case .plain(.refused(let refusal)): throw .unpackedRefused(refusal)
      case .plain(.crypto(let failure)): throw .crypto(failure)
      case .plain(.sink(let failure)): throw .sink(failure)
      case .plain(.storage): throw .unpackedRefused(.headerChanged)
      }
    }
  }

  /// What a compressed image in a file says; `nil` for any other.
  private func compressedImage(_ path: String) throws(ImageCheckFailure) -> CompressedImage? {
    var storage = try open(path)
    // What is no image gets its verdict from the verifier.
    guard (try? CompressedImage.isCompressed(&storage)) == true else { return nil }
    do throws(ImagePrologueReadError<FileStorageError>) {
      var prologue = try ImagePrologue(reading: &storage)
      do throws(ImageRefusal) {
        return try CompressedImage(&prologue)
      } catch { throw .prologue(.refused(error)) }
    } catch {
      switch error {
      case .storage(let failure): throw .file(failure)
      case .prologue(.refused(let refusal)): throw .refused(refusal)
      case .prologue(.tooLarge(let size, let capacity)):
        throw .refused(
          .compression(.areasTooLarge(size: UInt32(size), limit: UInt32(capacity))))
      case .prologue(.notInPrologue): throw .refused(.headerChanged)
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
    let requirements = ImageRequirements(
      signature: .hashOnly, bootability: .notRequired, compression: .accepted)
    return try? ImageVerifier.examine(&storage, crypto: &crypto, requirements: requirements)
      .contentKeyWrap
  }
}

extension ImageCheckFailure {
  fileprivate init(_ error: ImageCheckError<ObservedStorageError<FileStorageError>>) {
    switch error {
    case .refused(let refusal): self = .refused(refusal)
    case .crypto(let error): self = .crypto(error)
    case .storage(.storage(let error)): self = .file(error)
    case .storage(.cancelled): preconditionFailure("nobody cancels a command")
    case .sink(let error): self = .sink(error)
    }
  }

  /// Whether an image that fails so when it is decrypted may be stored plain.
  fileprivate var mayBeOfOtherForm: Bool {
    switch self {
    case .refused(.hashMismatch), .crypto(.keyUnwrapFailed), .crypto(.noDecryptionKey): true
    default: false
    }
  }
}
