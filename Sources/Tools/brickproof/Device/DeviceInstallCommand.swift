import ArgumentParser
import BootState
import DeviceModel
import FirmwareImage
import FlashEmulator
import OpenSSLCrypto

/// `brickproof device install`: an update, as the running application installs it.
struct DeviceInstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Install an update through the installer, as the running application would.",
    discussion: """
      Signature, hardware ids, security counter and size are checked before the first erase; then \
      the payload is written, read back, verified and staged. The update starts at the next boot. \
      An interrupted installation goes on where it stopped when the same image is installed again.

      Flash times are those of the part, typical and maximum.

      Example: brickproof device install dev.bin update.img
      """)

  @OptionGroup var device: DeviceFile

  @Argument(help: "The image.")
  var image: String

  @Option(help: "The slot to write, instead of the one that suits best.")
  var slot: UpdateSlotArgument?

  @Option(
    help: ArgumentHelp(
      "Cut the power in the middle of the flash operation with this number, counted from 0.",
      valueName: "operation"))
  var cutPowerAt: UInt64?

  @Flag(help: "Print what was done as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      var file = try ImageInput.open(image)
      let result = try device.change { (device) throws(DeviceError) in
        if let cutPowerAt {
          device.flash.cutPower(at: cutPowerAt, phase: .torn(seed: cutPowerAt))
        }
        defer { device.flash.cancelPowerCut() }
        return DeviceInstallReport(
          try device.install(&file, into: slot?.slot), part: device.description.part.name)
      }
      let report = try device.value(of: result, json: json)
      if json { try JSONOutput.print(report) } else { report.lines.forEach { print($0) } }
    }
  }
}

/// What an installation did, as JSON and as text; times are nanoseconds, sizes bytes.
struct DeviceInstallReport: Encodable {
  var formatVersion = 1
  var outcome = "staged"
  var part: String
  var slot: String
  var version: String
  var storedForm: String
  var imageSize: UInt32
  var securityCounter: UInt32?
  var resumedAt: UInt32?
  var programmedBytes: UInt64
  var erasedBlocks: UInt64
  var erasedBytes: UInt64
  var flashTime: TimingRange

  init(_ report: InstallReport, part: String) {
    self.part = part
    slot = "\(BootSlot(report.slot).name)"
    version = "\(report.summary.header.version)"
    storedForm = report.storedForm == .plain ? "plain" : "ciphertext"
    imageSize = report.summary.imageSize
    securityCounter = report.summary.securityCounter
    resumedAt = report.resumedAt == 0 ? nil : report.resumedAt
    programmedBytes = report.statistics.programBytes
    erasedBlocks = report.statistics.erasedBlocks
    erasedBytes = report.statistics.erasedBytes
    flashTime = report.flashTime.total
  }

  /// Two or three lines for people.
  var lines: [String] {
    var lines = [
      "\(slot): \(version) is staged, \(imageSize) bytes, "
        + (storedForm == "plain" ? "stored plain" : "stored encrypted")
        + "; it is tried at the next boot"
    ]
    if let resumedAt { lines.append("  resumed at byte \(resumedAt)") }
    lines.append(
      "  \(programmedBytes) bytes programmed, \(erasedBlocks) blocks erased; on \(part) "
        + "\(flashTime.seconds)")
    return lines
  }
}
