import BootState
import Bootloader
import DeviceModel
import FirmwareImage
import FlashEmulator
import NORFlash
import OpenSSLCrypto

/// An application that wants version 3 on a device that has version 2, and is later offered a bad
/// version 4: what a device does up to a cut of its power, and again after it.
struct UpdateAgent {
  /// What was seen of the device so far; it must never be taken back.
  struct Progress: Equatable {
    var goodIsConfirmed = false
    var badIsRejected = false
    var startsOfBad = 0
  }

  /// What must not happen.
  enum Violation: Error, Equatable {
    case nothingBoots(Progress)
    case wrongVersion(UInt8, Progress)
    case tooManyStarts(Progress)
    case refused(DeviceError, Progress)
    case neverSettles(Progress)
  }

  /// How a life ended.
  enum Ending: Equatable {
    case settled
    case powerLost
  }

  let good: MemoryStorage
  let bad: MemoryStorage
  let badTag: UInt64
  let startLimit: Int

  /// Boots and acts until the good update is confirmed and the bad one rejected.
  func live(
    on device: inout EmulatedDevice, _ progress: inout Progress
  ) throws(Violation) -> Ending {
    for _ in 0..<40 {
      let handover: BootHandover
      do throws(DeviceError) {
        handover = try device.boot()
      } catch {
        if error == .powerLost { return .powerLost }
        throw .refused(error, progress)
      }
      try check(handover, &progress)
      do throws(DeviceError) {
        if try act(on: &device, handover, &progress) { return .settled }
      } catch {
        if error == .powerLost { return .powerLost }
        throw .refused(error, progress)
      }
    }
    throw .neverSettles(progress)
  }

  /// Old or new, never a third; what was confirmed stays, what was rejected does not come back.
  private func check(_ handover: BootHandover, _ progress: inout Progress) throws(Violation) {
    guard let version = handover.image?.version.major else { throw .nothingBoots(progress) }
    if version == 4 { progress.startsOfBad += 1 }
    let allowed: ClosedRange<UInt8> =
      if progress.badIsRejected {
        3...3
      } else if progress.goodIsConfirmed {
        3...4
      } else {
        2...3
      }
    guard allowed.contains(version) else { throw .wrongVersion(version, progress) }
    guard progress.startsOfBad <= startLimit else { throw .tooManyStarts(progress) }
  }

  /// One life of the application.
  ///
  /// - Returns: Whether nothing is left to do.
  private func act(
    on device: inout EmulatedDevice, _ handover: BootHandover, _ progress: inout Progress
  ) throws(DeviceError) -> Bool {
    switch (handover.image?.version.major, handover.state) {
    case (2?, _):
      var image = good
      _ = try device.install(&image)
      device.resetAsPlanned()
    case (3?, .trial?):
      try device.confirm()
      progress.goodIsConfirmed = true
    case (3?, _):
      progress.goodIsConfirmed = true
      if try rejectedBad(on: &device) {
        progress.badIsRejected = true
        return true
      }
      var image = bad
      _ = try device.install(&image)
      device.resetAsPlanned()
    default:
      _ = try device.live(.hangs)
    }
    return false
  }

  private func rejectedBad(on device: inout EmulatedDevice) throws(DeviceError) -> Bool {
    guard let record = try device.bootRecord() else { return false }
    return [record.slotA, record.slotB].contains {
      $0.state == .rejected && $0.imageTag == badTag
    }
  }
}
