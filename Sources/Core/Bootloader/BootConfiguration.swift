public import BootState
public import FirmwareImage
public import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// When an encrypted payload is decrypted.
public enum DecryptionTime: UInt8, Equatable, Sendable {
  /// While it is installed: the slot holds plaintext, which can be executed in place.
  case atInstall = 0
  /// While it is loaded into RAM: the slot holds ciphertext.
  case atBoot = 1
}

/// What a device is and how it boots: fixed when it is built.
public struct BootConfiguration: Sendable {
  /// Where everything lies.
  public var layout: BootLayout
  /// The rules of the boot decision.
  public var policy: BootPolicy
  /// When encrypted payloads are decrypted.
  public var decryption: DecryptionTime
  /// How the payload of the factory image is stored.
  public var factoryForm: StoredForm
  /// The vendor id an image must carry, or `nil` if it does not matter.
  public var vendorID: [16 of UInt8]?
  /// The class id an image must carry, or `nil` if it does not matter.
  public var classID: [16 of UInt8]?
  /// The other images of the device, which an image may depend on; the number 0 is the image itself.
  public var otherImages: AvailableImages
  /// The largest image, up to the end of its protected area, whose pure signature can be checked.
  ///
  /// The size of the buffer the device verifies with. 0 refuses pure signatures before anything is
  /// erased; otherwise they are checked when the slot is complete, for they cover the whole image.
  public var pureSignatureLimit: UInt32
  /// The address at which the processor sees the first byte of the flash.
  public var flashBase: UInt32
  /// The RAM that images may be loaded to, or `nil` if they execute in place only.
  public var memory: FlashRange?

  /// Makes a configuration of a device that executes in place and checks no hardware ids.
  public init(
    layout: BootLayout, policy: BootPolicy = BootPolicy(), decryption: DecryptionTime = .atInstall,
    factoryForm: StoredForm = .plain, vendorID: [16 of UInt8]? = nil,
    classID: [16 of UInt8]? = nil, otherImages: AvailableImages = AvailableImages(),
    pureSignatureLimit: UInt32 = 0, flashBase: UInt32 = 0, memory: FlashRange? = nil
  ) {
    self.layout = layout
    self.policy = policy
    self.decryption = decryption
    self.factoryForm = factoryForm
    self.vendorID = vendorID
    self.classID = classID
    self.otherImages = otherImages
    self.pureSignatureLimit = pureSignatureLimit
    self.flashBase = flashBase
    self.memory = memory
  }

  /// Whether a program with these features can do what the configuration asks for.
  func isPossible<Features: BootFeatures>(with features: Features.Type) -> Bool {
    let loads = memory != nil || decryption == .atBoot || factoryForm == .ciphertext
    return (Features.loadedImages || !loads)
      && (Features.hardwareIDs || vendorID == nil && classID == nil)
      && (Features.dependencies || otherImages.count == 0)
      && (Features.pureSignatures || pureSignatureLimit == 0)
  }

  /// What an image with this header must meet to boot from `slot`.
  ///
  /// Factory is exempt from the floor and from revocation: otherwise a raised floor would take away
  /// the last image that can boot.
  @inline(never)
  public func requirements(
    for slot: BootSlot, header: ImageHeader, securityFloor: UInt32, revokedKeys: UInt32
  ) -> ImageRequirements {
    var requirements = requirementsOfEverySlot()
    if let range = layout.range(of: slot) {
      requirements.adapt(
        to: slot, range: range, flashBase: flashBase, securityFloor: securityFloor,
        revokedKeys: revokedKeys)
    } else {
      requirements.maximumSize = 0
    }
    requirements.provide(header.version)
    return requirements
  }

  /// What an image must meet in whatever slot it lies.
  func requirementsOfEverySlot() -> ImageRequirements {
    ImageRequirements(
      vendorID: vendorID, classID: classID, dependencies: .checked, availableImages: otherImages)
  }

  /// Where an image is loaded: where it says, or else to the start of the memory for images.
  ///
  /// - Returns: The address, or `nil` if the device loads no images, this one does not fit, or it is
  ///   linked for an address in the flash.
  public func loadAddress(of header: ImageHeader) -> UInt32? {
    guard let memory, header.flags.isDisjoint(with: .fixedAddress) else { return nil }
    let address = header.flags.contains(.loadsToRAM) ? header.loadAddress : memory.start
    guard address >= memory.start, UInt64(address) + header.tlvOffset <= memory.end else {
      return nil
    }
    return address
  }
}

extension ImageRequirements {
  /// Asks for what an image of this version in this slot must meet beside what every slot asks for.
  mutating func adapt(
    to slot: BootSlot, range: FlashRange, flashBase: UInt32, securityFloor: UInt32,
    revokedKeys: UInt32
  ) {
    self.revokedKeys = slot == .factory ? 0 : revokedKeys
    minimumSecurityCounter = slot == .factory ? 0 : securityFloor
    slotAddress = flashBase &+ range.start
    maximumSize = range.count
  }

  /// Lets an image depend on itself.
  mutating func provide(_ version: ImageVersion) {
    do throws(AvailableImagesError) {
      try availableImages.insert(AvailableImage(id: 0, version: version))
    } catch {
      // Four other images leave no room: then a dependency on itself is one that is not met.
    }
  }
}
