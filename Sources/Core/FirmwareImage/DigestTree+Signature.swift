import NORFlash

extension DigestTree {
  /// What a signature of a tree signs begins with these characters.
  static var signatureDomain: StaticString { "Brickproof digest tree 1" }
  /// The longest signature that an entry can hold, in bytes: that of RSA-3072.
  public static var longestSignature: Int { 384 }

  /// The trusted key that signed the tree; `nil` if the image has no tree, or one that nobody signed.
  ///
  /// The signature covers header and protected area: with it, everything that the prologue says of
  /// the image is known to be the signer's before the first byte of payload is there, and each leaf
  /// of the payload can be held against the root.
  ///
  /// - Parameter revokedKeys: Bit *i* stands for the trusted key with index *i*.
  /// - Throws: `DigestTreeError.refused` if there is a signature, and it is wrong or by no usable
  ///   key; `.crypto` if the provider failed, which says nothing about the image.
  /// - Complexity: O(size of the protected area), and one signature check
  public static func signer<C: CryptoProvider & ~Copyable>(
    of prologue: inout ImagePrologue, crypto: inout C, revokedKeys: UInt32 = 0
  ) throws(DigestTreeError) -> Int? {
    let signature: TreeSignature
    do throws(DigestTreeRefusal) {
      guard let entry = try DigestTreeEntries(of: &prologue).signature else { return nil }
      signature = try TreeSignature(entry, in: &prologue)
    } catch { throw .refused(error) }
    guard let key = signature.namedKey(of: crypto) else { throw .refused(.unknownKey) }
    guard revokedKeys & (1 &<< UInt32(truncatingIfNeeded: key)) == 0 else {
      throw .refused(.revokedKey(index: key))
    }
    guard signature.isPossible(for: crypto.trustedKeyAlgorithm(at: key)) else {
      throw .refused(.signatureKind(keyIndex: key, offset: signature.entry.offset))
    }
    let digest = try signature.signedDigest(in: &prologue, crypto: &crypto)
    let isValid: Bool
    do throws(CryptoError) {
      isValid = try crypto.isValidSignature(
        signature.bytes.span.extracting(first: signature.length), of: digest, byTrustedKeyAt: key)
    } catch { throw .crypto(error) }
    guard isValid else {
      throw .refused(.signatureMismatch(keyIndex: key, offset: signature.entry.offset))
    }
    return key
  }

  /// The digest that a signature of a tree is made of.
  ///
  /// - Parameters:
  ///   - header: The header, of which the first 32 bytes count.
  ///   - area: The protected area from its start up to the length of the signature.
  /// - Throws: `CryptoError.digestUnavailable` or `.engineFailed`.
  public static func signedDigest<C: CryptoProvider & ~Copyable>(
    header: Span<UInt8>, area: Span<UInt8>, algorithm: DigestAlgorithm, crypto: inout C
  ) throws(CryptoError) -> ImageDigest {
    try startSignedDigest(header: header, algorithm: algorithm, crypto: &crypto)
    try crypto.updateDigest(area)
    return try crypto.finishDigest()
  }

  fileprivate static func startSignedDigest<C: CryptoProvider & ~Copyable>(
    header: Span<UInt8>, algorithm: DigestAlgorithm, crypto: inout C
  ) throws(CryptoError) {
    try crypto.startDigest(algorithm)
    let domain = unsafe UnsafeBufferPointer(
      start: signatureDomain.utf8Start, count: signatureDomain.utf8CodeUnitCount)
    try crypto.updateDigest(unsafe domain.span)
    try crypto.updateDigest(header.extracting(first: ImageHeader.encodedSize))
  }
}

/// The entry of a tree's signature.
private struct TreeSignature {
  let entry: TLVEntry
  let algorithm: DigestAlgorithm
  /// Where the length of the signature stands: everything in front of it is signed.
  let signedEnd: UInt32
  let length: Int
  private(set) var bytes: [384 of UInt8] = .init(repeating: 0)
  private var keyHash: [64 of UInt8] = .init(repeating: 0)

