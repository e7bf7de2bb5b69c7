internal import BootState
internal import Bootloader
internal import DeviceModel
internal import FirmwareImage
internal import FlashEmulator
internal import NORFlash
internal import PowerLoss

extension Storyteller {
  /// What holds at every jump, whatever happened before.
  func check(
    _ slot: BootSlot, _ version: Int, _ handover: BootHandover, _ device: inout EmulatedDevice
  ) throws(InvariantViolation) {
    guard let expected = known[version] else {
      throw InvariantViolation("known image", "version \(version) was started: nobody signed it")
    }
    if slot != .factory, let image = handover.image {
      let floor = device.platform.floor
      guard image.securityCounter >= floor else {
        throw InvariantViolation(
          "security floor",
          "version \(version) with counter \(image.securityCounter) was started below \(floor)")
      }
    }
    // Independent of every check the boot loader makes: the bytes that run are those that were
    // signed, one by one.
    guard description.decryption == .atInstall else { return }
    guard let range = layout.range(of: slot) else { return }
    var bytes = [UInt8](repeating: 0, count: expected.count)
    var span = bytes.mutableSpan
    do throws(FlashError) {
      try device.flash.read(at: range.start, into: &span)
    } catch {
      throw InvariantViolation("verified jump", "\(slot.name) was started and cannot be read")
    }
    guard bytes == expected else {
      let place = zip(bytes, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
      throw InvariantViolation(
        "verified jump",
        "\(slot.name) was started as version \(version) and differs from it at offset \(place)")
    }
  }

  /// What an onlooker sees at a start, and may not see.
  func observe(
    _ version: Int, _ handover: BootHandover, _ memory: DeviceMemory
  ) throws(InvariantViolation) {
    var onlooker = Onlooker(memory.observed)
    if let confirmed = onlooker.confirmed, story.decay == nil {
      let newest = story.updates[confirmed].version
      guard version >= newest else {
        throw InvariantViolation(
          "confirmed stays",
          "version \(newest) was confirmed, and version \(version) was started later")
      }
    }
    if let index = story.updates.firstIndex(where: { $0.version == version }) {
      if handover.state == .trial {
        try onlooker.seeTrial(of: index, version, handover.resetCause)
      } else {
        onlooker.seeConfirmation(of: index)
      }
    }
    memory.observed = onlooker.bytes
  }
}
