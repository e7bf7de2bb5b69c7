public import BootState
public import Bootloader
import FirmwareImage
public import FlashEmulator
public import FlashPartitions
import ImageCompression
public import NORFlash
public import OpenSSLCrypto

/// What an emulated device is: its part, its layout, what it trusts and the rules of its product.
public struct DeviceDescription: Sendable {
  /// The flash part.
  public var part: FlashPart
  /// The partition table.
  public var table: PartitionTable
  /// The public keys the device trusts, in the order of their indexes.
  public var trustedKeys: [PublicKey]
  /// The key for encrypted images.
  public var decryptionKey: DeviceDecryptionKey?
  /// When encrypted payloads are decrypted.
  public var decryption: DecryptionTime
  /// The vendor id that images must carry, or `nil`.
  public var vendorID: [16 of UInt8]?
  /// The class id that images must carry, or `nil`.
  public var classID: [16 of UInt8]?
  /// The rules of the boot decision.
  public var policy: BootPolicy
  /// The RAM that images may be loaded to; `nil` for RAM at 0x20000000 as large as the largest slot.
  public var memory: FlashRange?
  /// The address at which the processor sees the flash.
  public var flashBase: UInt32
  /// The watchdog period, in seconds.
  public var watchdogSeconds: UInt32
  /// The largest window in bytes with which the device decompresses; 0 if it cannot.
  public var decompressionWindow: UInt32

  /// Describes a device with default rules.
  public init(part: FlashPart, table: PartitionTable, trustedKeys: [PublicKey]) {
    self.part = part
    self.table = table
    self.trustedKeys = trustedKeys
    decryption = .atInstall
    policy = BootPolicy()
    flashBase = 0
    watchdogSeconds = 30
    decompressionWindow = StreamDecompressor.defaultLargestWindow
  }

  /// The layout that the table describes.
  ///
  /// - Throws: `DeviceError.layout` if a slot or the metadata partition is missing.
  public func layout() throws(DeviceError) -> BootLayout {
    do throws(BootLayoutError) { return try BootLayout(table) } catch { throw .layout(error) }
  }

  /// The configuration of the boot loader.
  ///
  /// - Throws: `DeviceError.layout`.
  func configuration(
    factoryForm: StoredForm, examination: Examination
  ) throws(DeviceError) -> BootConfiguration {
    let layout = try layout()
    let largest = max(layout.slotA.count, layout.slotB.count, layout.factory?.count ?? 0)
    var policy = policy
    policy.examination = examination
    return BootConfiguration(
      layout: layout, policy: policy, decryption: decryption, factoryForm: factoryForm,
      vendorID: vendorID, classID: classID,
      pureSignatureLimit: UInt32(EmulatedDevice.verificationBuffer().count), flashBase: flashBase,
      memory: memory ?? FlashRange(start: 0x2000_0000, count: largest))
  }
}

/// A decryption key with the bytes it was read from, so that it can be kept with the device.
public struct DeviceDecryptionKey: Sendable {
  /// The key file: PEM, DER, or a raw key encryption key of 16 or 32 bytes.
  public let fileBytes: [UInt8]
  /// The key.
  public let key: DecryptionKey

  /// Reads a key from the bytes of its file.
  ///
  /// - Throws: `KeyError` if they are not a key that can decrypt.
  public init(fileBytes: [UInt8]) throws(KeyError) {
    self.fileBytes = fileBytes
    if fileBytes.count == 16 || fileBytes.count == 32 {
      key = try DecryptionKey(keyEncryptionKey: fileBytes)
    } else if fileBytes.starts(with: "-----".utf8) {
      key = try DecryptionKey(pem: String(decoding: fileBytes, as: UTF8.self))
    } else {
      key = try DecryptionKey(der: fileBytes)
    }
  }
}
