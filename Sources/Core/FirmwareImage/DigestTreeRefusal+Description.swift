extension DigestTreeRefusal {
  /// A stable identifier, for machine-readable output.
  public var name: StaticString {
    switch self {
    case .image(let refusal): refusal.name
    case .version: "tree-version"
    case .algorithm: "tree-algorithm"
    case .leafSize: "tree-leaf-size"
    case .leafCount: "tree-leaf-count"
    case .entryContent: "tree-entry-content"
    case .treeMissing: "tree-missing"
    case .signatureNotLast: "tree-signature-not-last"
    case .unknownKey: "tree-unknown-key"
    case .revokedKey: "tree-revoked-key"
    case .signatureKind: "tree-signature-kind"
    case .signatureMismatch: "tree-signature-mismatch"
    case .leafListVersion: "leaf-list-version"
    case .leafListAlgorithm: "leaf-list-algorithm"
    case .leafListContent: "leaf-list-content"
    case .leafListOfOtherTree: "leaf-list-of-other-tree"
    case .leafListSize: "leaf-list-size"
    case .rootMismatch: "tree-root-mismatch"
    case .leafIndex: "leaf-index"
    case .leafLength: "leaf-length"
    case .leafMismatch: "leaf-mismatch"
    }
  }
}

#if !hasFeature(Embedded)
  extension DigestTreeRefusal: CustomStringConvertible {
    /// The reason in one line: what, where, and what was expected.
    public var description: String {
      switch self {
      case .image(let refusal): refusal.description
      case .version(let version, let offset):
        "digest tree at \(hex(offset)): version \(version), known is \(DigestTree.version)"
      case .algorithm(let number, let offset):
        "digest tree at \(hex(offset)): no hash algorithm has the number \(number)"
      case .leafSize(let exponent, let offset):
        "digest tree at \(hex(offset)): leaves of 2^\(exponent) bytes, possible are 4 to 64 KiB"
      case .leafCount(let found, let expected):
        "digest tree: \(found) leaves, but an image of this size has \(expected)"
      case .entryContent(let type, let offset):
        "TLV \(type) at \(hex(offset)): content is not defined"
      case .treeMissing(let offset):
        "TLV \(TLVType.digestTreeSignature) at \(hex(offset)): signs a digest tree, and there is none"
      case .signatureNotLast(let offset):
        "TLV \(TLVType.digestTreeSignature) at \(hex(offset)): is not the last protected TLV,"
          + " so what follows is not signed"
      case .unknownKey, .revokedKey, .signatureKind, .signatureMismatch: signatureDescription
      default: leafDescription
      }
    }

    private var signatureDescription: String {
      switch self {
      case .revokedKey(let index): "digest tree signed by revoked key \(index)"
      case .signatureKind(let index, let offset):
        "digest tree signature at \(hex(offset)): is not of the kind that key \(index) makes"
      case .signatureMismatch(let index, let offset):
        "digest tree signature at \(hex(offset)) is not that of trusted key \(index)"
      default: "digest tree signed by no trusted key"
      }
    }

    private var leafDescription: String {
      switch self {
      case .leafListVersion(let version):
        "leaf list of version \(version), known is \(DigestTree.version)"
      case .leafListAlgorithm(let number):
        "leaf list: no hash algorithm has the number \(number)"
      case .leafListContent: "leaf list: its start has content that is not defined"
      case .leafListOfOtherTree: "leaf list: has other leaves than the digest tree of the image"
      case .leafListSize(let found, let expected):
        "leaf list: \(found) bytes of digests, the digest tree needs \(expected)"
      case .rootMismatch:
        "leaf list: its root is not the one in the image; damaged, or of another image"
      case .leafIndex(let index, let count): "leaf \(index) of \(count) does not exist"
      case .leafLength(let index, let found, let expected):
        "leaf \(index): has \(found) bytes, must have \(expected)"
      case .leafMismatch(let index, let offset):
        "leaf \(index) at \(hex(offset)) does not match its digest: damaged, or changed"
      default: "digest tree refused"
      }
    }

    private func hex(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
  }
#endif
