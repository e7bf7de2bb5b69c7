public import BootState
public import Bootloader
public import FirmwareImage
import FlashEmulator
public import NORFlash
public import OpenSSLCrypto

/// A device on a bench: flash, crypto, hardware and configuration, without anything around them.
public struct BootBench: ~Copyable {
  /// The flash.
  public var flash: BenchFlash
  /// The keys.
  public var crypto: OpenSSLProvider
  /// The hardware around the flash.
  public var platform: BenchPlatform
  /// What the device is.
  public var configuration: BootConfiguration

  /// Makes a device with erased flash: factory, slot A, slot B and metadata from its first block on.
  public init(
    _ part: BenchPart = .serial, factory: FactoryPresence = .present,
    trustedKeys: [PublicKey] = [ImageFixture.key.publicKey],
    decryptionKey: DecryptionKey? = nil,
    memory: FlashRange? = FlashRange(start: 0x2000_0000, count: 0x4000),
    _ change: (inout BootConfiguration) -> Void = { _ in }
  ) throws {
    let model = try FlashPart.named(part.name)
    var block: UInt32 = 0
    func take(_ count: UInt32) -> FlashRange {
      guard let first = model.geometry.eraseBlock(at: block),
        let last = model.geometry.eraseBlock(at: block + count - 1)
      else { fatalError("\(part.name) is too small") }
      block += count
      return FlashRange(start: first.start, count: UInt32(last.end) - first.start)
    }
    let factoryRange = take(part.slotBlocks)
    let layout = BootLayout(
      factory: factory == .present ? factoryRange : nil, slotA: take(part.slotBlocks),
      slotB: take(part.slotBlocks), metadata: take(part.metadataBlocks), tableDigest: 0x5EED)
    var settings = BootConfiguration(layout: layout, flashBase: 0x0800_0000, memory: memory)
    change(&settings)
    let provider = try OpenSSLProvider(trustedKeys: trustedKeys, decryptionKey: decryptionKey)
    configuration = settings
    flash = BenchFlash(EmulatedFlash(part: model))
    crypto = provider
    platform = BenchPlatform(memoryRange: memory)
  }

  /// The bytes of a slot of this device.
  public func range(of slot: BootSlot) -> FlashRange {
    guard let range = configuration.layout.range(of: slot) else { fatalError("no such slot") }
    return range
  }

  /// Puts an image into a slot, whatever was there.
  public mutating func place(_ image: [UInt8], in slot: BootSlot) {
    flash.fill(range(of: slot), with: image)
  }

  /// Boots once.
  @discardableResult
  public mutating func boot(
    _ cause: ResetCause = .powerOn
  ) throws(BootError<FlashError>) -> BootHandover {
    try boot(cause, with: EveryBootFeature.self)
  }

  /// Boots once, with a loader that can do no more than these features.
  public mutating func boot<Features: BootFeatures>(
    _ cause: ResetCause, with features: Features.Type
  ) throws(BootError<FlashError>) -> BootHandover {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    var span = buffer.mutableSpan
    return try Bootloader.boot(
      flash: &flash, crypto: &crypto, platform: &platform, resetCause: cause,
      configuration: configuration, buffer: &span, features: Features.self)
  }

  /// Boots after a loss of power.
  @discardableResult
  public mutating func powerUp() throws(BootError<FlashError>) -> BootHandover {
    platform.losePower()
    flash.base.restorePower()
    return try boot(.powerOn)
  }

  /// Puts a state on record.
  public mutating func write(_ record: BootRecord) throws {
    let layout = configuration.layout
    try flash.withPartition(
      layout.metadata, mapFailure: { MetadataLogError.flash($0) }
    ) { (view) throws(MetadataLogError<FlashError>) in
      var log = try MetadataLog.mount(on: &view, tableDigest: layout.tableDigest)
      try log.append(record, to: &view)
    }
  }

  /// The state on record.
  public mutating func record() throws -> BootRecord? {
    let layout = configuration.layout
    return try flash.withPartition(
      layout.metadata, mapFailure: { MetadataLogError.flash($0) }
    ) { (view) throws(MetadataLogError<FlashError>) in
      try MetadataLog.mount(on: &view, tableDigest: layout.tableDigest).record
    }
  }

  /// The session of an application.
  public mutating func session(
    of running: RunningImage
  ) throws(BootStateError<FlashError>) -> BootStateSession {
    try BootStateSession.open(
      on: &flash, metadata: configuration.layout.metadata,
      tableDigest: configuration.layout.tableDigest, running: running)
  }

  /// Confirms what a boot started.
  @discardableResult
  public mutating func confirm(
    _ handover: BootHandover
  ) throws(BootStateError<FlashError>) -> Confirmation {
    guard let running = handover.running else { fatalError("nothing runs") }
    var session = try session(of: running)
    return try session.confirm(on: &flash, securityCounter: &platform)
  }
}

/// A part, and how many of its blocks make a slot and the metadata partition.
public struct BenchPart: Sendable, CustomStringConvertible {
  /// The name in the catalogue.
  public var name: String
  /// The erase blocks of a slot.
  public var slotBlocks: UInt32
  /// The erase blocks of the metadata partition.
  public var metadataBlocks: UInt32
  /// The name in test reports.
  public var description: String { name }

  /// Makes a choice.
  public init(name: String, slotBlocks: UInt32, metadataBlocks: UInt32) {
    self.name = name
    self.slotBlocks = slotBlocks
    self.metadataBlocks = metadataBlocks
  }

  /// Plain serial NOR, on which most tests run.
  public static let serial = BenchPart(name: "W25Q16JV", slotBlocks: 4, metadataBlocks: 2)

  /// Serial NOR; ECC; erased to zero; write-once with large blocks; two programs a unit.
  public static let all = [
    serial,
    BenchPart(name: "STM32L476", slotBlocks: 6, metadataBlocks: 2),
    BenchPart(name: "STM32L072", slotBlocks: 80, metadataBlocks: 16),
    BenchPart(name: "STM32H743", slotBlocks: 2, metadataBlocks: 2),
    BenchPart(name: "nRF52840", slotBlocks: 4, metadataBlocks: 2),
  ]
}

extension SlotRecord {
  /// The record of a slot that holds an image.
  public init(
    _ state: SlotState, imageTag: UInt64, storedForm: StoredForm = .plain, started: UInt8 = 0
  ) {
    self.init()
    self.state = state
    self.imageTag = imageTag
    self.storedForm = storedForm
    self.started = started
    if state == .staged || state == .trial {
      faultLimit = 3
      startLimit = 8
    }
  }
}
