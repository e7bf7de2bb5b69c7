import BootState
import Bootloader
import DeviceModel
import FirmwareImage
import FlashEmulator
import FlashPartitions
import NORFlash
import OpenSSLCrypto

/// One life of one device, told while it happens.
///
/// Nothing is staged: every line is what the boot loader handed over or the installer returned. Where
/// that is not what the story says, the story ends with a failure.
struct DemoStory: ~Copyable {
  /// The device.
  var device: EmulatedDevice
  let images: DemoImages
  /// What the first update took.
  var firstUpdate: InstallReport?
  var bootCount = 0

  static var partName: String { "W25Q128JV" }
  /// The largest payload for which three slots fit on the part.
  static var largestPayload: Int { 4 << 20 }

  /// Makes the device.
  ///
  /// - Throws: `CommandFailure` with status 70.
  init(keys: DemoKeys, images: DemoImages) throws(CommandFailure) {
    let largest = images.all.map(\.bytes.count).max() ?? 0
    do {
      let part = try FlashPart.named(Self.partName)
      var description = DeviceDescription(
        part: part, table: try Self.table(slotSize: UInt32(largest + 0xFFFF) & ~0xFFFF),
        trustedKeys: [keys.signing.publicKey])
      description.decryptionKey = keys.device
      var factory = MemoryStorage(images.factory.bytes)
      device = try EmulatedDevice.manufacture(description, factoryImage: &factory)
    } catch {
      throw .failure("cannot make the device of the demo: \(error)")
    }
    self.images = images
  }

  private static func table(slotSize: UInt32) throws(PartitionTableError) -> PartitionTable {
    var table = PartitionTable()
    var start: UInt32 = 0x1_0000
    func append(
      _ name: String, _ kind: PartitionKind, _ size: UInt32, _ flags: PartitionFlags = []
    ) throws(PartitionTableError) {
      try table.append(
        Partition(
          label: try PartitionLabel(text: name), kind: kind,
          range: FlashRange(start: start, count: size), flags: flags))
      start += size
    }
    try append("factory", .factory, slotSize, .readOnly)
    try append("slot-a", .ota(0), slotSize)
    try append("slot-b", .ota(1), slotSize)
    try append("metadata", .bootState, 0x4000)
    return table
  }

  /// Lives the life.
  ///
  /// - Throws: `CommandFailure` with status 70 where it does not go as the story says.
  mutating func play() throws(CommandFailure) {
    try leaveFactory()
    try updateToEncrypted()
    try rollBack()
    try surviveLossOfPower()
    try surviveDamage()
    try refuseAttacks()
    try recover()
  }

  /// What the life cost.
  var summary: [String] {
    var lines: [String] = []
    if let firstUpdate {
      lines.append(
        "Predicted time of the first update on \(Self.partName): "
          + "\(firstUpdate.flashTime.total.seconds),")
      lines.append(
        "  for \(firstUpdate.summary.imageSize) bytes, "
          + "\(firstUpdate.statistics.erasedBlocks) erased blocks, "
          + "\(firstUpdate.statistics.programmedPages) programmed pages")
    }
    let total = device.flash.statistics
    lines.append(
      "The whole life: \(bootCount) boots, \(total.erasedBlocks) blocks erased, "
        + "\(total.programBytes) bytes programmed; flash time "
        + device.flash.elapsedTime.total.seconds)
    return lines
  }
}

extension DemoStory {
  /// Begins a chapter.
  func tell(_ chapter: String) {
    print()
    print(TextStyle.bold.apply(to: chapter, color: Terminal.hasColor))
  }

  /// Prints lines of a chapter.
  func say(_ lines: [String]) {
    for line in lines { print("  " + line) }
  }

  /// Boots, lets the application live, and checks what was chosen and why.
  mutating func live(
    _ application: ApplicationArgument, _ cause: ResetCause? = nil, expecting slot: BootSlot,
    _ reason: BootReason
  ) throws(CommandFailure) {
    bootCount += 1
    let life: ApplicationLife
    do throws(DeviceError) {
      life = try device.run(application.behaviour(after: 5, image: []), cause: cause)
    } catch {
      throw Self.surprise("a boot", error.description)
    }
    let report = DeviceRunReport(life, application: application.rawValue, part: Self.partName)
    say(report.lines)
    guard life.handover.slot == slot, life.handover.decision.reason == reason else {
      throw Self.surprise("\(slot.name) for the reason \(reason.name)", report.boot.lines[0])
    }
    if let message = report.message { throw Self.surprise("a healthy application", message) }
  }

  /// Installs an image, and checks where it went.
  mutating func install(
    _ image: DemoImage, expecting slot: UpdateSlot
  ) throws(CommandFailure) -> InstallReport {
    var storage = MemoryStorage(image.bytes)
    let report: InstallReport
    do throws(DeviceError) {
      report = try device.install(&storage)
    } catch {
      throw Self.surprise("\(image.version) to be installed", error.description)
    }
    say(DeviceInstallReport(report, part: Self.partName).lines)
    guard report.slot == slot else {
      throw Self.surprise(
        "\(image.version) in \(BootSlot(slot).name)", "\(BootSlot(report.slot).name)")
    }
    device.resetAsPlanned()
    return report
  }

  /// Installs an image that cannot be installed, and checks why.
  mutating func expectFailure(of image: DemoImage, named name: String) throws(CommandFailure) {
    var storage = MemoryStorage(image.bytes)
    do throws(DeviceError) {
      _ = try device.install(&storage)
    } catch {
      guard error.name == name else { throw Self.surprise(name, error.description) }
      return say(["\(image.version) is not installed: \(error)"])
    }
    throw Self.surprise(name, "\(image.version) was installed")
  }

  /// The story went another way.
  static func surprise(_ expected: String, _ found: String) -> CommandFailure {
    .failure("the demo did not go as its story says: expected \(expected), found: \(found)")
  }
}
