internal import BootState
internal import Bootloader
internal import DeviceModel
internal import FirmwareImage
internal import FlashEmulator
internal import FlashPartitions
internal import NORFlash
internal import OpenSSLCrypto
internal import PowerLoss

/// What a device of a scenario is, how it came about, and what its application does.
struct UpdateStory: Sendable {
  /// How an image behaves that is started on trial.
  enum Trial: Sendable {
    /// It confirms itself.
    case confirms
    /// It stops feeding the watchdog.
    case hangs
    /// Its fault handler resets the device.
    case crashes
    /// It rejects itself.
    case rejectsItself
    /// It never confirms itself; somebody presses the reset button.
    case staysSilent
  }

  /// An update that the application wants.
  struct Update: Sendable {
    var version: Int
    var image: [UInt8]
    var trial = Trial.confirms
    /// Whether the image in hand is not what its signature says.
    var isDamaged = false
  }

  var name: String
  var summary: String
  /// The version that is confirmed at the start; 1 is factory.
  var installed = 2
  var updates: [Update] = []
  var decryption = DecryptionTime.atInstall
  /// What happens to the flash between the manufacture and the start of the search.
  var decay: (@Sendable (inout EmulatedDevice) throws -> Void)?
  /// Whether the factory application carries on with the updates; if not, the device rests there.
  var allowedOutcomes: Set<String>
  var undisturbed: String

  /// The tags of the updates, in their order.
  var tags: [UInt64] { updates.map { ScenarioImages.tag(of: $0.image) } }
}

extension UpdateStory {
  /// Two starts of a trial may end in a fault, three in all may happen: enough for every rule to
  /// matter, and few enough to close.
  static let policy = BootPolicy(faultLimit: 2, startLimit: 3, confirmedFaultLimit: 3)

  func description(on part: FlashPart, _ metadata: MetadataSize) throws -> DeviceDescription {
    var description = DeviceDescription(
      part: part, table: try Self.table(on: part, metadata),
      trustedKeys: [ScenarioImages.signingKey])
    description.policy = Self.policy
    description.decryptionKey = ScenarioImages.decryptionKey
    description.decryption = decryption
    return description
  }

  /// Factory, slot A, slot B, and a metadata partition.
  private static func table(
    on part: FlashPart, _ metadata: MetadataSize
  ) throws -> PartitionTable {
    var table = PartitionTable()
    var block: UInt32 = 0
    func take(atLeast bytes: UInt32) throws -> FlashRange {
      guard let first = part.geometry.eraseBlock(at: block) else {
        throw ScenarioError.partTooSmall(part.name)
      }
      var end = first.start
      while end - first.start < bytes {
        guard let next = part.geometry.eraseBlock(at: block) else {
          throw ScenarioError.partTooSmall(part.name)
        }
        end = UInt32(next.end)
        block += 1
      }
      return FlashRange(start: first.start, count: end - first.start)
    }
    let slot: UInt32 = 512
    try table.append(
      Partition(label: "factory", kind: .factory, range: take(atLeast: slot), flags: .readOnly))
    try table.append(Partition(label: "slot-a", kind: .ota(0), range: take(atLeast: slot)))
    try table.append(Partition(label: "slot-b", kind: .ota(1), range: take(atLeast: slot)))
    // Twelve positions of a begin unit, 64 bytes and a settle unit make the smallest sector.
    let unit = max(part.programUnit, part.eccUnit)
    let sector = 12 * (unit + 64 + max(unit, 4))
    var log = try take(atLeast: sector)
    for _ in 1..<metadata.sectorCount { log.count += try take(atLeast: sector).count }
    try table.append(Partition(label: "metadata", kind: .bootState, range: log))
    return table
  }

  /// Builds the device, and brings it to the start of the story.
  func begin(on part: FlashPart, _ metadata: MetadataSize) throws -> EmulatedDevice {
    var factory = MemoryStorage(ScenarioImages.version(1))
    var device = try EmulatedDevice.manufacture(
      try description(on: part, metadata), factoryImage: &factory)
    try device.boot()
    if installed > 1 {
      var image = MemoryStorage(ScenarioImages.version(installed))
      _ = try device.install(&image)
      device.resetAsPlanned()
      try device.run(.healthy)
    }
    try decay?(&device)
    device.abandonRun()
    device.platform.losePower()
    return device
  }
}

/// Why a scenario cannot be set up.
public enum ScenarioError: Error, Equatable, Sendable {
  /// The part has too few erase blocks for three slots and a log.
  case partTooSmall(String)
  /// No scenario has this name.
  case unknown(String, known: [String])
}

extension ScenarioError: CustomStringConvertible {
  /// The reason in one line.
  public var description: String {
    switch self {
    case .partTooSmall(let name):
      "\(name) has too few erase blocks for factory, two slots and a metadata log; choose a "
        + "larger part"
    case .unknown(let name, let known):
      "there is no scenario `\(name)`; known: \(known.joined(separator: ", "))"
    }
  }
}
