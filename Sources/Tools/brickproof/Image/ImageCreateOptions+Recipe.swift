import FirmwareImage
import ImageBuilder
import OpenSSLCrypto

extension ImageCreateOptions {
  /// The recipe that the options describe.
  ///
  /// - Throws: `CommandFailure` with status 64 that names the option.
  func recipe() throws(CommandFailure) -> ImageRecipe {
    var recipe = ImageRecipe(version: try Self.parse("--version", version, Self.imageVersion))
    recipe.headerSize = Int(headerSize.value)
    recipe.isBootable = !nonBootable
    recipe.placement = try placement()
    recipe.securityCounter = try securityCounter.map { text throws(CommandFailure) in
      try Self.parse("--security-counter", text, Self.counter)
    }
    recipe.bootRecordType = bootRecord
    for text in dependency {
      recipe.dependencies.append(try Self.parse("--dependency", text, Self.dependency))
    }
    for text in tlv { recipe.vendorTLVs.append(try Self.parse("--tlv", text, Self.vendorTLV)) }
    recipe.vendorID = try Self.hardwareID("--vendor-id", vendorId)
    recipe.classID = try Self.hardwareID("--class-id", classId)
    recipe.digestTree = try digestTreeRecipe()
    recipe.digest = hash?.algorithm
    recipe.signatureForm = pure ? .pure : .digest
    recipe.signaturePadding = padSignature ? .zeros : .none
    recipe.publicKeyForm = embedPublicKey ? .full : .hash
    recipe.compression = try compression()
    recipe.encryption = try encryption()
    if let size = slotSize?.value {
      recipe.slot = SlotLayout(
        size: size, writeAlignment: align, maximumAlignment: maxAlign,
        upgradeMode: overwriteOnly ? .overwriteOnly : .swap)
    }
    recipe.trailer = confirm ? .confirmed : pad ? .pending : .none
    return recipe
  }

  private func placement() throws(CommandFailure) -> ImagePlacement {
    switch (loadAddress, romFixed) {
    case (nil, nil): return .anywhere
    case (let address?, nil): return .loadedToRAM(address.value)
    case (nil, let address?): return .fixedInFlash(address.value)
    default:
      throw .usage(
        "--load-address and --rom-fixed contradict each other: an image runs from RAM or from"
          + " flash; give one of them")
    }
  }

  private func compression() throws(CommandFailure) -> CompressionMethod? {
    if armThumb, compress != .lzma2 {
      throw .usage("--arm-thumb is a filter in front of LZMA2; give --compress lzma2 too")
    }
    if windowBits != nil, compress != .zlib {
      throw .usage("--window-bits is about zlib; give --compress zlib too")
    }
    switch compress {
    case nil: return nil
    case .zlib: return .zlib(windowBits: windowBits ?? CompressionEntry.windowBits.upperBound)
    case .lzma2: return .lzma2(.imageTool, armThumb ? .armThumb : .none)
    }
  }

  private func digestTreeRecipe() throws(CommandFailure) -> DigestTreeRecipe? {
    guard let digestTree else {
      guard leafList == nil else {
        throw .usage("--leaf-list is about digest trees; give --digest-tree too")
      }
      return nil
    }
    guard leafList != nil || !(pad || confirm) else {
      throw .usage(
        "--digest-tree: an image with a trailer fills its slot, and no leaf list can lie behind it;"
          + " give --leaf-list too")
    }
    do throws(ImageBuilderError) {
      return try DigestTreeRecipe(
        leafSize: digestTree.value, leafListPlace: leafList == nil ? .behindImage : .separate)
    } catch { throw .usage("--digest-tree: \(error)") }
  }

  private func encryption() throws(CommandFailure) -> ImageEncryption? {
    guard let encryptTo else {
      for (option, isGiven) in [
        ("--aes", aes != nil), ("--ecies-hash", eciesHash != nil), ("--clear", clear),
      ] where isGiven {
        throw .usage("\(option) is about encrypted images; give --encrypt-to too")
      }
      return nil
    }
    var encryption = ImageEncryption(to: try KeyInput.encryptionKey(encryptTo))
    KeyInput.noteIfPrivate(encryptTo)
    switch aes {
    case nil: break
    case 128: encryption.cipher = .aes128
    case 256: encryption.cipher = .aes256
    case let size?: throw .usage("--aes \(size): there is AES-128 and AES-256; give 128 or 256")
    }
    encryption.wrapHash = eciesHash?.algorithm ?? .sha256
    encryption.storedForm = clear ? .plain : .ciphertext
    return encryption
  }

  /// Reads a vendor or class id.
  ///
  /// - Throws: `CommandFailure` with status 64 that names the option.
  static func hardwareID(
    _ option: String, _ text: String?
  ) throws(CommandFailure) -> HardwareIdentifier? {
    guard let text else { return nil }
    do { return try HardwareIdentifier(text) } catch { throw .usage("\(option): \(error)") }
  }

  /// Reads the text of an option; the reader says what is expected when it returns `nil`.
  static func parse<Value>(
    _ option: String, _ text: String, _ reader: (String) -> (Value?, expected: String)
  ) throws(CommandFailure) -> Value {
    let (value, expected) = reader(text)
    guard let value else { throw .usage("\(option) \(text): expected \(expected)") }
    return value
  }

  private static func imageVersion(_ text: String) -> (ImageVersion?, expected: String) {
    (
      try? ImageVersion(text),
      "MAJOR[.MINOR[.REVISION[+BUILD]]] up to 255.255.65535+4294967295, without leading zeros"
    )
  }

  private static func counter(_ text: String) -> (SecurityCounterSource?, expected: String) {
    let value = text == "auto" ? nil : ByteAddress(argument: text)
    return (
      text == "auto" ? .fromVersion : value.map { .value($0.value) },
      "auto or a number up to 4294967295"
    )
  }

  static func dependency(_ text: String) -> (ImageDependency?, expected: String) {
    let expected = "ID:VERSION with an image number up to 255, such as 1:1.2.0"
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let id = UInt8(parts[0]),
      let version = try? ImageVersion(String(parts[1]))
    else { return (nil, expected) }
    return (ImageDependency(imageID: id, minimumVersion: version), expected)
  }

  private static func vendorTLV(_ text: String) -> (VendorTLV?, expected: String) {
    let expected = "TYPE=HEX with a 16-bit type and whole bytes, such as 0x00a0=c0ffee"
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let number = ByteAddress(argument: String(parts[0]))?.value,
      let type = UInt16(exactly: number), let value = Hexadecimal.bytes(String(parts[1]))
    else { return (nil, expected) }
    return (VendorTLV(type: TLVType(rawValue: type), value: value), expected)
  }
}