  init(_ entry: TLVEntry, in prologue: inout ImagePrologue) throws(DigestTreeRefusal) {
    self.entry = entry
    let shortest = 6 + DigestAlgorithm.sha256.size
    guard Int(entry.length) >= shortest else {
      throw .entryContent(entry.type, offset: entry.offset)
    }
    var head: [4 of UInt8] = .init(repeating: 0)
    var buffer = head.mutableSpan
    try prologue.readTree(at: entry.dataOffset, into: &buffer)
    guard head[0] == DigestTree.version else { throw .version(head[0], offset: entry.offset) }
    guard let algorithm = DigestAlgorithm(treeNumber: head[1]) else {
      throw .algorithm(head[1], offset: entry.offset)
    }
    self.algorithm = algorithm
    let room = Int(entry.length) - 6 - algorithm.size
    guard head.span.littleEndianUInt16(at: 2) == 0, room >= 0,
      room <= DigestTree.longestSignature
    else { throw .entryContent(entry.type, offset: entry.offset) }

    var hashBuffer = keyHash.mutableSpan
    var hash = hashBuffer._mutatingExtracting(first: algorithm.size)
    try prologue.readTree(at: entry.dataOffset + 4, into: &hash)
    signedEnd = entry.dataOffset + 4 + UInt32(algorithm.size)
    var pair: [2 of UInt8] = .init(repeating: 0)
    var pairBuffer = pair.mutableSpan
    try prologue.readTree(at: signedEnd, into: &pairBuffer)
    length = Int(pair.span.littleEndianUInt16(at: 0))
    var buffers = bytes.mutableSpan
    var place = buffers._mutatingExtracting(first: room)
    try prologue.readTree(at: signedEnd + 2, into: &place)
    guard length <= room, bytes.span.extracting(length...).isFilled(with: 0) else {
      throw .entryContent(entry.type, offset: entry.offset)
    }
  }

  /// The trusted key that the entry names.
  func namedKey<C: CryptoProvider & ~Copyable>(of crypto: borrowing C) -> Int? {
    let hash = keyHash.span.extracting(first: algorithm.size)
    for index in 0..<min(crypto.trustedKeyCount, 32)
    where crypto.trustedKey(at: index, hasHash: hash) { return index }
    return nil
  }

  /// Whether a key of this kind makes such signatures.
  func isPossible(for key: SignatureAlgorithm) -> Bool {
    switch key {
    case .rsa2048: algorithm == .sha256 && length == 256
    case .rsa3072: algorithm == .sha256 && length == 384
    case .ecdsaP256: algorithm == .sha256
    case .ecdsaP384: algorithm == .sha384
    case .ed25519: algorithm != .sha384 && length == 64
    }
  }

  func signedDigest<C: CryptoProvider & ~Copyable>(
    in prologue: inout ImagePrologue, crypto: inout C
  ) throws(DigestTreeError) -> ImageDigest {
    var chunk: [64 of UInt8] = .init(repeating: 0)
    do throws(DigestTreeRefusal) {
      var buffer = chunk.mutableSpan
      var header = buffer._mutatingExtracting(first: ImageHeader.encodedSize)
      try prologue.readTree(at: 0, into: &header)
    } catch { throw .refused(error) }
    do throws(CryptoError) {
      try DigestTree.startSignedDigest(header: chunk.span, algorithm: algorithm, crypto: &crypto)
    } catch { throw .crypto(error) }
    var position = UInt32(truncatingIfNeeded: prologue.header.tlvOffset)
    while position < signedEnd {
      let count = Int(min(signedEnd - position, UInt32(chunk.count)))
      do throws(DigestTreeRefusal) {
        var buffer = chunk.mutableSpan
        var piece = buffer._mutatingExtracting(first: count)
        try prologue.readTree(at: position, into: &piece)
      } catch { throw .refused(error) }
      do throws(CryptoError) {
        try crypto.updateDigest(chunk.span.extracting(first: count))
      } catch { throw .crypto(error) }
      position += UInt32(count)
    }
    do throws(CryptoError) { return try crypto.finishDigest() } catch { throw .crypto(error) }
  }
}
