import FirmwareImage
import NORFlash
import OpenSSLCrypto

extension ImagePlan {
  /// Reads the bytes of the payload from an offset on.
  typealias PayloadReader = (Int, inout MutableSpan<UInt8>) throws(ImageBuilderError) -> Void

  /// Puts the image together, from its first byte to its last.
  @discardableResult
  func write<Output: ImageOutput & ~Copyable>(
    to output: inout Output, reading payload: PayloadReader
  ) throws(ImageBuilderError) -> BuiltImage {
    var content = try ImageContent(self)
    let wrapped = try content.startCipher()
    let (digest, leafList, protectedSize) = try writeContent(&content, payload, to: &output)

    var unprotected = TLVAreaBuilder(.unprotected)
    try unprotected.append(ImageAssembly.digestType(self.digest), ImageAssembly.bytes(of: digest))
    try ImageAssembly.appendSignature(of: content.message.span, digest, self, to: &unprotected)
    if let wrapped {
      try unprotected.append(ImageAssembly.wrapType(wrapped.algorithm), wrapped.bytes)
    }
    let unprotectedArea = try unprotected.encoded()
    let areaSizes = protectedSize + unprotectedArea.count
    guard leafList == nil || areaSizes <= ImagePrologue.capacity else {
      throw .tlvAreasTooLargeForTree(size: areaSizes)
    }
    let imageSize = Int(header.hashedEnd) + unprotectedArea.count
    try checkSlot(imageSize: imageSize + appendedListSize)
    try ImageAssembly.append(unprotectedArea.span, to: &output)
    var size = try ImageAssembly.appendTrailer(of: recipe, to: &output, from: imageSize)
    if let leafList, appendedListSize > 0 {
      try ImageAssembly.append(leafList.encoded.span, to: &output)
      size += appendedListSize
    }
    return BuiltImage(
      header: header, digest: digest, securityCounter: recipe.securityCounterValue, size: size,
      leafList: leafList)
  }

  /// Writes what the hash covers.
  ///
  /// - Returns: The hash, the leaves if there is a digest tree, and the size of the protected area.
  func writeContent<Output: ImageOutput & ~Copyable>(
    _ content: inout ImageContent, _ payload: PayloadReader, to output: inout Output
  ) throws(ImageBuilderError) -> (digest: ImageDigest, leafList: LeafList?, protectedSize: Int) {
    let headerBytes = try writeHeader(&content, payload, to: &output)
    try writePayload(&content, payload, to: &output)
    let leafList = try content.finishLeaves()
    var area = try protectedArea(with: leafList?.tree, header: headerBytes.span)
    var span = area.mutableSpan
    try content.write(&span, as: .protectedArea, to: &output)
    return (try content.finish(), leafList, area.count)
  }

  /// Writes the header, and returns its bytes.
  private func writeHeader<Output: ImageOutput & ~Copyable>(
    _ content: inout ImageContent, _ payload: PayloadReader, to output: inout Output
  ) throws(ImageBuilderError) -> [UInt8] {
    var bytes = [UInt8](
      repeating: recipe.headerRoom == .added ? recipe.erasedValue : 0, count: recipe.headerSize)
    if recipe.headerRoom == .inPayload {
      var room = bytes.mutableSpan
      try payload(0, &room)
      for offset in bytes.indices where bytes[offset] != 0 {
        throw .headerRoomNotZero(offset: offset)
      }
    }
    var span = bytes.mutableSpan
    header.encode(into: &span)
    try content.write(&span, as: .header, to: &output)
    return bytes
  }

  /// Writes the payload and the zeros that an encrypted one is filled up with.
  private func writePayload<Output: ImageOutput & ~Copyable>(
    _ content: inout ImageContent, _ payload: PayloadReader, to output: inout Output
  ) throws(ImageBuilderError) {
    var buffer = [UInt8](repeating: 0, count: min(Self.chunkSize, Int(header.payloadSize)))
    var position = recipe.headerRoom == .added ? 0 : recipe.headerSize
    while position < payloadSize {
      let count = min(buffer.count, payloadSize - position)
      var span = buffer.mutableSpan
      var chunk = span._mutatingExtracting(first: count)
      try payload(position, &chunk)
      try content.write(&chunk, as: .payload, to: &output)
      position += count
    }
    let start = recipe.headerRoom == .added ? recipe.headerSize : 0
    var filling = [UInt8](repeating: 0, count: header.hashedPayloadEnd - start - payloadSize)
    var span = filling.mutableSpan
    try content.write(&span, as: .payload, to: &output)
  }

