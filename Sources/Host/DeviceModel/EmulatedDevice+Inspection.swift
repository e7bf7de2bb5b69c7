public import BootState
import Bootloader
public import FirmwareImage
import FlashEmulator
public import NORFlash
import OpenSSLCrypto

/// What one boot slot holds, looked at from outside.
public struct SlotInspection: Equatable, Sendable {
  /// What verification says.
  public enum Content: Equatable, Sendable {
    /// The device has no such slot.
    case absent
    /// The image verifies.
    case bootable(ImageSummary)
    /// It does not; the text says why.
    case refused(reason: String)
  }

  /// The slot.
  public var slot: BootSlot
  /// Where it lies; `nil` if the device has no such slot.
  public var range: FlashRange?
  /// What the boot state says of it; `nil` for factory and while the log is lost.
  public var record: SlotRecord?
  /// The version that the header claims, if there is one.
  public var version: ImageVersion?
  /// What verification says.
  public var content: Content
}

/// The metadata log, looked at from outside.
public struct MetadataLogInspection: Equatable, Sendable {
  /// What a mount says.
  public var health: MetadataLogHealth
  /// The boot state; `nil` if none can be trusted.
  public var record: BootRecord?
  /// Every readable record, oldest first.
  public var entries: [MetadataLogEntry]
}

extension EmulatedDevice {
  /// Reads the metadata log without booting; the content of the flash stays as it is.
  ///
  /// - Throws: `DeviceError.bootState` if the partition cannot hold a log or cannot be read.
  public mutating func inspectLog() throws(DeviceError) -> MetadataLogInspection {
    let wasPowered = flash.isPowered
    flash.restorePower()
    // A mount makes an uncertain record certain; that is for the device to do, not for an onlooker.
    let checkpoint = flash.checkpoint()
    defer {
      flash.rollback(to: checkpoint)
      flash.discardCheckpoints()
      if !wasPowered { flash.cutPowerNow() }
    }
    let layout = configuration.layout
    do throws(MetadataLogError<FlashError>) {
      return try flash.withPartition(
        layout.metadata, mapFailure: { MetadataLogError.flash($0) }
      ) { (view) throws(MetadataLogError<FlashError>) in
        var entries: [MetadataLogEntry] = []
        let log = try MetadataLog.mount(on: &view, tableDigest: layout.tableDigest)
        try log.forEachEntry(on: &view) { entries.append($0) }
        return MetadataLogInspection(health: log.health, record: log.record, entries: entries)
      }
    } catch {
      throw .bootState(.log(error))
    }
  }

  /// Verifies what a boot slot holds, under the requirements of a boot, without booting.
  public mutating func inspect(_ slot: BootSlot, record: BootRecord?) -> SlotInspection {
    let slotRecord = slot.updateSlot.flatMap { record?[$0] }
    var result = SlotInspection(
      slot: slot, range: configuration.layout.range(of: slot), record: slotRecord,
      content: .absent)
    guard let range = result.range else { return result }
    let (floor, revokedKeys) = (platform.floor, record?.revokedKeys ?? 0)
    let form = slotRecord?.storedForm ?? (slot == .factory ? configuration.factoryForm : .plain)
    let wasPowered = flash.isPowered
    flash.restorePower()
    defer { if !wasPowered { flash.cutPowerNow() } }
    do throws(ImageCheckError<FlashError>) {
      var buffer = Self.verificationBuffer()
      var span = buffer.mutableSpan
      let found = try flash.withPartition(
        range, access: .readOnly, mapFailure: { ImageCheckError.storage($0) }
      ) { (view) throws(ImageCheckError<FlashError>) in
        let header = try ImageVerifier.header(of: &view)
        result.version = header.version
        let requirements = configuration.requirements(
          for: slot, header: header, securityFloor: floor, revokedKeys: revokedKeys)
        return try ImageVerifier.verify(
          &view, crypto: &crypto, requirements: requirements, storedForm: form, buffer: &span)
      }
      result.content = .bootable(found)
    } catch {
      result.content = .refused(reason: error.inWords)
    }
    return result
  }
}

extension ImageCheckError<FlashError> {
  fileprivate var inWords: String {
    switch self {
    case .storage(let failure): failure.inWords
    case .refused(let refusal): refusal.description
    case .crypto(let failure): failure.inWords
    case .sink: "the payload could not be kept"
    }
  }
}
