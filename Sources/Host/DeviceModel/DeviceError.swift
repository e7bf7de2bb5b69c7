public import BootState
public import Bootloader
public import FirmwareImage
public import FlashEmulator
public import NORFlash
public import OpenSSLCrypto
public import SlotInstaller

/// Why an emulated device does not do what it is asked.
public enum DeviceError: Error, Equatable {
  /// The partition table does not describe a device that can boot.
  case layout(BootLayoutError)
  /// The table does not fit the part; the text says where.
  case table(String)
  /// A key cannot be used.
  case key(KeyError)
  /// The device does not run an image: boot it first.
  case notRunning
  /// The power failed.
  case powerLost
  /// The flash failed.
  case flash(FlashError)
  /// The image cannot be read; the text says why.
  case imageUnreadable(String)
  /// The image is refused.
  case imageRefused(ImageRefusal)
  /// The image needs a key or an algorithm the device does not have.
  case crypto(CryptoError)
  /// The image does not fit the slot it is for.
  case imageTooLarge(size: UInt32, slot: UInt32)
  /// The installer refuses the update.
  case install(InstallError<FlashError>)
  /// The boot state does not allow it, or cannot be written.
  case bootState(BootStateError<FlashError>)
  /// The files of the device cannot be read or written.
  case file(FlashDumpError)
  /// The sidecar does not describe a device; the text says why.
  case sidecar(path: String, reason: String)
}
