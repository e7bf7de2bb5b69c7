import ArgumentParser
import Bootloader
import DeviceModel
import FirmwareImage
import FlashEmulator
import NORFlash
import OpenSSLCrypto

/// `brickproof image cost`: how long an image takes to install and to boot.
struct ImageCostCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cost",
    abstract: "Forecast how long installing and booting an image takes on a part.",
    discussion: """
      Adds up what the installer and the boot loader do with the flash, at the
      speeds of the part's data sheet, and what the processor does at the rates
      you give: bytes a second, where K and M mean a thousand and a million.
      Measure them on your processor. Nothing of the image is verified.

      With --watchdog the exit status is 1 if the period may run out: at the
      longest times of the part, while one page is erased and programmed and the
      image is verified.

      Example: brickproof image cost app.img --part W25Q128JV \\
                 --cpu-hash-rate 2.5M --cpu-signature-time 0.15 --watchdog 8
      """)

  @Argument(help: "The image; a trailer behind it does not matter.")
  var image: String

  @Option(help: "The flash part; see brickproof flash parts.")
  var part: String

  @Option(help: "The address of the slot; it matters on parts with blocks of several sizes.")
  var slotAddress = ByteAddress(0)

  @Option(help: "The bytes that the processor hashes in a second, such as 800K.")
  var cpuHashRate: ByteRate

  @Option(help: "The bytes that it decrypts in a second; needed for an encrypted image.")
  var cpuDecryptRate: ByteRate?

  @Option(help: "The seconds that it needs for a signature check (default: not counted).")
  var cpuSignatureTime: Seconds?

  @Option(help: "When an encrypted image is decrypted: install or boot.")
  var decrypt: DecryptionArgument = .install

  @Option(help: "The period of the watchdog in seconds.")
  var watchdog: Seconds?

  @Flag(help: "Print the forecast as JSON; times are nanoseconds.")
  var json = false

  func run() throws {
    try reportingFailures {
      let part = try FlashPart.named(byArgument: part)
      let summary = try Self.summary(of: image)
      let isEncrypted = !summary.header.flags.isDisjoint(with: .encrypted)
      guard cpuDecryptRate != nil || !isEncrypted else {
        throw CommandFailure.usage("\(image): is encrypted; give --cpu-decrypt-rate too")
      }
      let forecast: ImageTimeForecast
      do throws(ImageForecastError) {
        forecast = try ImageTimeForecast(
          of: summary, on: part, at: slotAddress.value, decryption: decrypt.time,
          processor: ProcessorSpeed(
            hashRate: cpuHashRate.bytesPerSecond, decryptRate: cpuDecryptRate?.bytesPerSecond,
            signatureCheck: cpuSignatureTime?.nanoseconds ?? 0))
      } catch {
        throw failure(error, part)
      }
      let report = ImageCostReport(
        image: image, summary: summary, part: part, slotAddress: slotAddress.value,
        decryption: isEncrypted ? decrypt : nil, isSignatureCounted: cpuSignatureTime != nil,
        watchdogPeriod: watchdog?.nanoseconds, forecast)
      if json { try JSONOutput.print(report) } else { print(report.text) }
      if report.watchdog?.fits == false { throw ExitStatus.bad.exitCode }
    }
  }

  /// The facts of the image that will lie in the slot; its signature and its content are not looked at.
  private static func summary(of path: String) throws(CommandFailure) -> ImageSummary {
    var storage = try ImageInput.open(path)
    let prologue: ImagePrologue
    do throws(ImagePrologueReadError<FileStorageError>) {
      prologue = try ImagePrologue(reading: &storage)
    } catch {
      switch error {
      case .storage(let error): throw .usage(error.description)
      case .prologue(.refused(let refusal)): throw .bad("\(path): \(refusal)")
      case .prologue(let error): throw .bad("\(path): the installer could not take it: \(error)")
      }
    }
    return try examine(try unpacked(prologue, path), path)
  }

  /// Header and TLV areas of what a compressed image unpacks to; any other image as it is.
  private static func unpacked(
    _ prologue: ImagePrologue, _ path: String
  ) throws(CommandFailure) -> ImagePrologue {
    var prologue = prologue
    do throws(ImageRefusal) {
      guard let image = try CompressedImage(&prologue) else { return prologue }
      StandardError.print(
        "note: \(path): is compressed; the time to unpack and decrypt it comes on top of this")
      return image.plainPrologue
    } catch { throw .bad("\(path): \(error)") }
  }

  private static func examine(
    _ prologue: ImagePrologue, _ path: String
  ) throws(CommandFailure) -> ImageSummary {
    var prologue = prologue
    do throws(ImageCheckError<ImagePrologueError>) {
      var crypto: OpenSSLProvider
      do { crypto = try OpenSSLProvider(trustedKeys: []) } catch {
        throw .crypto(.engineFailed(code: 0))
      }
      return try ImageVerifier.examine(
        &prologue, crypto: &crypto,
        requirements: ImageRequirements(signature: .hashOnly, bootability: .notRequired))
    } catch {
      switch error {
      case .refused(let refusal), .storage(.refused(let refusal)): throw .bad("\(path): \(refusal)")
      case .storage, .crypto, .sink: throw .failure("\(path): unexpected: \(error)")
      }
    }
  }

  private func failure(_ error: ImageForecastError, _ part: FlashPart) -> CommandFailure {
    switch error {
    case .notAtBlock(let address, let block):
      .usage(
        "--slot-address \(Hexadecimal.number(address)): no erase block of \(part.name) begins"
          + " there; blocks have \(ByteSize.text(UInt64(block)))")
    case .tooLarge(let size, let available):
      .bad("\(image): has \(size) bytes; \(part.name) has \(available) from the slot's address on")
    case .programUnit(let unit, let largest):
      .usage("\(part.name): is programmed \(unit) bytes at once; the installer programs \(largest)")
    }
  }
}
