import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import FlashPartitions
import NORFlash
import OpenSSLCrypto
import SlotInstaller

extension DeviceError: CustomStringConvertible {
  /// The refusal in one line: what, where, and what to do.
  public var description: String {
    switch self {
    case .layout(.missing(let role)):
      "the partition table has no \(role.phrase); add a partition of \(role.recipe)"
    case .table(let reason): "the partition table does not fit the flash: \(reason)"
    case .key(let error): error.description
    case .notRunning: "no image runs on the device; boot it first"
    case .powerLost:
      "the power failed on the way; boot the device again, and repeat what was interrupted"
    case .flash(let error): error.inWords
    case .imageUnreadable(let reason): "the image cannot be read: \(reason)"
    case .imageRefused(let refusal): "the image is refused: \(refusal)"
    case .crypto(let error): error.inWords
    case .imageTooLarge(let size, let slot):
      "the image has \(size) bytes, but its slot only \(slot); use a larger slot or a smaller image"
    case .install(let error): error.inWords
    case .bootState(let error): error.inWords
    case .file(let error): error.description
    case .sidecar(let path, let reason):
      "'\(path)' does not describe a device: \(reason); create the device again"
    }
  }

  /// A stable identifier, for machine-readable output.
  public var name: String {
    switch self {
    case .layout: "layout"
    case .table: "table"
    case .key: "key"
    case .notRunning: "not-running"
    case .powerLost, .flash(.powerLost): "power-lost"
    case .flash: "flash"
    case .imageUnreadable: "image-unreadable"
    case .imageRefused(let refusal): "\(refusal.name)"
    case .crypto(let error): error.identifier
    case .imageTooLarge: "too-large"
    case .install(let error): error.identifier
    case .bootState(let error): error.identifier
    case .file: "file"
    case .sidecar: "sidecar"
    }
  }
}

extension InstallError<FlashError> {
  fileprivate var identifier: String {
    switch self {
    case .refused(let refusal): "\(refusal.name)"
    case .crypto(let error): error.identifier
    case .bootState(let error): error.identifier
    case .floorExhausted: "floor-exhausted"
    case .memoryTooSmall: "memory-too-small"
    case .unsuitableSlot: "unsuitable-slot"
    case .flash: "flash"
    case .tooManyBytes: "too-many-bytes"
    case .incomplete: "incomplete"
    case .otherImage: "other-image"
    case .prologueNeeded: "prologue-needed"
    }
  }

  fileprivate var inWords: String {
    switch self {
    case .refused(let refusal): "the image is refused: \(refusal)"
    case .crypto(let error): error.inWords
    case .bootState(let error): error.inWords
    case .floorExhausted(let counter):
      "the image is refused: the security floor of the device cannot be raised to its counter "
        + "\(counter); use an image with a lower one"
    case .memoryTooSmall(let needed):
      "the image is refused: it runs from RAM and needs \(needed) bytes at its load address, which "
        + "the memory of the device does not have there"
    case .unsuitableSlot(let slot):
      "\(slot.name) cannot be written: it is missing, or the program unit of the flash exceeds "
        + "\(SlotInstaller.pageSize) bytes"
    case .flash(let error): error.inWords
    case .tooManyBytes(let size):
      "more bytes arrive than the \(size) of the image; the file has changed, install it again"
    case .incomplete(let written, let size):
      "only \(written) of \(size) bytes arrived; install the image again to go on"
    case .otherImage(let expected, let found):
      "the slot holds image \(found.asImageTag), not \(expected.asImageTag) as announced; "
        + "install it again"
    case .prologueNeeded:
      "the image is encrypted and came without its header and TLV areas first; send those first"
    }
  }
}

extension BootStateError<FlashError> {
  fileprivate var identifier: String {
    switch self {
    case .transition(let error): "\(error.name)"
    case .log(.unsuitablePartition): "log-unsuitable"
    case .log(.notWritable): "log-not-writable"
    case .log(.flash): "flash"
    case .securityCounter: "security-counter-store"
    }
  }

  fileprivate var inWords: String {
    switch self {
    case .transition(let error): error.inWords
    case .log(let error): error.inWords
    case .securityCounter(.unreadable):
      "the security floor cannot be read; without it nothing is confirmed or installed"
    case .securityCounter(.exhausted(let value)):
      "the image is confirmed, but the security floor cannot be raised to \(value): its store is "
        + "used up"
    case .securityCounter(.writeFailed(let value)):
      "the image is confirmed, but the security floor was not raised to \(value); the next boot "
        + "tries again"
    }
  }
}

extension MetadataLogError<FlashError> {
  fileprivate var inWords: String {
    switch self {
    case .unsuitablePartition(.mixedRegions):
      "the metadata partition has erase blocks of different kinds; place it on equal ones"
    case .unsuitablePartition(.programUnit(let unit, let largest)):
      "the metadata partition is programmed in units of \(unit) bytes, but a log needs a power of "
        + "two up to \(largest); use another part"
    case .unsuitablePartition(.tooSmall(let size, let sector)):
      "the metadata partition of \(size) bytes is too small; give it two sectors of \(sector) bytes"
    case .unsuitablePartition(.needsTwoCopies(let sectors)):
      "the metadata partition has \(sectors) sectors, on which the log is held twice, but this program "
        + "holds it once; give it two or three"
    case .notWritable(let address):
      "the metadata log takes no record, last tried at \(hexadecimal(address)); the state on record "
        + "still counts"
    case .flash(let error): "the metadata log: \(error.inWords)"
    }
  }
}

