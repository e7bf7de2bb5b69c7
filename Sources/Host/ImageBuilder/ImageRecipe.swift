public import FirmwareImage

/// Everything that goes into an image besides its payload and the key that signs it.
///
/// ```swift
/// var recipe = ImageRecipe(version: ImageVersion(major: 1, minor: 2, revision: 3))
/// recipe.securityCounter = .fromVersion
/// recipe.slot = SlotLayout(size: 0x40000, writeAlignment: 8)
/// let image = try recipe.build(payload: payload.span, signingKey: key)
/// ```
public struct ImageRecipe: Sendable {
  /// The version in the header.
  public var version: ImageVersion
  /// The distance from the start of the image to the payload, from 32 to 65535 bytes.
  public var headerSize = ImageHeader.encodedSize
  /// Where the bytes of the header come from.
  public var headerRoom = HeaderRoom.added
  /// What erased flash reads as: fills a header longer than 32 bytes, as imgtool does, and the gap
  /// in front of a trailer.
  public var erasedValue: UInt8 = 0xFF
  /// The address the image runs at.
  public var placement = ImagePlacement.anywhere
  /// Whether a loader may start the image.
  public var isBootable = true

  /// The security counter, or `nil` for none.
  public var securityCounter: SecurityCounterSource?
  /// The role of the image in a measured-boot record, at most 12 characters, or `nil` for none.
  public var bootRecordType: String?
  /// The images this one needs.
  public var dependencies: [ImageDependency] = []
  /// Who made the hardware, or `nil` for none.
  public var vendorID: HardwareIdentifier?
  /// The kind of hardware, or `nil` for none.
  public var classID: HardwareIdentifier?
  /// Entries of the vendor's own.
  public var vendorTLVs: [VendorTLV] = []
  /// The digest tree over header and payload as they are delivered, or `nil` for none.
  public var digestTree: DigestTreeRecipe?

  /// The hash, or `nil` for the one that belongs to the signing key: SHA-384 for P-384, SHA-512 for
  /// the pure form, SHA-256 for everything else.
  public var digest: DigestAlgorithm?
  /// What the signature covers.
  public var signatureForm = SignatureForm.digest
  /// Whether an ECDSA signature is filled up with zeros.
  public var signaturePadding = SignaturePadding.none
  /// How the image names the key that signed it.
  public var publicKeyForm = PublicKeyForm.hash
  /// How the payload is compressed, or `nil` for not at all.
  ///
  /// It stays as it is if it would not get smaller by more than the entries about compression cost.
  public var compression: CompressionMethod?
  /// How the payload is encrypted, after it was compressed, or `nil` for not at all.
  public var encryption: ImageEncryption?

  /// The slot the image is for, or `nil` if its size does not matter.
  public var slot: SlotLayout?
  /// The trailer at the end of the slot.
  public var trailer = SlotTrailer.none

  /// Makes the recipe of a plain image with a header of 32 bytes.
  public init(version: ImageVersion) { self.version = version }
}

/// Where the bytes of an image header come from.
public enum HeaderRoom: Equatable, Sendable {
  /// The header is put in front of the payload, its rest filled with the erased value.
  case added
  /// The payload starts with a header's worth of zeros; the first 32 bytes are overwritten.
  case inPayload
}

/// The address an image runs at.
public enum ImagePlacement: Equatable, Sendable {
  /// In the slot it lies in, without a word about its address.
  case anywhere
  /// From RAM, at this address, where the loader puts it.
  case loadedToRAM(UInt32)
  /// From flash, linked for this address.
  case fixedInFlash(UInt32)
}

/// Where the security counter comes from.
public enum SecurityCounterSource: Equatable, Sendable {
  /// A number.
  case value(UInt32)
  /// `major << 24 + minor << 16 + revision`.
  case fromVersion
}

/// Another image that an image needs, with its lowest version.
public struct ImageDependency: Equatable, Sendable {
  /// The number of the other image.
  public var imageID: UInt8
  /// The lowest version that will do.
  public var minimumVersion: ImageVersion

  /// Makes a dependency.
  public init(imageID: UInt8, minimumVersion: ImageVersion) {
    self.imageID = imageID
    self.minimumVersion = minimumVersion
  }
}

/// An entry of the vendor's own in the protected area.
public struct VendorTLV: Equatable, Sendable {
  /// The type; its low byte is 0xA0 to 0xFE.
  public var type: TLVType
  /// The content, at most 65535 bytes.
  public var value: [UInt8]

  /// Makes an entry.
  public init(type: TLVType, value: [UInt8]) {
    self.type = type
    self.value = value
  }
}

/// Whether an ECDSA signature is filled up with zeros, for loaders before MCUboot 1.5.
public enum SignaturePadding: Equatable, Sendable {
  /// As long as its DER form.
  case none
  /// At least 72 bytes (P-256) or 103 bytes (P-384), as imgtool pads.
  case zeros
}

/// How an image names the key that signed it.
public enum PublicKeyForm: Equatable, Sendable {
  /// By the hash of the public key.
  case hash
  /// By the public key in full.
  case full
}
