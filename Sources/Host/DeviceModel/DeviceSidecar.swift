import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import FlashPartitions
import NORFlash
import OpenSSLCrypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The JSON file beside the dump of an emulated device: what it is, and all that is not in its flash.
///
/// It may hold a decryption key, so its owner alone can read it.
struct DeviceSidecar: Codable {
  static let currentFormatVersion = 1

  struct Row: Codable {
    var name: String
    var type: UInt8
    var subtype: UInt8
    var offset: UInt32
    var size: UInt32
    var flags: UInt32
  }

  struct Policy: Codable {
    var faultLimit: UInt8
    var startLimit: UInt8
    var confirmedFaultLimit: UInt8
    var lateFallback: UInt8
  }

  struct Running: Codable {
    var slot: UInt8
    var imageTag: String
    var securityCounter: UInt32
    var signingKey: UInt8?
    var logCondition: UInt8?
  }

  struct Memory: Codable {
    var start: UInt32
    var count: UInt32
  }

  var formatVersion: Int
  var table: [Row]
  var trustedKeys: [Data]
  var decryptionKey: Data?
  var decryption: UInt8
  var factoryForm: UInt8
  var vendorID: Data?
  var classID: Data?
  var policy: Policy
  var memory: Memory?
  var flashBase: UInt32
  var watchdogSeconds: UInt32
  var decompressionWindow: UInt32?
  var securityFloor: UInt32
  var securityFloorLimit: UInt32
  var retainedMemory: Data
  var running: Running?
  var pendingResetCause: UInt8?
  var flash: FlashSidecar
}

extension DeviceSidecar {
  init(_ device: borrowing EmulatedDevice) {
    let description = device.description
    formatVersion = Self.currentFormatVersion
    table = description.table.indices.map { index in
      let partition = description.table[index]
      return Row(
        name: "\(partition.label)", type: partition.type.rawValue, subtype: partition.subtype,
        offset: partition.range.start, size: partition.range.count,
        flags: partition.flags.rawValue)
    }
    trustedKeys = description.trustedKeys.map { Data($0.subjectPublicKeyInfo) }
    decryptionKey = description.decryptionKey.map { Data($0.fileBytes) }
    decryption = description.decryption.rawValue
    factoryForm = device.configuration.factoryForm.rawValue
    vendorID = description.vendorID.map { id in Data(id.indices.map { id[$0] }) }
    classID = description.classID.map { id in Data(id.indices.map { id[$0] }) }
    policy = Policy(
      faultLimit: description.policy.faultLimit, startLimit: description.policy.startLimit,
      confirmedFaultLimit: description.policy.confirmedFaultLimit,
      lateFallback: description.policy.lateFallback.rawValue)
    memory = description.memory.map { Memory(start: $0.start, count: $0.count) }
    flashBase = description.flashBase
    watchdogSeconds = description.watchdogSeconds
    decompressionWindow = description.decompressionWindow
    securityFloor = device.platform.floor
    securityFloorLimit = device.platform.floorLimit
    retainedMemory = Data(device.platform.retainedMemory)
    running = device.running.map {
      Running(
        slot: $0.slot.rawValue, imageTag: String($0.imageTag, radix: 16),
        securityCounter: $0.securityCounter, signingKey: $0.signingKey,
        logCondition: $0.logCondition.rawValue)
    }
    pendingResetCause = device.pendingResetCause?.rawValue
    flash = device.flash.sidecar()
  }

  /// What the device is.
  ///
  /// - Throws: `DeviceError.sidecar` with `path`.
  func description(path: String, part: FlashPart) throws(DeviceError) -> DeviceDescription {
    var partitions = PartitionTable()
    do throws(PartitionTableError) {
      for row in table {
        try partitions.append(
          Partition(
            label: PartitionLabel(text: row.name),
            kind: PartitionKind(type: PartitionType(rawValue: row.type), subtype: row.subtype),
            range: FlashRange(start: row.offset, count: row.size),
            flags: PartitionFlags(rawValue: row.flags)))
      }
    } catch {
      throw .sidecar(path: path, reason: "its partition table is damaged: \(error)")
    }
    var result: DeviceDescription
    do throws(KeyError) {
      var keys: [PublicKey] = []
      for key in trustedKeys { keys.append(try PublicKey(der: [UInt8](key))) }
      result = DeviceDescription(part: part, table: partitions, trustedKeys: keys)
      if let decryptionKey {
        result.decryptionKey = try DeviceDecryptionKey(fileBytes: [UInt8](decryptionKey))
      }
    } catch {
      throw .key(error)
    }
    guard let decryption = DecryptionTime(rawValue: decryption),
      let lateFallback = LateFallback(rawValue: policy.lateFallback)
    else { throw .sidecar(path: path, reason: "a rule has an unknown value") }
    result.decryption = decryption
    result.vendorID = try Self.identifier(vendorID, path: path)
    result.classID = try Self.identifier(classID, path: path)
    result.policy = BootPolicy(
      faultLimit: policy.faultLimit, startLimit: policy.startLimit,
      confirmedFaultLimit: policy.confirmedFaultLimit, lateFallback: lateFallback)
    result.memory = memory.map { FlashRange(start: $0.start, count: $0.count) }
    result.flashBase = flashBase
    result.watchdogSeconds = watchdogSeconds
    result.decompressionWindow = decompressionWindow ?? result.decompressionWindow
    return result
  }

  /// The image that runs, as the last process left it.
  func runningImage(path: String) throws(DeviceError) -> RunningImage? {
    guard let running else { return nil }
    guard let slot = BootSlot(rawValue: running.slot),
      let tag = UInt64(running.imageTag, radix: 16),
      let condition = MetadataLogCondition(
        rawValue: running.logCondition ?? MetadataLogCondition.sound.rawValue)
    else { throw .sidecar(path: path, reason: "the running image is damaged") }
    return RunningImage(
      slot: slot, imageTag: tag, securityCounter: running.securityCounter,
      signingKey: running.signingKey, logCondition: condition)
  }

  private static func identifier(
    _ data: Data?, path: String
  ) throws(DeviceError) -> [16 of UInt8]? {
    guard let data else { return nil }
    guard data.count == 16 else {
      throw .sidecar(path: path, reason: "a hardware id has \(data.count) bytes, not 16")
    }
    let bytes = [UInt8](data)
    return .init { bytes[$0] }
  }
}
