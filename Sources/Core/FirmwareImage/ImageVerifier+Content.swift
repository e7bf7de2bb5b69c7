public import NORFlash

extension ImageVerifier {
  /// The smallest buffer that `verify` works with, in bytes.
  public static var minimumBufferSize: Int { 64 }

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
    precondition(buffer.count >= minimumBufferSize, "verification buffer too small")
    let summary = try examine(&storage, crypto: &crypto, requirements: requirements)
    let end = UInt32(truncatingIfNeeded: summary.header.hashedEnd)
    let wholeImage = requirements.signature == .trustedKey && summary.signatureForm == .pure
    guard !wholeImage || buffer.count >= Int(end) else {
      throw .refused(.pureSignatureNeedsMemory(needed: end, available: buffer.count))
    }
    if storedForm == .ciphertext {
      let key = try contentKey(of: summary, in: &storage, crypto: &crypto)
      do throws(CryptoError) {
        try crypto.startCipher(key: key, payloadOffset: 0)
      } catch { throw .crypto(error) }
    }
    let placement: ChunkPlacement = wholeImage ? .atImageOffset : .atStart
    let digest = try hash(
      summary, in: &storage, crypto: &crypto, requirements: requirements, storedForm: storedForm,
      buffer: &buffer, placement: placement, sink: &sink)
    guard digest == summary.digest else { throw .refused(.hashMismatch) }
    if wholeImage {
      _ = try checkSignatures(
        of: summary, over: .message, buffer.span.extracting(first: Int(end)), in: &storage,
        crypto: &crypto, revokedKeys: requirements.revokedKeys)
    }
    return summary
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

  /// Where a chunk lies in the buffer.
  private enum ChunkPlacement {
    case atStart
    case atImageOffset
  }

  /// The most bytes that are borrowed at once: they are still in the cache when the sink gets them.
  private static var largestLoan: UInt32 { 65_536 }

  /// Hashes header, plain payload and protected area chunk by chunk.
  ///
  /// What the storage lends is hashed where it lies, or decrypted straight into the buffer.
  private static func hash<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable,
    Sink: PayloadSink & ~Copyable
  >(
    _ summary: ImageSummary, in storage: inout S, crypto: inout C,
    requirements: borrowing ImageRequirements, storedForm: StoredForm,
    buffer: inout MutableSpan<UInt8>, placement: ChunkPlacement, sink: inout Sink
  ) throws(ImageCheckError<S.Failure>) -> ImageDigest {
    let header = summary.header
    let payloadStart = UInt32(header.headerSize)
    let payloadEnd = payloadStart + header.payloadSize
    let end = payloadEnd + UInt32(header.protectedSize)
    // Multiples of 16, so that the cipher always sees whole blocks.
    let largest = UInt32(truncatingIfNeeded: buffer.count) & ~15
    var position: UInt32 = 0
    var protected = ProtectedFacts()
    do throws(CryptoError) {
      try crypto.startDigest(summary.digest.algorithm)
    } catch { throw .crypto(error) }
    while position < end {
      let isPayload = position >= payloadStart && position < payloadEnd
      let part = position < payloadStart ? payloadStart : isPayload ? payloadEnd : end
      let isCiphertext = isPayload && storedForm == .ciphertext
      if position < payloadEnd, placement == .atStart {
        let loan = min(part - position, isCiphertext ? largest : largestLoan)
        let isLent = try storage.lend(at: position, count: loan) {
          (bytes) throws(ImageCheckError<S.Failure>) in
          if isCiphertext {
            var chunk = buffer._mutatingExtracting(first: bytes.count)
            do throws(CryptoError) {
              try crypto.applyCipher(from: bytes, to: &chunk)
            } catch { throw .crypto(error) }
            try S.take(chunk.span, at: position, of: header, crypto: &crypto, sink: &sink)
          } else {
            try S.take(bytes, at: position, of: header, crypto: &crypto, sink: &sink)
          }
        }
        if isLent {
          position += loan
          continue
        }
      }
      let count = Int(min(part - position, largest))
      let start = placement == .atStart ? 0 : Int(position)
      var chunk = buffer._mutatingExtracting(start..<start + count)
      try storage.readImage(at: position, into: &chunk)
      if isCiphertext {
        do throws(CryptoError) { try crypto.applyCipher(to: &chunk) } catch { throw .crypto(error) }
      }
      if position < payloadEnd {
        try S.take(chunk.span, at: position, of: header, crypto: &crypto, sink: &sink)
      } else {
        do throws(CryptoError) {
          try crypto.updateDigest(chunk.span)
        } catch { throw .crypto(error) }
        do throws(ImageRefusal) {
          try protected.take(chunk.span, of: header, requirements: requirements)
        } catch { throw .refused(.headerChanged) }
      }
      position += UInt32(count)
    }
    if header.protectedSize > 0 {
      let agrees = protected.agrees(with: summary.securityCounter, requirements: requirements)
      guard agrees else { throw .refused(.headerChanged) }
    }
    do throws(CryptoError) { return try crypto.finishDigest() } catch { throw .crypto(error) }
  }
}

extension ReadableStorage where Self: ~Copyable {
  /// Adds the next bytes of header and plain payload to the hash, and hands them on.
  ///
  /// A function of the storage because its errors are part of what an examination throws.
  fileprivate static func take<C: CryptoProvider & ~Copyable, Sink: PayloadSink & ~Copyable>(
    _ bytes: Span<UInt8>, at position: UInt32, of header: ImageHeader, crypto: inout C,
    sink: inout Sink
  ) throws(ImageCheckError<Failure>) {
    if position == 0, !header.isEncoded(in: bytes) { throw .refused(.headerChanged) }
    do throws(CryptoError) { try crypto.updateDigest(bytes) } catch { throw .crypto(error) }
    do throws(PayloadSinkError) {
      try sink.receive(bytes, at: position)
    } catch { throw .sink(error) }
  }
}

extension ImageHeader {
  /// Whether the header that is hashed is the one that was judged.
  fileprivate func isEncoded(in bytes: Span<UInt8>) -> Bool {
    do throws(ImageRefusal) {
      return try ImageHeader(decoding: bytes) == self
    } catch { return false }
  }
}
