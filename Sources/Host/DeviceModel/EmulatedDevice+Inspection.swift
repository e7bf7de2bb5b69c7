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
  /// How the payload of an image that verifies is stored; `nil` if none does.
  public var storedForm: StoredForm?
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
    var result = SlotInspection(
      slot: slot, range: configuration.layout.range(of: slot),
      record: slot.updateSlot.flatMap { record?[$0] }, content: .absent)
    guard let range = result.range else { return result }
    let wasPowered = flash.isPowered
    flash.restorePower()
    defer { if !wasPowered { flash.cutPowerNow() } }
    do throws(ImageCheckError<FlashError>) {
      let header = try flash.withPartition(
        range, access: .readOnly, mapFailure: { ImageCheckError.storage($0) }
      ) { (view) throws(ImageCheckError<FlashError>) in try ImageVerifier.header(of: &view) }
      result.version = header.version
      let requirements = configuration.requirements(
        for: slot, header: header, securityFloor: platform.floor,
        revokedKeys: record?.revokedKeys ?? 0)
      let found = try verify(
        range, requirements, form: storedForm(of: slot, record: record),
        isEncrypted: header.isEncrypted)
      result.content = .bootable(found.summary)
      result.storedForm = found.form
    } catch {
      result.content = .refused(reason: error.inWords)
    }
    return result
  }

  /// How the payload in a slot is stored, by the boot loader's rule; `nil` if only trying can tell.
  private func storedForm(of slot: BootSlot, record: BootRecord?) -> StoredForm? {
    guard let updateSlot = slot.updateSlot else { return configuration.factoryForm }
    if let record {
      let form = record[updateSlot].storedForm
      if form == .ciphertext || !record.isReconstructed { return form }
    }
    return configuration.decryption == .atInstall ? .plain : nil
  }

  /// Verifies the image in `range`: in its form or, if that is not known, in the one that matches.
  private mutating func verify(
    _ range: FlashRange, _ requirements: ImageRequirements, form: StoredForm?, isEncrypted: Bool
  ) throws(ImageCheckError<FlashError>) -> (summary: ImageSummary, form: StoredForm) {
    do throws(ImageCheckError<FlashError>) {
      let form = form ?? .plain
      return (try verify(range, requirements, as: form), form)
    } catch {
      guard form == nil, isEncrypted, case .refused(.hashMismatch) = error else { throw error }
      return (try verify(range, requirements, as: .ciphertext), .ciphertext)
    }
  }

  private mutating func verify(
    _ range: FlashRange, _ requirements: ImageRequirements, as form: StoredForm
  ) throws(ImageCheckError<FlashError>) -> ImageSummary {
    var buffer = Self.verificationBuffer()
    var span = buffer.mutableSpan
    return try flash.withPartition(
      range, access: .readOnly, mapFailure: { ImageCheckError.storage($0) }
    ) { (view) throws(ImageCheckError<FlashError>) in
      try ImageVerifier.verify(
        &view, crypto: &crypto, requirements: requirements, storedForm: form, buffer: &span)
    }
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
