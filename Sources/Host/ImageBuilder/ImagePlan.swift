import FirmwareImage
import OpenSSLCrypto

/// A recipe that was checked, with everything that follows from it before a byte is hashed.
struct ImagePlan {
  let recipe: ImageRecipe
  let signingKey: PrivateKey?
  /// The bytes that come in, with the room for the header if it is part of them.
  let payloadSize: Int
  let digest: DigestAlgorithm
  /// The public key in the DER form of image tools; empty without a key.
  let publicKey: [UInt8]
  /// Its hash; without a key 32 zeros, as they stand in the boot record then.
  let publicKeyHash: [UInt8]
  /// The protected entries without those of a digest tree.
  let protectedEntries: TLVAreaBuilder
  let header: ImageHeader

  /// How the payload lies in the image.
  enum Form {
    /// As it came in, and encrypted if the recipe says so.
    case ordinary
    /// As it came in, flagged as encrypted but neither encrypted nor filled up: what a compressed
    /// image becomes when it is unpacked.
    case unpacked
    /// Compressed beforehand.
    case compressed(CompressedEntries)
  }

  init(
    _ recipe: ImageRecipe, payloadSize: Int, signingKey: PrivateKey?, form: Form = .ordinary
  ) throws(ImageBuilderError) {
    try recipe.validate(payloadSize: payloadSize, signingKey: signingKey)
    self.recipe = recipe
    self.signingKey = signingKey
    self.payloadSize = payloadSize
    digest = try Self.digest(for: recipe, signingKey)
    if let signingKey {
      publicKey = signingKey.publicKey.imageToolDER
      publicKeyHash = signingKey.publicKey.hash(digest)
    } else {
      publicKey = []
      publicKeyHash = [UInt8](repeating: 0, count: 32)
    }
    var compression: CompressedEntries?
    if case .compressed(let entries) = form { compression = entries }
    protectedEntries = try recipe.protectedEntries(
      digest: digest, signer: publicKeyHash, compression: compression)
    let treeSize =
      recipe.digestTree == nil ? 0 : Self.sizeOfTreeEntries(digest: digest, key: signingKey)
    header = try Self.header(
      recipe, payloadSize: payloadSize,
      protectedSize: Int(protectedEntries.encodedSize(with: treeSize)), form: form)
  }

  /// The size of an image with a signature of `signatureSize` bytes, up to the end of its TLVs.
  func imageSize(signatureSize: Int?) -> Int {
    var entries = [digest.size]
    if recipe.signatureForm == .pure { entries.append(1) }
    if let signatureSize {
      entries += [recipe.publicKeyForm == .hash ? publicKeyHash.count : publicKey.count]
      entries.append(signatureSize)
    }
    if let encryption = recipe.encryption {
      entries.append(
        encryption.wrapAlgorithm.wrappedSize(ofKeySize: encryption.effectiveCipher.keySize))
    }
    let heads = TLVArea.informationSize + entries.count * TLVArea.entryHeadSize
    return Int(header.hashedEnd) + heads + entries.reduce(0, +)
  }

  /// The memory to reserve: what the image needs at most, or the slot it will fill.
  var capacity: Int {
    let largestUnprotectedArea = 2048
    let size = Int(header.hashedEnd) + largestUnprotectedArea + appendedListSize
    guard recipe.trailer != .none, let slot = recipe.slot else { return size }
    return max(size, Int(slot.size))
  }

  func checkSlot(imageSize: Int) throws(ImageBuilderError) {
    guard imageSize <= UInt32.max else { throw .imageTooLarge(size: UInt64(imageSize)) }
    guard let slot = recipe.slot else { return }
    let trailerSize = slot.trailerSize(
      contentKeySize: recipe.encryption.map { $0.effectiveCipher.keySize })
    guard imageSize + trailerSize <= Int(slot.size) else {
      throw .imageExceedsSlot(
        imageSize: imageSize, trailerSize: trailerSize, slotSize: slot.size)
    }
  }

  private static func digest(
    for recipe: ImageRecipe, _ key: PrivateKey?
  ) throws(ImageBuilderError) -> DigestAlgorithm {
    guard recipe.signatureForm == .digest else {
      guard let wanted = recipe.digest, wanted != .sha512 else { return .sha512 }
      throw .pureNeedsSHA512(wanted)
    }
    guard let key else { return recipe.digest ?? .sha256 }
    let possible = key.kind.digestAlgorithms
    guard let natural = possible.first else { throw .keyCannotSign(key.kind) }
    guard let wanted = recipe.digest else { return natural }
    guard possible.contains(wanted) else { throw .digestDoesNotFit(wanted, key.kind) }
    return wanted
  }

  private static func header(
    _ recipe: ImageRecipe, payloadSize: Int, protectedSize: Int, form: Form
  ) throws(ImageBuilderError) -> ImageHeader {
    var flags: ImageFlags = recipe.isBootable ? [] : .nonBootable
    if case .compressed(let entries) = form { flags.formUnion(entries.flags) }
    var loadAddress: UInt32 = 0
    switch recipe.placement {
    case .anywhere: break
    case .loadedToRAM(let address):
      flags.insert(.loadsToRAM)
      loadAddress = address
    case .fixedInFlash(let address):
      flags.insert(.fixedAddress)
      loadAddress = address
    }
    var end = recipe.headerRoom == .added ? recipe.headerSize + payloadSize : payloadSize
    if let encryption = recipe.encryption {
      flags.insert(encryption.effectiveCipher.flag)
      if case .unpacked = form {} else { end = SlotLayout.alignUp(end, 16) }
    }
    guard end + protectedSize <= UInt32.max else {
      throw .imageTooLarge(size: UInt64(end + protectedSize))
    }
    return ImageHeader(
      loadAddress: loadAddress, headerSize: UInt16(recipe.headerSize),
      protectedSize: UInt16(protectedSize), payloadSize: UInt32(end - recipe.headerSize),
      flags: flags, version: recipe.version)
  }
}

extension ImageHeader {
  /// The offset just behind the payload.
  var hashedPayloadEnd: Int { Int(tlvOffset) }
}
