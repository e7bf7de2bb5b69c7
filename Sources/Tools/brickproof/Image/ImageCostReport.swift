import DeviceModel
import FirmwareImage
import FlashEmulator

/// A forecast as it is printed; times are nanoseconds, sizes bytes.
struct ImageCostReport: Encodable {
  struct Flash: Encodable {
    var erasedBlocks: UInt64
    var programCommands: UInt64
  }

  struct Installation: Encodable {
    var erase: TimingRange
    var program: TimingRange
    var transfer: TimingRange
    var processing: TimingRange
    var verification: TimingRange
    var total: TimingRange
  }

  struct Verification: Encodable {
    var read: TimingRange
    var hash: TimingRange
    var decrypt: TimingRange
    var signature: TimingRange
    var total: TimingRange
  }

  struct Watchdog: Encodable {
    var period: UInt64
    var longestStep: TimingRange
    var fits: Bool
  }

  var formatVersion = 1
  var image: String
  var imageSize: UInt32
  var part: String
  var slotAddress: UInt32
  /// When the payload is decrypted; `nil` if it is not encrypted.
  var decryption: DecryptionArgument?
  var flash: Flash
  var installation: Installation
  var boot: Verification
  var isSignatureCounted: Bool
  var watchdog: Watchdog?

  init(
    image: String, summary: ImageSummary, part: FlashPart, slotAddress: UInt32,
    decryption: DecryptionArgument?, isSignatureCounted: Bool, watchdogPeriod: UInt64?,
    _ forecast: ImageTimeForecast
  ) {
    self.image = image
    imageSize = summary.imageSize
    self.part = part.name
    self.slotAddress = slotAddress
    self.decryption = decryption
    self.isSignatureCounted = isSignatureCounted
    flash = Flash(
      erasedBlocks: forecast.flashUse.erasedBlocks,
      programCommands: forecast.flashUse.programmedPages)
    let pass = forecast.verification
    boot = Verification(
      read: pass.read, hash: pass.hash, decrypt: pass.decrypt, signature: pass.signature,
      total: pass.total)
    installation = Installation(
      erase: forecast.erase, program: forecast.program, transfer: forecast.transfer,
      processing: forecast.processing, verification: pass.total, total: forecast.installation)
    watchdog = watchdogPeriod.map {
      Watchdog(
        period: $0, longestStep: forecast.longestStep, fits: forecast.fits(watchdogPeriod: $0))
    }
  }
}

extension ImageCostReport {
  /// The forecast for people, without a line end behind the last line.
  var text: String {
    ([title] + installationLines + bootLines + watchdogLines).joined(separator: "\n")
  }

  private var title: String {
    "\(image): \(imageSize) bytes, on \(part) at \(Hexadecimal.number(slotAddress))"
  }

  private var installationLines: [String] {
    let blocks = Count.text(Int(flash.erasedBlocks), "block")
    let commands = Count.text(Int(flash.programCommands), "command")
    var lines = [
      "Install           \(installation.total.seconds)",
      "  erase           \(installation.erase.seconds), \(blocks)",
      "  program         \(installation.program.seconds), \(commands)",
    ]
    if installation.transfer != .zero {
      lines.append("  transfer        \(installation.transfer.oneTime)")
    }
    if installation.processing != .zero {
      lines.append("  check, decrypt  \(installation.processing.oneTime)")
    }
    lines.append("  read back       \(installation.verification.oneTime), the same as a boot")
    return lines
  }

  private var bootLines: [String] {
    let signature =
      isSignatureCounted ? boot.signature.oneTime : "not counted; see --cpu-signature-time"
    var lines = [
      "Boot              \(boot.total.oneTime), and again for each image refused first",
      "  read            \(boot.read.oneTime)",
      "  hash            \(boot.hash.oneTime)",
    ]
    if decryption == .boot { lines.append("  decrypt         \(boot.decrypt.oneTime)") }
    lines.append("  signature       \(signature)")
    return lines
  }

  private var watchdogLines: [String] {
    guard let watchdog else { return [] }
    return [
      "Longest step      \(watchdog.longestStep.seconds)",
      "Watchdog          \(TimingRange.exactly(watchdog.period).oneTime): "
        + (watchdog.fits ? "fits" : "may run out in the longest step"),
    ]
  }
}
