import ArgumentParser
import FirmwareImage
import ImageBuilder

/// The device that an image is verified for, as far as the image asks about it.
struct ImageDeviceOptions: ParsableArguments {
  @Option(help: "The security floor of a device: the lowest counter that it accepts.")
  var securityFloor: ByteAddress?

  @Option(help: "The vendor id of a device: a UUID or a name.")
  var vendorId: String?

  @Option(help: "The class id of a device: a UUID or a name.")
  var classId: String?

  @Option(
    name: .customLong("image"),
    help: ArgumentHelp(
      "Another image on a device, for dependencies; repeatable.", valueName: "id:version"))
  var images: [String] = []

  @Option(help: "The address of the slot, for images that are linked for one.")
  var slotAddress: ByteAddress?

  /// Whether any option says what the device is.
  var areGiven: Bool {
    securityFloor != nil || vendorId != nil || classId != nil || !images.isEmpty
      || slotAddress != nil
  }

  /// What the device asks of an image; without options, nothing but what the image itself says.
  ///
  /// - Throws: `CommandFailure` with status 64 that names the option.
  func requirements(signature: SignaturePolicy) throws(CommandFailure) -> ImageRequirements {
    var requirements = ImageRequirements(
      signature: signature, bootability: areGiven ? .required : .notRequired)
    requirements.minimumSecurityCounter = securityFloor?.value ?? 0
    requirements.slotAddress = slotAddress?.value
    let vendor = try ImageCreateOptions.hardwareID("--vendor-id", vendorId)
    requirements.vendorID = vendor?.vendorUUID()
    if let device = try ImageCreateOptions.hardwareID("--class-id", classId) {
      do throws(ImageBuilderError) {
        requirements.classID = try device.classUUID(of: vendor)
      } catch {
        throw .usage("--class-id: \(error)")
      }
    }
    guard !images.isEmpty else { return requirements }
    requirements.dependencies = .checked
    for text in images {
      let image = try ImageCreateOptions.parse("--image", text, ImageCreateOptions.dependency)
      do throws(AvailableImagesError) {
        try requirements.availableImages.insert(
          AvailableImage(id: image.imageID, version: image.minimumVersion))
      } catch {
        throw .usage(
          "--image \(text): a device has at most \(AvailableImages.capacity) other images")
      }
    }
    return requirements
  }
}
