import FirmwareImage
import NORFlash
public import OpenSSLCrypto

extension ImageRecipe {
  /// Makes the image, byte for byte as imgtool 2.5.0 makes it.
  ///
  /// An image is header, payload, protected TLVs (counter, boot record, dependencies, hardware ids,
  /// vendor entries) and unprotected TLVs (hash, key, signature, wrapped content key), in this
  /// order. Unlike with imgtool, a recipe for an image that no device can use is refused.
  ///
  /// - Parameters:
  ///   - payload: The firmware; it is copied once, into the result.
  ///   - signingKey: The key that signs, or `nil` for an image with a hash only.
  /// - Returns: The image; with a trailer it has the size of the slot.
  /// - Throws: `ImageBuilderError`.
  /// - Complexity: O(`payload.count`) time and memory
  public func build(
    payload: Span<UInt8>, signingKey: PrivateKey?
  ) throws(ImageBuilderError) -> [UInt8] {
    let plan = try ImagePlan(self, payloadSize: payload.count, signingKey: signingKey)
    var image: [UInt8] = []
    image.reserveCapacity(plan.capacity)
    try ImageAssembly.append(payload, of: plan, to: &image)
    image += plan.protectedArea

    var crypto = try ImageAssembly.engine()
    let digest = try ImageAssembly.hash(image.span, plan.digest, with: &crypto)
    var area = TLVAreaBuilder(.unprotected)
    try area.append(ImageAssembly.digestType(plan.digest), ImageAssembly.bytes(of: digest))
    try ImageAssembly.appendSignature(of: image.span, digest, plan, to: &area)
    if let encryption {
      try ImageAssembly.encrypt(&image, encryption, plan, with: &crypto, to: &area)
    }
    image += try area.encoded()
    try plan.checkSlot(imageSize: image.count)
    ImageAssembly.appendTrailer(of: self, to: &image)
    return image
  }
}

/// The steps that put an image together.
enum ImageAssembly {
  /// Appends header, payload and the zeros that an encrypted payload is filled up with.
  static func append(
    _ payload: Span<UInt8>, of plan: ImagePlan, to image: inout [UInt8]
  ) throws(ImageBuilderError) {
    let recipe = plan.recipe
    if recipe.headerRoom == .added {
      fill(&image, to: recipe.headerSize, with: recipe.erasedValue)
    } else {
      for offset in 0..<recipe.headerSize where payload[offset] != 0 {
        throw .headerRoomNotZero(offset: offset)
      }
    }
    unsafe payload.withUnsafeBufferPointer { unsafe image.append(contentsOf: $0) }
    fill(&image, to: plan.header.hashedPayloadEnd, with: 0)
    var span = image.mutableSpan
    plan.header.encode(into: &span)
  }

  static func appendSignature(
    of image: Span<UInt8>, _ digest: ImageDigest, _ plan: ImagePlan,
    to area: inout TLVAreaBuilder
  ) throws(ImageBuilderError) {
    if plan.recipe.signatureForm == .pure { try area.append(.signaturePure, [1]) }
    guard let key = plan.signingKey, let algorithm = key.kind.signatureAlgorithm else { return }
    switch plan.recipe.publicKeyForm {
    case .hash: try area.append(.keyHash, plan.publicKeyHash)
    case .full: try area.append(.publicKey, plan.publicKey)
    }
    var signature: [UInt8]
    do {
      signature =
        plan.recipe.signatureForm == .pure ? try key.signPure(image) : try key.sign(digest)
    } catch {
      throw .signing(error)
    }
    if plan.recipe.signaturePadding == .zeros {
      let size = algorithm == .ecdsaP256 ? 72 : 103
      signature += repeatElement(0, count: max(0, size - signature.count))
    }
    try area.append(signatureType(algorithm), signature)
  }

  /// Encrypts the payload in place with a new key, and adds the wrapped key.
  static func encrypt(
    _ image: inout [UInt8], _ encryption: ImageEncryption, _ plan: ImagePlan,
    with crypto: inout OpenSSLProvider, to area: inout TLVAreaBuilder
  ) throws(ImageBuilderError) {
    var wrapped: (algorithm: KeyWrapAlgorithm, bytes: [UInt8])
    let contentKey: ContentKey
    do {
      contentKey = try EncryptionKey.randomContentKey(size: encryption.effectiveCipher.keySize)
      wrapped = try encryption.key.wrap(contentKey, hash: encryption.wrapHash)
    } catch {
      throw .encryption(error)
    }
    try area.append(wrapType(wrapped.algorithm), wrapped.bytes)
    guard encryption.storedForm == .ciphertext else { return }
    do {
      try crypto.startCipher(key: contentKey, payloadOffset: 0)
      var span = image.mutableSpan
      var payload = span._mutatingExtracting(
        plan.recipe.headerSize..<plan.header.hashedPayloadEnd)
      try crypto.applyCipher(to: &payload)
    } catch {
      throw .crypto(error)
    }
  }

  /// Fills the slot up to its end and writes the trailer there.
  static func appendTrailer(of recipe: ImageRecipe, to image: inout [UInt8]) {
    guard recipe.trailer != .none, let slot = recipe.slot else { return }
    fill(&image, to: Int(slot.size) - SlotTrailer.magicSize, with: recipe.erasedValue)
    image += SlotTrailer.magic(maximumAlignment: slot.maximumAlignment)
    if recipe.trailer == .confirmed { image[image.count - slot.confirmationDistance] = 1 }
  }

  /// Appends `value` until the image has `size` bytes; in blocks, because a slot may be large.
  private static func fill(_ image: inout [UInt8], to size: Int, with value: UInt8) {
    let block = [UInt8](repeating: value, count: min(65_536, max(0, size - image.count)))
    while size - image.count > block.count { image += block }
    if size > image.count { image += block.prefix(size - image.count) }
  }
}
