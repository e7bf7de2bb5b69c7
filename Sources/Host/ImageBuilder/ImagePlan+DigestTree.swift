import FirmwareImage
import NORFlash
import OpenSSLCrypto

extension ImagePlan {
  /// The size of the leaf list if it lies behind the image, otherwise 0.
  var appendedListSize: Int {
    guard let tree = recipe.digestTree, tree.leafListPlace == .behindImage else { return 0 }
    let shape = DigestTree(
      leafSizeExponent: tree.leafSizeExponent, coveredSize: UInt32(header.tlvOffset),
      root: .init(repeating: 0))
    return Int(LeafListHeader(of: shape).listSize)
  }

  /// The protected area with the tree over the delivered bytes, signed if the image is.
  ///
  /// - Parameter header: The first bytes of the image, as they are written.
  func protectedArea(
    with tree: DigestTree?, header: Span<UInt8>
  ) throws(ImageBuilderError) -> [UInt8] {
    guard let tree else { return try protectedEntries.encoded() }
    var area = protectedEntries
    var root = [UInt8](repeating: 0, count: DigestTree.encodedSize)
    var buffer = root.mutableSpan
    tree.encode(into: &buffer)
    try area.append(.digestTree, root)
    guard let signingKey, let room = Self.signatureRoom(of: signingKey) else {
      return try area.encoded()
    }
    let head = [DigestTree.version, digest.treeNumber, 0, 0] + publicKeyHash
    try area.append(.digestTreeSignature, head + [UInt8](repeating: 0, count: 2 + room))
    // Sizes are known before the signature is, so that it can cover them.
    var bytes = try area.encoded()
    let lengthOffset = bytes.count - room - 2
    let signature = try sign(header, bytes.span.extracting(first: lengthOffset), with: signingKey)
    let length = TLVAreaBuilder.littleEndian(UInt16(signature.count))
    bytes.replaceSubrange(lengthOffset..<lengthOffset + 2, with: length)
    bytes.replaceSubrange(lengthOffset + 2..<lengthOffset + 2 + signature.count, with: signature)
    return bytes
  }

  private func sign(
    _ header: Span<UInt8>, _ area: Span<UInt8>, with key: PrivateKey
  ) throws(ImageBuilderError) -> [UInt8] {
    let digest: ImageDigest
    var engine: OpenSSLProvider
    do { engine = try OpenSSLProvider(trustedKeys: []) } catch { throw .engine(error) }
    do {
      digest = try DigestTree.signedDigest(
        header: header, area: area, algorithm: self.digest, crypto: &engine)
    } catch { throw .crypto(error) }
    do { return try key.sign(digest) } catch { throw .signing(error) }
  }

  /// The size of the entries of a tree in the protected area.
  static func sizeOfTreeEntries(digest: DigestAlgorithm, key: PrivateKey?) -> Int {
    let tree = TLVArea.entryHeadSize + DigestTree.encodedSize
    guard let key, let room = signatureRoom(of: key) else { return tree }
    return tree + TLVArea.entryHeadSize + 4 + digest.size + 2 + room
  }

  /// The longest signature that a key makes; only those of ECDSA vary, by their DER form.
  private static func signatureRoom(of key: PrivateKey) -> Int? {
    switch key.kind.signatureAlgorithm {
    case .rsa2048: 256
    case .rsa3072: 384
    case .ecdsaP256: 72
    case .ecdsaP384: 104
    case .ed25519: 64
    case nil: nil
    }
  }
}
