public import NORFlash

extension ImageExamination {
  /// Hashes the content in one pass and compares it with the signed hash, as `ImageVerifier.verify`
  /// does.
  ///
  /// - Precondition: `examine` has returned, and `buffer` has at least
  ///   `ImageVerifier.minimumBufferSize` bytes.
  /// - Parameter storedForm: How the payload lies in `storage`; plain without
  ///   `ImageFeatures.loadedImages`.
  /// - Throws: `ImageCheckError.refused` with the reason; `.storage`, `.crypto` or `.sink` if one of
  ///   them failed.
  /// - Complexity: O(image size)
  public mutating func checkContent<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable,
    Sink: PayloadSink & ~Copyable
  >(
    of storage: inout S, crypto: inout C, storedForm: StoredForm,
    buffer: inout MutableSpan<UInt8>, sink: inout Sink
  ) throws(ImageCheckError<S.Failure>) {
    precondition(progress == .examined, "the image was not examined")
    precondition(Features.loadedImages || storedForm == .plain, "ciphertext cannot be decrypted")
    precondition(
      buffer.count >= ImageVerifier.minimumBufferSize, "verification buffer too small")
    let end = UInt32(truncatingIfNeeded: summary.header.hashedEnd)
    let wholeImage =
      Features.pureSignatures && requirements.signature == .trustedKey
      && summary.signatureForm == .pure
    guard !wholeImage || buffer.count >= Int(end) else {
      throw .refused(.pureSignatureNeedsMemory(needed: end, available: buffer.count))
    }
    if Features.loadedImages, storedForm == .ciphertext {
      let key = try ImageVerifier.contentKey(of: summary, in: &storage, crypto: &crypto)
      do throws(CryptoError) {
        try crypto.startCipher(key: key, payloadOffset: 0)
      } catch { throw .crypto(error) }
    }
    try hash(
      &storage, crypto: &crypto, storedForm: storedForm, buffer: &buffer,
      placement: wholeImage ? .atImageOffset : .atStart, sink: &sink)
    if wholeImage {
      try checkSignatures(
        over: .message, buffer.span.extracting(first: Int(end)), in: &storage, crypto: &crypto)
    }
  }

  /// Where a chunk lies in the buffer.
  private enum ChunkPlacement {
    case atStart
    case atImageOffset
  }

  /// The most bytes that are borrowed at once: they are still in the cache when the sink gets them.
  private static var largestLoan: UInt32 { 65_536 }

  /// Hashes header, plain payload and protected area chunk by chunk, and compares the hash.
  ///
  /// What the storage lends is hashed where it lies, or decrypted straight into the buffer.
  private mutating func hash<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable,
    Sink: PayloadSink & ~Copyable
  >(
    _ storage: inout S, crypto: inout C, storedForm: StoredForm,
    buffer: inout MutableSpan<UInt8>, placement: ChunkPlacement, sink: inout Sink
  ) throws(ImageCheckError<S.Failure>) {
    // Nothing overflows: header, payload and protected area fit the storage.
    let payloadStart = UInt32(summary.header.headerSize)
    let payloadEnd = payloadStart &+ summary.header.payloadSize
    let end = payloadEnd &+ UInt32(summary.header.protectedSize)
    // Multiples of 16, so that the cipher always sees whole blocks.
    let largest = UInt32(truncatingIfNeeded: buffer.count) & ~15
    var position: UInt32 = 0
    var protected = ProtectedFacts<Features>()
    do throws(CryptoError) {
      try crypto.startDigest(summary.digest.algorithm)
    } catch { throw .crypto(error) }
    while position < end {
      let isPayload = position >= payloadStart && position < payloadEnd
      let part = position < payloadStart ? payloadStart : isPayload ? payloadEnd : end
      let form: StoredForm = Features.loadedImages && isPayload ? storedForm : .plain
      if position < payloadEnd, placement == .atStart {
        let loan = min(part &- position, form == .ciphertext ? largest : Self.largestLoan)
        let isLent = try hashLoan(
          of: &storage, at: position, count: loan, form, crypto: &crypto, buffer: &buffer,
          sink: &sink)
        if isLent {
          position &+= loan
          continue
        }
      }
      let count = Int(min(part &- position, largest))
      let start = placement == .atStart ? 0 : Int(position)
      var chunk = buffer._mutatingExtracting(start..<start + count)
      try storage.readImage(at: position, into: &chunk)
      if form == .ciphertext {
        do throws(CryptoError) { try crypto.applyCipher(to: &chunk) } catch { throw .crypto(error) }
      }
      if position < payloadEnd {
        try take(chunk.span, at: position, from: S.self, crypto: &crypto, sink: &sink)
      } else {
        do throws(CryptoError) {
          try crypto.updateDigest(chunk.span)
        } catch { throw .crypto(error) }
        do throws(ImageRefusal) {
          try protected.take(chunk.span, of: summary.header, requirements: &requirements)
        } catch { throw .refused(.headerChanged) }
      }
      position &+= UInt32(count)
    }
    if summary.header.protectedSize > 0 {
      let agrees = protected.agrees(with: summary.securityCounter, requirements: &requirements)
      guard agrees else { throw .refused(.headerChanged) }
    }
    try compareHash(from: S.self, crypto: &crypto)
  }

  /// Hashes bytes of header or payload where the storage lends them; ciphertext is decrypted into
  /// the buffer first.
  ///
  /// - Returns: Whether the storage lent them.
  private mutating func hashLoan<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable, Sink: PayloadSink & ~Copyable
  >(
    of storage: inout S, at position: UInt32, count: UInt32, _ form: StoredForm, crypto: inout C,
    buffer: inout MutableSpan<UInt8>, sink: inout Sink
  ) throws(ImageCheckError<S.Failure>) -> Bool {
    try storage.lend(at: position, count: count) { (bytes) throws(ImageCheckError<S.Failure>) in
      guard form == .ciphertext else {
        return try take(bytes, at: position, from: S.self, crypto: &crypto, sink: &sink)
      }
      var chunk = buffer._mutatingExtracting(first: bytes.count)
      do throws(CryptoError) {
        try crypto.applyCipher(from: bytes, to: &chunk)
      } catch { throw .crypto(error) }
      try take(chunk.span, at: position, from: S.self, crypto: &crypto, sink: &sink)
    }
  }

  /// Ends the hash and compares it with the signed one.
  ///
  /// The type of the storage tells the type of what is thrown.
  private mutating func compareHash<S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable>(
    from storage: S.Type, crypto: inout C
  ) throws(ImageCheckError<S.Failure>) {
    let found: ImageDigest
    do throws(CryptoError) { found = try crypto.finishDigest() } catch { throw .crypto(error) }
    guard found.algorithm == summary.digest.algorithm,
      found.storage.span.isEqual(to: summary.digest.storage.span)
    else { throw .refused(.hashMismatch) }
  }

  /// Adds the next bytes of header and plain payload to the hash, and hands them on.
  ///
  /// The type of the storage tells the type of what is thrown.
  private mutating func take<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable, Sink: PayloadSink & ~Copyable
  >(
    _ bytes: Span<UInt8>, at position: UInt32, from storage: S.Type, crypto: inout C,
    sink: inout Sink
  ) throws(ImageCheckError<S.Failure>) {
    if position == 0, !bytes.extracting(first: headerBytes.count).isEqual(to: headerBytes.span) {
      throw .refused(.headerChanged)
    }
    do throws(CryptoError) { try crypto.updateDigest(bytes) } catch { throw .crypto(error) }
    do throws(PayloadSinkError) {
      try sink.receive(bytes, at: position)
    } catch { throw .sink(error) }
  }
}