extension TransitionError {
  fileprivate var inWords: String {
    switch self {
    case .logLost:
      "the metadata log is lost; confirm the running image, or boot factory, to begin a new one"
    case .logUnreadable:
      "the metadata log cannot be read now, but the boot loader found a state in it; boot the device "
        + "again"
    case .slotIsRunning(let slot):
      "the device runs from \(slot.name), which cannot be overwritten; use \(slot.other.name)"
    case .lastBootableSlot(let slot):
      "\(slot.name) holds the last image that can boot and there is no factory image; it stays"
    case .trialInProgress(let slot):
      "the update in \(slot.name) is on trial; confirm or reject it first"
    case .updatePending(let slot):
      "an update waits in \(slot.name) for its first start; boot it first"
    case .runningImageNotConfirmed(let slot):
      "the running image in \(slot.name) never confirmed itself; confirm it first"
    case .notWriting(let slot):
      "no update is being written to \(slot.name); begin it again"
    case .otherImage(let expected, let found):
      "the image \(found.asImageTag) is not \(expected.asImageTag), which is on record; "
        + "boot the device again"
    case .slotNotConfirmed(let slot):
      "\(slot.name) holds no confirmed image; install an update, boot it and confirm it first"
    case .noTrial(let slot):
      "the image in \(slot.name) is not on trial; only a trial can be rejected"
    case .factoryIsRunning:
      "the device runs from factory, which cannot be rejected; install an update instead"
    case .lastKeyOfRunningImage(let index):
      "key \(index) signed the running image, and the device has no factory image to fall back to; "
        + "install an image signed with another key first"
    case .everyKeyRevoked:
      "this would revoke every trusted key, and no update could ever be installed again; keep one"
    }
  }
}

extension CryptoError {
  fileprivate var identifier: String {
    switch self {
    case .digestUnavailable: "digest-unavailable"
    case .signatureUnavailable: "signature-unavailable"
    case .keyWrapUnavailable: "key-wrap-unavailable"
    case .noDecryptionKey: "no-decryption-key"
    case .keyUnwrapFailed: "key-unwrap-failed"
    case .engineFailed: "engine-failed"
    }
  }

  /// The error of a crypto provider in one line.
  var inWords: String {
    switch self {
    case .digestUnavailable(let algorithm):
      "the image has a hash of \(algorithm.size * 8) bits, which the device does not compute"
    case .signatureUnavailable:
      "the image is signed with an algorithm that the device does not have"
    case .keyWrapUnavailable:
      "the image is encrypted in a way that the device does not support"
    case .noDecryptionKey(let algorithm):
      "the image is encrypted to \(algorithm.keyPhrase), and the device has no such key; encrypt it "
        + "to the key of this device"
    case .keyUnwrapFailed:
      "the image is encrypted to another key, or damaged; encrypt it to the key of this device"
    case .engineFailed(let code):
      "libcrypto failed with code \(code); nothing is known about the image, try again"
    }
  }
}

extension KeyWrapAlgorithm {
  fileprivate var keyPhrase: String {
    switch self {
    case .rsaOAEP: "an RSA-2048 key"
    case .aesKeyWrap: "an AES key"
    case .eciesP256: "a P-256 key"
    case .eciesX25519, .eciesX25519SHA512: "an X25519 key"
    }
  }
}

extension FlashError {
  /// The error of a flash in one line.
  var inWords: String {
    switch self {
    case .outOfBounds(let address, let count):
      "\(count) bytes at \(hexadecimal(address)) do not lie inside the flash or the partition"
    case .misaligned(let address, let count, let unit):
      "\(count) bytes at \(hexadecimal(address)) are no whole units of \(unit) bytes"
    case .notErased(let address):
      "the flash at \(hexadecimal(address)) was programmed already; erase it first"
    case .wouldRestoreErasedBit(let address):
      "the flash at \(hexadecimal(address)) needs an erase before it takes other bytes"
    case .rewriteLimit(let address, let limit):
      "the flash at \(hexadecimal(address)) was programmed \(limit) times already; erase it first"
    case .readOnly(let address): "the flash at \(hexadecimal(address)) is read-only"
    case .unreadable(let address):
      "the flash at \(hexadecimal(address)) has an uncorrectable error; erase it and write it again"
    case .programFailed(let address): "programming the flash at \(hexadecimal(address)) failed"
    case .eraseFailed(let address): "erasing the flash at \(hexadecimal(address)) failed"
    case .timedOut(let address): "the flash at \(hexadecimal(address)) did not finish in time"
    case .powerLost: "the flash has no power"
    }
  }
}

extension PartitionRole {
  fileprivate var phrase: String {
    switch self {
    case .factory: "factory image"
    case .slotA: "slot A"
    case .slotB: "slot B"
    case .metadata: "metadata log"
    }
  }

  fileprivate var recipe: String {
    switch self {
    case .factory: "type app, subtype factory"
    case .slotA: "type app, subtype ota_0"
    case .slotB: "type app, subtype ota_1"
    case .metadata: "type data, subtype 0x40"
    }
  }
}

extension UpdateSlot {
  /// The published name.
  var name: StaticString { BootSlot(self).name }
}

/// A number with `0x` in front.
func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }

extension UInt64 {
  /// The tag of an image as people compare it: the first bytes of its hash in the order of the hash.
  var asImageTag: String {
    (0..<8).map { index in
      let byte = UInt8(truncatingIfNeeded: self >> UInt64(index * 8))
      return (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}
