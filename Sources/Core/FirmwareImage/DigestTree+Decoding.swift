import NORFlash

extension DigestTree {
  /// Reads the tree of an image from its prologue; `nil` if the image has none.
  ///
  /// The entries are only parsed. Who vouches for the root is for `signer(of:crypto:revokedKeys:)`
  /// to find out.
  ///
  /// - Throws: `DigestTreeRefusal`: what of `.image`, `.version`, `.algorithm`, `.leafSize`,
  ///   `.leafCount`, `.entryContent`, `.treeMissing` or `.signatureNotLast` is wrong with them.
  /// - Complexity: O(entries)
  public init?(of prologue: inout ImagePrologue) throws(DigestTreeRefusal) {
    let entries = try DigestTreeEntries(of: &prologue)
    guard let entry = entries.tree else { return nil }
    var bytes: [40 of UInt8] = .init(repeating: 0)
    var buffer = bytes.mutableSpan
    try prologue.readTree(at: entry.dataOffset, into: &buffer)
    guard bytes[0] == Self.version else { throw .version(bytes[0], offset: entry.offset) }
    guard DigestAlgorithm(treeNumber: bytes[1]) == .sha256 else {
      throw .algorithm(bytes[1], offset: entry.offset)
    }
    guard Self.leafSizeExponents.contains(bytes[2]) else {
      throw .leafSize(exponent: bytes[2], offset: entry.offset)
    }
    guard bytes[3] == 0 else { throw .entryContent(entry.type, offset: entry.offset) }
    var root: [32 of UInt8] = .init(repeating: 0)
    var place = root.mutableSpan
    place.copy(bytes.span.extracting(8...))
    self.init(
      leafSizeExponent: bytes[2],
      coveredSize: UInt32(truncatingIfNeeded: prologue.header.tlvOffset), root: root)
    let found = bytes.span.littleEndianUInt32(at: 4)
    guard found == leafCount else { throw .leafCount(found: found, expected: leafCount) }
  }
}

/// Where the entries of a digest tree stand in an image.
struct DigestTreeEntries {
  var tree: TLVEntry?
  var signature: TLVEntry?

  /// Looks for them, and checks their places.
  init(of prologue: inout ImagePrologue) throws(DigestTreeRefusal) {
    do throws(ImageCheckError<ImagePrologueError>) {
      try find(in: &prologue)
    } catch {
      switch error {
      case .refused(let refusal): throw .image(refusal)
      case .storage, .crypto, .sink: throw .image(.headerChanged)
      }
    }
    guard let signature else { return }
    guard tree != nil else { throw .treeMissing(offset: signature.offset) }
    let end = UInt64(signature.dataOffset) + UInt64(signature.length)
    guard end == prologue.header.hashedEnd else {
      throw .signatureNotLast(offset: signature.offset)
    }
  }

  private mutating func find(
    in prologue: inout ImagePrologue
  ) throws(ImageCheckError<ImagePrologueError>) {
    var cursor: TLVCursor
    do throws(ImageRefusal) {
      cursor = try TLVCursor(header: prologue.header, storageSize: prologue.size)
    } catch { throw .refused(error) }
    while let entry = try cursor.next(in: &prologue) {
      guard entry.type == .digestTree || entry.type == .digestTreeSignature else { continue }
      guard entry.area == .protected else {
        throw .refused(.entryMisplaced(entry.type, offset: entry.offset))
      }
      if entry.type == .digestTree {
        guard tree == nil else { throw .refused(.entryRepeated(entry.type, offset: entry.offset)) }
        let expected = UInt16(DigestTree.encodedSize)
        guard entry.length == expected else {
          throw .refused(
            .entryLength(
              entry.type, offset: entry.offset, length: entry.length, expected: expected))
        }
        tree = entry
      } else {
        guard signature == nil else {
          throw .refused(.entryRepeated(entry.type, offset: entry.offset))
        }
        signature = entry
      }
    }
  }
}

extension ImagePrologue {
  /// Reads bytes that the walk over the entries has found to be there.
  mutating func readTree(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(DigestTreeRefusal) {
    do throws(ImagePrologueError) {
      try read(at: address, into: &buffer)
    } catch { throw .image(.headerChanged) }
  }
}
