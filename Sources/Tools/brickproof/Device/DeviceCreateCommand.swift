import ArgumentParser
import BootState
import DeviceModel
import FirmwareImage
import FlashEmulator
import OpenSSLCrypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `brickproof device create`: a new device.
struct DeviceCreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a device as a factory does.",
    discussion: """
      The flash is erased, the factory image is verified and programmed, and an empty boot state \
      is put on record. DUMP.json holds the keys of the device; only its owner can read it.

      Example:
        brickproof device create dev.bin --part W25Q128JV --table partitions.csv \\
          --key pub.pem --decryption-key device.pem --factory factory.img
      """)

  @OptionGroup var device: DeviceFile
  @OptionGroup var options: DeviceCreateOptions

  @Option(help: "The image of last resort, signed by one of the keys.")
  var factory: String

  @Flag(help: "Replace the files of an existing device.")
  var force = false

  func run() throws {
    try reportingFailures {
      let sidecar = EmulatedFlash.sidecarPath(forDump: device.dump)
      for path in [device.dump, sidecar] where !force {
        guard !FileManager.default.fileExists(atPath: path) else {
          throw CommandFailure.usage(
            "\(path): exists already; name another file, or replace it with --force")
        }
      }
      let description = try options.description()
      var image = try ImageInput.open(factory)
      let made: EmulatedDevice
      do throws(DeviceError) {
        made = try EmulatedDevice.manufacture(description, factoryImage: &image)
      } catch {
        if case .key = error { throw CommandFailure.usage("\(error)") }
        throw CommandFailure.bad("\(factory): \(error)")
      }
      try device.save(made)
      print("\(device.dump): a device on \(description.part.name), never booted")
      print("\(sidecar): its state and keys, for its owner only")
    }
  }
}
