import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// What a signature is checked against.
enum SignedContent {
  /// The hash in the image.
  case digest
  /// The message that is given.
  case message
  /// Nothing: only the named keys are looked at.
  case nothing
}

extension ImageExamination {
  /// The longest key or signature that is looked at: an RSA-3072 public key has 398 bytes.
  private static var longestKey: Int { 400 }

  /// Checks every signature that names a usable key, and notes the first such key.
  @inline(never)
  mutating func checkSignatures<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable
  >(
    over content: SignedContent, _ message: Span<UInt8>, in storage: inout S, crypto: inout C
  ) throws(ImageCheckError<S.Failure>) {
    var cursor: TLVCursor
    do throws(ImageRefusal) {
      cursor = try TLVCursor(header: summary.header, storageSize: storage.size)
    } catch { throw .refused(error) }
    var named: Int?
    var accepted: Int?
    var outcome = ImageRefusal.unsigned
    while let entry = try cursor.next(in: &storage) {
      switch entry.type {
      case .keyHash, .publicKey:
        named = try Self.trustedKey(namedBy: entry, in: &storage, crypto: &crypto)
      case .rsa2048PSS, .rsa3072PSS, .ecdsaSignature, .ed25519:
        let signer = named
        named = nil
        guard let signer else {
          if case .unsigned = outcome { outcome = .unknownKey }
          continue
        }
        guard requirements.revokedKeys & (1 &<< UInt32(truncatingIfNeeded: signer)) == 0 else {
          outcome = .revokedKey(index: signer)
          continue
        }
        try check(
          entry, by: signer, over: Features.pureSignatures ? content : .digest, message,
          in: &storage, crypto: &crypto)
        if accepted == nil { accepted = signer }
      default: break
      }
    }
    guard let accepted else { throw .refused(outcome) }
    summary.signingKey = accepted
  }

  /// The index of the trusted key that an entry names, or `nil` if it names an unknown one.
  private static func trustedKey<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable
  >(
    namedBy entry: TLVEntry, in storage: inout S, crypto: inout C
  ) throws(ImageCheckError<S.Failure>) -> Int? {
    let length = Int(entry.length)
    guard length <= longestKey else { return nil }
    var bytes: [400 of UInt8] = .init(repeating: 0)
    var buffer = bytes.mutableSpan
    var name = buffer._mutatingExtracting(first: length)
    try storage.readImage(at: entry.dataOffset, into: &name)
    for index in 0..<min(crypto.trustedKeyCount, 32) {
      let matches =
        entry.type == .keyHash
        ? crypto.trustedKey(at: index, hasHash: name.span)
        : crypto.trustedKey(at: index, isPublicKey: name.span)
      if matches { return index }
    }
    return nil
  }

  /// Checks one signature by a usable key; returns only if it is good.
  private mutating func check<
    S: ReadableStorage & ~Copyable, C: CryptoProvider & ~Copyable
  >(
    _ entry: TLVEntry, by signer: Int, over content: SignedContent, _ message: Span<UInt8>,
    in storage: inout S, crypto: inout C
  ) throws(ImageCheckError<S.Failure>) {
    do throws(ImageRefusal) {
      try checkKinds(entry, crypto.trustedKeyAlgorithm(at: signer), by: signer)
    } catch { throw .refused(error) }
    if content == .nothing { return }
    var bytes: [400 of UInt8] = .init(repeating: 0)
    var buffer = bytes.mutableSpan
    var signature = buffer._mutatingExtracting(first: Int(entry.length))
    try storage.readImage(at: entry.dataOffset, into: &signature)
    let length = Self.unpaddedLength(signature.span, entry.type)
    let isValid: Bool
    do throws(CryptoError) {
      isValid =
        content == .digest
        ? try crypto.isValidSignature(
          signature.span.extracting(first: length), of: summary.digest, byTrustedKeyAt: signer)
        : try crypto.isValidPureSignature(
          signature.span, ofMessage: message, byTrustedKeyAt: signer)
    } catch { throw .crypto(error) }
    guard length > 0, isValid else {
      throw .refused(.signatureMismatch(keyIndex: signer, offset: entry.offset))
    }
  }

  /// Checks that key, kind and length of the signature, and the image's hash fit together.
  private mutating func checkKinds(
    _ entry: TLVEntry, _ key: SignatureAlgorithm, by signer: Int
  ) throws(ImageRefusal) {
    let type: TLVType
    var length: UInt16?
    var hash = DigestAlgorithm.sha256
    switch key {
    case .rsa2048: (type, length) = (.rsa2048PSS, 256)
    case .rsa3072: (type, length) = (.rsa3072PSS, 384)
    case .ecdsaP256: type = .ecdsaSignature
    case .ecdsaP384: (type, hash) = (.ecdsaSignature, .sha384)
    case .ed25519:
      (type, length) = (.ed25519, 64)
      if summary.digest.algorithm == .sha512 { hash = .sha512 }
    }
    guard entry.type == type, summary.signatureForm == .digest || key == .ed25519 else {
      throw .signatureKind(entry.type, offset: entry.offset, keyIndex: signer)
    }
    guard summary.digest.algorithm == hash else {
      throw .hashUnfitForKey(summary.digest.algorithm, key)
    }
    let expected = length ?? UInt16(Self.longestKey)
    guard length == nil ? entry.length <= expected : entry.length == expected else {
      throw .entryLength(entry.type, offset: entry.offset, length: entry.length, expected: expected)
    }
  }

  /// The length of a signature without the zeros with which image tools pad ECDSA signatures; 0 if
  /// it cannot be one.
  private static func unpaddedLength(_ signature: Span<UInt8>, _ type: TLVType) -> Int {
    guard type == .ecdsaSignature else { return signature.count }
    guard signature.count > 2, signature[0] == 0x30, signature[1] < 0x80 else { return 0 }
    let length = Int(signature[1]) + 2
    guard length <= signature.count, signature.extracting(length...).isFilled(with: 0) else {
      return 0
    }
    return length
  }
}
