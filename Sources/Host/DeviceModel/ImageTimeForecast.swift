public import Bootloader
public import FirmwareImage
public import FlashEmulator
import NORFlash
import SlotInstaller

/// How long it takes to install an image on a part, and to verify it at each boot.
///
///     let forecast = try ImageTimeForecast(
///       of: summary, on: .named("W25Q128JV"), processor: ProcessorSpeed(hashRate: 2_000_000))
///     forecast.installation.maximum     // nanoseconds
///
/// The flash times are those that the virtual clock of `EmulatedFlash` would show for the slot: the
/// installer's pages, one erase command a block, one pass to read back. The processor does nothing
/// else meanwhile, and the flash waits while it calculates, as in a boot loader with one thread.
///
/// Not counted are the records in the metadata log, of which an installation makes up to eighteen,
/// what else the boot loader and the application do, and the reads of the TLV areas before the pass
/// over the content.
public struct ImageTimeForecast: Equatable, Sendable {
  /// One pass over an image: every byte read and hashed, and decrypted if it is stored encrypted.
  public struct Verification: Equatable, Codable, Sendable {
    /// Reading the flash.
    public var read: TimingRange
    /// Hashing header, payload and protected area.
    public var hash: TimingRange
    /// Decrypting the payload.
    public var decrypt: TimingRange
    /// Checking the signature.
    public var signature: TimingRange
    /// All of it.
    public var total: TimingRange { read + hash + decrypt + signature }
  }

  /// What the installer asks of the flash, without reading back.
  public let flashUse: FlashStatistics
  /// Erasing the blocks that the image reaches into.
  public let erase: TimingRange
  /// The program commands.
  public let program: TimingRange
  /// Moving the bytes to the part.
  public let transfer: TimingRange
  /// Decrypting on the way into the slot, and the signature check that comes before all else.
  public let processing: TimingRange
  /// One verification: the last step of an installation, and then once a boot.
  ///
  /// A boot that refuses one candidate and goes on to the next pays it for each.
  public let verification: Verification
  /// The longest time that one page takes, with the erase of the blocks it is first to reach into.
  public let longestWrite: TimingRange

  /// The whole installation.
  public var installation: TimingRange {
    erase + program + transfer + processing + verification.total
  }

  /// The longest time in which no watchdog can be fed.
  ///
  /// `SlotInstaller.finish` programs what is left of the last page and verifies the slot in one call;
  /// a page alone and a boot take less.
  public var longestStep: TimingRange { longestWrite + verification.total }

  /// Whether a watchdog with this period, in nanoseconds, never runs out while the image is installed
  /// or verified, if it is fed between the calls of the installer.
  public func fits(watchdogPeriod: UInt64) -> Bool { longestStep.maximum <= watchdogPeriod }
}

extension ImageTimeForecast {
  /// Makes the forecast for an image in a slot that begins at `address`.
  ///
  /// - Parameters:
  ///   - bufferSize: The memory that the device verifies with, in bytes; at least 64.
  /// - Throws: `ImageForecastError` if the installer could not write such a slot.
  /// - Complexity: O(image size / page size)
  public init(
    of image: ImageSummary, on part: FlashPart, at address: UInt32 = 0,
    decryption: DecryptionTime = .atInstall, processor: ProcessorSpeed, bufferSize: UInt32 = 16_384
  ) throws(ImageForecastError) {
    let header = image.header
    let isEncrypted = !header.flags.isDisjoint(with: .encrypted)
    var walk = try InstallationWalk(of: image.imageSize, on: part, at: address)
    walk.run()
    flashUse = walk.use
    erase = walk.erase
    program = part.timing.pageProgram * walk.use.programmedPages
    transfer = part.timing.bus.transferTime(of: walk.use)

    let payload = UInt64(header.payloadSize)
    let decrypt = isEncrypted ? processor.decryptTime(of: payload) : 0
    let page = UInt64(SlotInstaller.pageSize)
    longestWrite =
      walk.longestPage
      + .exactly(isEncrypted && decryption == .atInstall ? processor.decryptTime(of: page) : 0)
    // The prologue is judged first, unless the signature covers the payload.
    let firstCheck = image.isPureSignature ? 0 : processor.signatureCheck
    processing = .exactly((decryption == .atInstall ? decrypt : 0) + firstCheck)

    var reading = FlashStatistics()
    reading.readBytes = header.hashedEnd
    for count in [UInt64(header.headerSize), payload, UInt64(header.protectedSize)] {
      let chunk = UInt64(max(bufferSize, 64) & ~15)
      reading.readCalls += (count + chunk - 1) / chunk
    }
    verification = Verification(
      read: part.timing.bus.transferTime(of: reading),
      hash: .exactly(processor.hashTime(of: header.hashedEnd)),
      decrypt: .exactly(decryption == .atBoot ? decrypt : 0),
      signature: .exactly(processor.signatureCheck))
  }
}

/// Why an installation cannot be forecast.
public enum ImageForecastError: Error, Equatable, Sendable {
  /// The slot does not begin where an erase block does.
  case notAtBlock(address: UInt32, block: UInt32)
  /// The image is larger than what is left of the part.
  case tooLarge(size: UInt32, available: UInt32)
  /// The program unit of the part is larger than what the installer programs at once.
  case programUnit(UInt32, largest: UInt32)
}
