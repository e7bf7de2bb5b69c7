import BootState
import Bootloader
import FirmwareImage
import FlashEmulator

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension EmulatedDevice {
  /// Writes the flash as a raw dump, and everything else into a sidecar beside it.
  ///
  /// Each file appears complete or not at all; the dump is replaced first.
  ///
  /// - Throws: `DeviceError.file`.
  public func save(to path: String) throws(DeviceError) {
    let sidecarPath = EmulatedFlash.sidecarPath(forDump: path)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(DeviceSidecar(self)) else {
      throw .file(
        .cannotWrite(path: sidecarPath, reason: "the state of the device has no JSON form"))
    }
    do throws(FlashDumpError) {
      try flash.saveContents(to: path)
      try FlashFile.writeAtomically([UInt8](data), to: sidecarPath, mode: 0o600)
    } catch {
      throw .file(error)
    }
  }

  /// Reads a device from its dump and sidecar.
  ///
  /// - Throws: `DeviceError.file`, `.sidecar`, `.key` or `.layout`.
  public static func load(from path: String) throws(DeviceError) -> EmulatedDevice {
    let sidecarPath = EmulatedFlash.sidecarPath(forDump: path)
    let sidecar: DeviceSidecar
    let flash: EmulatedFlash
    do throws(FlashDumpError) {
      let bytes = try FlashFile.contents(of: sidecarPath)
      guard let decoded = try? JSONDecoder().decode(DeviceSidecar.self, from: Data(bytes)) else {
        throw .file(path: sidecarPath, .invalidSidecar(reason: "it does not describe a device"))
      }
      sidecar = decoded
      flash = try EmulatedFlash.load(contentsOf: path, sidecar: sidecar.flash)
    } catch {
      throw .file(error)
    }
    guard sidecar.formatVersion == DeviceSidecar.currentFormatVersion else {
      throw .sidecar(
        path: sidecarPath,
        reason: "it has format version \(sidecar.formatVersion); this program reads "
          + "\(DeviceSidecar.currentFormatVersion)")
    }
    guard let form = StoredForm(rawValue: sidecar.factoryForm) else {
      throw .sidecar(path: sidecarPath, reason: "factoryForm has an unknown value")
    }
    let description = try sidecar.description(path: sidecarPath, part: flash.part)
    let running = try sidecar.runningImage(path: sidecarPath)
    let configuration = try description.configuration(
      factoryForm: form, examination: .untilBootable)
    var platform = EmulatedPlatform(
      memoryRange: configuration.memory, floor: sidecar.securityFloor,
      floorLimit: sidecar.securityFloorLimit)
    platform.retainedMemory = [UInt8](sidecar.retainedMemory)
    var device = try EmulatedDevice(
      description: description, configuration: configuration, flash: flash, platform: platform)
    device.running = running
    device.pendingResetCause = sidecar.pendingResetCause.flatMap(ResetCause.init(rawValue:))
    return device
  }
}
