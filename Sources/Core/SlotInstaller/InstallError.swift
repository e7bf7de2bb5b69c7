public import BootState
public import FirmwareImage
public import NORFlash

/// Why an update is not installed.
///
/// Until `SlotInstaller.begin` has returned, no block of the slot has been erased; after a failure of
/// the metadata log or a cut, the slot may be on record as being written.
public enum InstallError<Failure: FlashFailure>: Error {
  /// The image is refused.
  case refused(ImageRefusal)
  /// The image cannot be checked or decrypted with what the device has.
  case crypto(CryptoError)
  /// The boot state does not allow it now, or cannot be written.
  case bootState(BootStateError<Failure>)
  /// The security floor of the device could not follow the image's counter.
  case floorExhausted(counter: UInt32)
  /// The image runs from RAM, and does not fit there.
  case memoryTooSmall(needed: UInt64)
  /// The device has no such slot, it is not made of whole erase blocks, or its program unit is
  /// larger than the installer's buffer.
  case unsuitableSlot(UpdateSlot)
  /// The flash failed.
  case flash(Failure)
  /// More bytes arrive than the image has.
  case tooManyBytes(imageSize: UInt32)
  /// The image is not complete: `written` of `imageSize` bytes arrived.
  case incomplete(written: UInt32, imageSize: UInt32)
  /// What was read back is another image than the one that was announced.
  case otherImage(expected: UInt64, found: UInt64)
  /// An encrypted image can be decrypted on the way only if its key is known beforehand.
  case prologueNeeded
}

extension InstallError: Equatable where Failure: Equatable {}

extension InstallError {
  /// Classifies the end of an image check.
  init(_ error: ImageCheckError<Failure>) {
    switch error {
    case .storage(let failure): self = .flash(failure)
    case .refused(let refusal): self = .refused(refusal)
    case .crypto(let failure): self = .crypto(failure)
    case .sink(.outOfSpace(let offset)): self = .memoryTooSmall(needed: UInt64(offset))
    case .sink(.failed(let code)): self = .crypto(.engineFailed(code: code))
    }
  }
}
