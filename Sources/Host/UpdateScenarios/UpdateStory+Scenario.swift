internal import BootState
internal import Bootloader
internal import DeviceModel
internal import FirmwareImage
internal import FlashEmulator
internal import NORFlash
internal import OpenSSLCrypto
internal import PowerLoss

extension UpdateStory {
  /// The story as a scenario of the search.
  func scenario(on part: FlashPart, _ metadata: MetadataSize) throws -> Scenario {
    let description = try description(on: part, metadata)
    let start = try begin(on: part, metadata)
    let snapshot = start.flash.snapshot()
    let layout = start.configuration.layout
    let teller = Storyteller(story: self, description: description, layout: layout)
    var scenario = Scenario(name: metadata.name(of: self), part: part) { flash in
      flash.restore(snapshot)
    } powerOn: { device in
      try teller.live(on: &device)
    }
    scenario.summary = metadata.summary(of: self)
    scenario.partitions =
      [
        ScenarioPartition("slot-a", layout.slotA), ScenarioPartition("slot-b", layout.slotB),
        ScenarioPartition("metadata", layout.metadata),
      ] + (layout.factory.map { [ScenarioPartition("factory", $0)] } ?? [])
    scenario.allowedOutcomes = allowedOutcomes
    scenario.undisturbedOutcomes = [undisturbed]
    scenario.durable = DeviceRecord.durable(floor: start.platform.floor)
    scenario.observed = Onlooker().bytes
    scenario.canonicalForm = LogCanonicalForm.form(of: layout.metadata, on: part.geometry)
    scenario.collateralForm = LogCanonicalForm.collateralForm(
      of: layout.metadata, on: part.geometry)
    return scenario
  }
}

/// Carries what outlives a reset between an emulated device and the search.
final class DeviceRecord: PlatformWatcher {
  private let memory: DeviceMemory

  init(_ memory: DeviceMemory) { self.memory = memory }

  func platformHas(floor: UInt32, retainedMemory: [UInt8]) {
    memory.durable = Self.durable(floor: floor)
    memory.retained = retainedMemory
  }

  static func durable(floor: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: floor >> (8 * $0)) }
  }

  static func floor(of durable: [UInt8]) -> UInt32 {
    durable.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}

/// Runs one life of a device of a story, and watches what an onlooker would.
struct Storyteller: Sendable {
  let story: UpdateStory
  let description: DeviceDescription
  let layout: BootLayout
  private let tags: [UInt64]
  let known: [Int: [UInt8]]
  private let signatures = SignatureCache()

  init(story: UpdateStory, description: DeviceDescription, layout: BootLayout) {
    self.story = story
    self.description = description
    self.layout = layout
    tags = story.tags
    var known: [Int: [UInt8]] = [1: ScenarioImages.version(1)]
    known[story.installed] = ScenarioImages.version(story.installed)
    for update in story.updates { known[update.version] = ScenarioImages.version(update.version) }
    self.known = known
  }

  func live(on device: inout PoweredDevice) throws -> Life {
    var platform = EmulatedPlatform(memoryRange: description.memory)
    platform.floor = DeviceRecord.floor(of: device.memory.durable)
    platform.retainedMemory = device.memory.retained
    platform.watcher = DeviceRecord(device.memory)
    let cause = Self.cause(of: device.resetCode)
    let memory = device.memory
    return try device.withFlash { flash in
      var emulated = try EmulatedDevice.made(
        description, flash: EmulatedFlash(part: Self.stub), platform: platform,
        signatureCache: signatures)
      swap(&emulated.flash, &flash)
      defer { swap(&emulated.flash, &flash) }
      return try live(on: &emulated, cause, memory)
    }
  }

  /// A flash that stands in while the real one is lent out.
  private static let stub = ScenarioParts.stub

  static func cause(of code: ResetCode) -> ResetCause {
    switch code {
    case .powerOn: .powerOn
    case .warm: .pin
    case .trap: .lockup
    default: ResetCause(rawValue: code.rawValue &- 16) ?? .unknown
    }
  }

  static func code(of cause: ResetCause) -> ResetCode { ResetCode(rawValue: cause.rawValue + 16) }

  private func live(
    on device: inout EmulatedDevice, _ cause: ResetCause, _ memory: DeviceMemory
  ) throws -> Life {
    let handover = try device.boot(cause)
    guard let slot = handover.slot, let image = handover.image else {
      return .violates(invariant: "boots", detail: "nothing boots after \(cause.name)")
    }
    let version = Int(image.version.major)
    try check(slot, version, handover, &device)
    try observe(version, handover, memory)
    if let next = story.updates.firstIndex(where: { $0.version == version }),
      handover.state == .trial
    {
      return try live(through: story.updates[next].trial, next, on: &device, memory)
    }
    return try carryOn(from: version, slot, on: &device, memory)
  }

  /// A trial runs.
  private func live(
    through trial: UpdateStory.Trial, _ index: Int, on device: inout EmulatedDevice,
    _ memory: DeviceMemory
  ) throws -> Life {
    switch trial {
    case .confirms:
      try device.confirm()
      note(memory) { $0.seeConfirmation(of: index) }
      if index + 1 < story.updates.count {
        device.resetAsPlanned()
        return .resets(Self.code(of: .softwarePlanned))
      }
      return .settled("version \(story.updates[index].version)")
    case .hangs: return .resets(Self.code(of: .watchdog))
    case .crashes: return .resets(Self.code(of: .software))
    case .rejectsItself:
      try device.rejectRunning()
      return .resets(Self.code(of: .softwarePlanned))
    case .staysSilent: return .resets(Self.code(of: .pin))
    }
  }

  /// A confirmed image or factory runs: it installs what is still wanted, or rests.
  private func carryOn(
    from version: Int, _ slot: BootSlot, on device: inout EmulatedDevice, _ memory: DeviceMemory
  ) throws -> Life {
    // An image that was confirmed and runs again tells the boot loader that all is well.
    if slot != .factory { try device.confirm() }
    let record = try device.bootRecord()
    let done = story.updates.lastIndex { $0.version == version }.map { $0 + 1 } ?? 0
    for (index, update) in story.updates.enumerated() where index >= done {
      let tag = tags[index]
      let isRejected = [record?.slotA, record?.slotB].contains {
        $0?.imageTag == tag && $0?.state == .rejected
      }
      if isRejected { continue }
      note(memory) { $0.seeOffer(of: index) }
      var image = MemoryStorage(
        update.isDamaged ? ScenarioImages.damaged(update.image) : update.image)
      do throws(DeviceError) {
        _ = try device.install(&image)
      } catch {
        guard update.isDamaged, case .install = error else { throw error }
        return .settled("version \(version)")
      }
      device.resetAsPlanned()
      return .resets(Self.code(of: .softwarePlanned))
    }
    return .settled(slot == .factory ? "factory" : "version \(version)")
  }

  private func note(_ memory: DeviceMemory, _ change: (inout Onlooker) -> Void) {
    var onlooker = Onlooker(memory.observed)
    change(&onlooker)
    memory.observed = onlooker.bytes
  }
}
