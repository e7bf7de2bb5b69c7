/// Whether an image must be signed.
public enum SignaturePolicy: UInt8, Equatable, Sendable {
  /// A trusted key that is not revoked must have signed it.
  case trustedKey
  /// Signatures are not looked at; the hash alone says that the image is undamaged.
  case hashOnly
}

/// Whether an image must be one that may boot.
public enum Bootability: UInt8, Equatable, Sendable {
  /// An image with the non-bootable flag is refused.
  case required
  /// The flag does not matter.
  case notRequired
}

/// Whether an image with a compressed payload is accepted.
public enum CompressionPolicy: UInt8, Equatable, Sendable {
  /// It is refused, as everywhere where an image runs.
  case refused
  /// It may be compressed with LZMA2: whoever asks unpacks it. What `CompressedImage` says of it
  /// has to be checked too.
  case accepted
}

/// Whether the dependencies of an image are checked.
public enum DependencyPolicy: UInt8, Equatable, Sendable {
  /// Every image it needs must be available in the version it needs.
  case checked
  /// Dependencies are not looked at, as on devices with a single image.
  case notChecked
}

/// An image that is or will be on the device, as others may depend on it.
public struct AvailableImage: Equatable, Sendable {
  /// The number of the image, as dependencies name it.
  public var id: UInt8
  /// Its version.
  public var version: ImageVersion

  /// Describes an image by number and version.
  public init(id: UInt8, version: ImageVersion) {
    self.id = id
    self.version = version
  }
}

/// The images that dependencies may name: up to four.
public struct AvailableImages: Sendable {
  /// The number of images a device can have.
  public static var capacity: Int { 4 }

  /// The number of images.
  public private(set) var count: Int
  private var images: [4 of AvailableImage]

  /// Makes an empty set.
  public init() {
    count = 0
    let none = AvailableImage(id: 0, version: ImageVersion(major: 0, minor: 0, revision: 0))
    images = [none, none, none, none]
  }

  /// Adds an image, or replaces the version of one with the same number.
  ///
  /// - Throws: `AvailableImagesError.tooManyImages` if four others are there.
  public mutating func insert(_ image: AvailableImage) throws(AvailableImagesError) {
    for index in 0..<count where images.span[index].id == image.id {
      images[index] = image
      return
    }
    guard count < Self.capacity else { throw .tooManyImages(limit: Self.capacity) }
    images[count] = image
    count += 1
  }

  /// The version of the image with this number, or `nil` if it is not there.
  public func version(of id: UInt8) -> ImageVersion? {
    for index in 0..<count where images.span[index].id == id { return images.span[index].version }
    return nil
  }
}

/// Why an image cannot be added to a set of available images.
public enum AvailableImagesError: Error, Equatable, Sendable {
  /// The set already holds `limit` images.
  case tooManyImages(limit: Int)
}

/// What a device asks of an image.
public struct ImageRequirements: Sendable {
  /// Whether the image must be signed.
  public var signature: SignaturePolicy
  /// Revoked keys: bit *i* stands for the trusted key with index *i*.
  public var revokedKeys: UInt32
  /// The lowest security counter; an image without a counter has 0.
  public var minimumSecurityCounter: UInt32
  /// The vendor id the image must have, or `nil` if it does not matter.
  public var vendorID: [16 of UInt8]?
  /// The class id the image must have, or `nil` if it does not matter.
  public var classID: [16 of UInt8]?
  /// Whether the image must be one that may boot.
  public var bootability: Bootability
  /// Whether the payload may be compressed.
  public var compression: CompressionPolicy
  /// The address of the slot, which an image that was linked for a flash address must name; or `nil`
  /// if it does not matter.
  public var slotAddress: UInt32?
  /// The largest size in bytes from the header to the end of the TLV areas.
  public var maximumSize: UInt32
  /// Whether dependencies are checked.
  public var dependencies: DependencyPolicy
  /// The images that dependencies may name.
  public var availableImages: AvailableImages

  /// Makes requirements; without arguments, a bootable image signed by a trusted key.
  public init(
    signature: SignaturePolicy = .trustedKey,
    revokedKeys: UInt32 = 0,
    minimumSecurityCounter: UInt32 = 0,
    vendorID: [16 of UInt8]? = nil,
    classID: [16 of UInt8]? = nil,
    bootability: Bootability = .required,
    compression: CompressionPolicy = .refused,
    slotAddress: UInt32? = nil,
    maximumSize: UInt32 = .max,
    dependencies: DependencyPolicy = .notChecked,
    availableImages: AvailableImages = AvailableImages()
  ) {
    self.signature = signature
    self.revokedKeys = revokedKeys
    self.minimumSecurityCounter = minimumSecurityCounter
    self.vendorID = vendorID
    self.classID = classID
    self.bootability = bootability
    self.compression = compression
    self.slotAddress = slotAddress
    self.maximumSize = maximumSize
    self.dependencies = dependencies
    self.availableImages = availableImages
  }
}