  /// Enough that the cost of a call does not matter.
  private static var chunkSize: Int { 256 << 10 }
}

/// What the hash of an image covers, on its way into the image: hashed plain, then encrypted.
struct ImageContent: ~Copyable {
  enum Kind {
    /// Stored as it is hashed.
    case header
    /// Encrypted if the image is.
    case payload
    /// Stored as it is hashed, and in no leaf.
    case protectedArea
  }

  private let plan: ImagePlan
  private var crypto: OpenSSLProvider
  private var isEncrypting = false
  private var leaves: LeafListBuilder?
  /// Everything that was hashed, if a signature covers it in one piece; empty otherwise.
  private(set) var message: [UInt8] = []

  init(_ plan: ImagePlan) throws(ImageBuilderError) {
    var engine: OpenSSLProvider
    do {
      engine = try OpenSSLProvider(trustedKeys: [], hashing: .automatic)
    } catch { throw .engine(error) }
    do { try engine.startDigest(plan.digest) } catch { throw .crypto(error) }
    if plan.recipe.signatureForm == .pure {
      message.reserveCapacity(Int(plan.header.hashedEnd))
    }
    do throws(OpenSSLError) {
      if let exponent = plan.recipe.digestTree?.leafSizeExponent {
        leaves = try LeafListBuilder(leafSizeExponent: exponent)
      } else {
        leaves = nil
      }
    } catch { throw .leaves(error) }
    self.plan = plan
    crypto = engine
  }

  /// Makes a content key, if the image is to be encrypted, and starts the cipher with it.
  ///
  /// - Returns: The content key, wrapped.
  mutating func startCipher() throws(ImageBuilderError) -> (
    algorithm: KeyWrapAlgorithm, bytes: [UInt8]
  )? {
    guard let encryption = plan.recipe.encryption else { return nil }
    let contentKey: ContentKey
    let wrapped: (algorithm: KeyWrapAlgorithm, bytes: [UInt8])
    do {
      contentKey = try EncryptionKey.randomContentKey(size: encryption.effectiveCipher.keySize)
      wrapped = try encryption.key.wrap(contentKey, hash: encryption.wrapHash)
    } catch { throw .encryption(error) }
    guard encryption.storedForm == .ciphertext else { return wrapped }
    do { try crypto.startCipher(key: contentKey, payloadOffset: 0) } catch { throw .crypto(error) }
    isEncrypting = true
    return wrapped
  }

  /// Hashes bytes, encrypts them in place if they are to be, and hands them on.
  mutating func write<Output: ImageOutput & ~Copyable>(
    _ bytes: inout MutableSpan<UInt8>, as kind: Kind, to output: inout Output
  ) throws(ImageBuilderError) {
    if bytes.isEmpty { return }
    do {
      try crypto.updateDigest(bytes.span)
      if plan.recipe.signatureForm == .pure {
        unsafe bytes.span.withUnsafeBufferPointer { unsafe message.append(contentsOf: $0) }
      }
      if kind == .payload, isEncrypting { try crypto.applyCipher(to: &bytes) }
    } catch { throw .crypto(error) }
    if kind != .protectedArea {
      do throws(OpenSSLError) { try leaves?.append(bytes.span) } catch { throw .leaves(error) }
    }
    try ImageAssembly.append(bytes.span, to: &output)
  }

  /// Ends the digest tree, if there is to be one: all delivered bytes were written.
  mutating func finishLeaves() throws(ImageBuilderError) -> LeafList? {
    do throws(OpenSSLError) {
      return try leaves.take()?.finish()
    } catch { throw .leaves(error) }
  }

  /// Ends the hash.
  mutating func finish() throws(ImageBuilderError) -> ImageDigest {
    do { return try crypto.finishDigest() } catch { throw .crypto(error) }
  }
}
