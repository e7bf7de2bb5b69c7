import BootState
import Bootloader
import DeviceModel
import FirmwareImage
import FlashEmulator
import NORFlash
import OpenSSLCrypto

/// What is on a device, as JSON and as text.
struct DeviceStatus: Encodable {
  struct Slot: Encodable {
    var slot: String
    var offset: UInt32
    var size: UInt32
    var state: String?
    var newestConfirmed: Bool?
    var version: String?
    var verifies: Bool
    var refusal: String?
    var imageSize: UInt32?
    var securityCounter: UInt32?
    var storedForm: String?
    var started: UInt8?
    var excused: UInt8?
    var faulted: UInt8?
    var attemptsLeft: UInt8?
    var rejection: String?
    var progressSixteenths: UInt8?
  }

  struct Log: Encodable {
    var condition: String
    var generation: UInt32
    var positionsUsed: UInt32
    var positionCapacity: UInt32
    var sectors: UInt32
    var validSectors: UInt32
    var unreadablePositions: UInt32
    var redundancy: String
    var records: Int
  }

  struct Partition: Encodable {
    var name: String
    var offset: UInt32
    var size: UInt32
    var blocks: Int
    var erasedBlocks: Int
    var writtenBlocks: Int
    var badBlocks: Int
    var maximumErases: UInt32
    var averageErases: Double
  }

  var formatVersion = 1
  var part: String
  var running: String?
  var pendingResetCause: String?
  var securityFloor: UInt32
  var trustedKeys: Int
  var revokedKeys: [Int]
  var decrypts: String
  var oneShot: String?
  var slots: [Slot]
  var log: Log?
  var logProblem: String?
  var partitions: [Partition]

  init(_ device: inout EmulatedDevice, map: FlashMap) {
    part = device.description.part.name
    running = device.running.map { "\($0.slot.name)" }
    pendingResetCause = device.pendingResetCause.map { "\($0.name)" }
    securityFloor = device.platform.floor
    let keyCount = device.description.trustedKeys.count
    trustedKeys = keyCount
    switch (device.description.decryptionKey, device.description.decryption) {
    case (nil, _): decrypts = "never"
    case (_, .atInstall): decrypts = "at-install"
    case (_, .atBoot): decrypts = "at-boot"
    }
    var record: BootRecord?
    do throws(DeviceError) {
      let found = try device.inspectLog()
      record = found.record
      log = Log(found)
    } catch {
      logProblem = error.description
    }
    oneShot = record?.oneShot.map { "\($0.name)" }
    let revoked = record?.revokedKeys ?? 0
    revokedKeys = (0..<keyCount).filter { revoked >> UInt32($0) & 1 == 1 }
    slots = []
    for slot in [BootSlot.slotA, .slotB, .factory] {
      if let found = Slot(device.inspect(slot, record: record), record: record) {
        slots.append(found)
      }
    }
    partitions = map.rows.compactMap(Partition.init)
  }
}

extension DeviceStatus.Slot {
  /// `nil` if the device has no such slot.
  init?(_ found: SlotInspection, record: BootRecord?) {
    guard let range = found.range else { return nil }
    slot = "\(found.slot.name)"
    offset = range.start
    size = range.count
    version = found.version.map { "\($0)" }
    verifies = false
    switch found.content {
    case .absent: break
    case .refused(let reason): refusal = reason
    case .bootable(let summary):
      verifies = true
      imageSize = summary.imageSize
      securityCounter = summary.securityCounter
    }
    storedForm = found.storedForm.map(Self.name)
    guard let state = found.record else { return }
    self.state = "\(state.state.name)"
    newestConfirmed = record?.newestConfirmed == found.slot.updateSlot
    if storedForm == nil, state.state != .empty { storedForm = Self.name(of: state.storedForm) }
    started = state.started
    excused = state.excused
    faulted = state.faulted
    if state.state == .trial || state.state == .staged { attemptsLeft = state.attemptsLeft }
    if state.state == .rejected { rejection = "\(state.cause.name)" }
    if state.state == .writing { progressSixteenths = state.progress }
  }

  private static func name(of form: StoredForm) -> String {
    form == .plain ? "plain" : "ciphertext"
  }
}

extension DeviceStatus.Log {
  init(_ found: MetadataLogInspection) {
    condition = "\(found.health.condition.name)"
    generation = found.health.generation
    positionsUsed = found.health.positionsUsed
    positionCapacity = found.health.positionCapacity
    sectors = found.health.sectorCount
    validSectors = found.health.validSectors
    unreadablePositions = found.health.unreadablePositions
    redundancy = "\(found.health.redundancy.name)"
    records = found.entries.count
  }
}

extension DeviceStatus.Partition {
  /// `nil` for the bytes between partitions.
  init?(_ row: FlashMap.Row) {
    guard let name = row.name else { return nil }
    self.name = name
    offset = row.range.start
    size = row.range.count
    blocks = row.blocks.count
    erasedBlocks = row.blocks.count { $0 == .erased }
    writtenBlocks = row.blocks.count { $0 == .written }
    badBlocks = row.blocks.count { $0 == .bad }
    maximumErases = row.wear.max() ?? 0
    averageErases = row.averageWear
  }
}
