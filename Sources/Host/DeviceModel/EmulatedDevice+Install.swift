public import BootState
public import FirmwareImage
public import FlashEmulator
import ImageCompression
public import NORFlash
import OpenSSLCrypto
import SlotInstaller

/// What an installation did.
public struct InstallReport: Equatable, Sendable {
  /// The slot that was written.
  public var slot: UpdateSlot
  /// How the payload is stored.
  public var storedForm: StoredForm
  /// The offset in the slot at which an interrupted installation went on; 0 from the start.
  public var resumedAt: UInt32
  /// The facts of the image that is staged now.
  public var summary: ImageSummary
  /// How long the flash was busy on this part.
  public var flashTime: FlashElapsedTime
  /// What was read, programmed and erased.
  public var statistics: FlashStatistics
}

extension EmulatedDevice {
  /// Installs an update as the application would: header and TLV areas first, then the bytes in
  /// chunks, then read back, verify, stage.
  ///
  /// A compressed image is unpacked on the way.
  ///
  /// - Parameter slot: The slot to write, or `nil` for the one that suits best.
  /// - Throws: `DeviceError.notRunning`, `.install` with the refusal, `.imageUnreadable`,
  ///   `.imageRefused`, `.powerLost`.
  public mutating func install<S: ReadableStorage & ~Copyable>(
    _ image: inout S, into slot: UpdateSlot? = nil
  ) throws(DeviceError) -> InstallReport {
    try openSession()
    flash.activity = "installer"
    defer { flash.activity = "application" }
    let timeBefore = flash.elapsedTime
    let statisticsBefore = flash.statistics
    var prologue = try Self.prologue(of: &image)
    var installer = try withSession {
      (device, session)
        throws(InstallError<FlashError>) -> DecompressingInstaller<StreamDecompressor> in
      try DecompressingInstaller.begin(
        &prologue, into: slot,
        decompressor: StreamDecompressor(largestWindow: device.description.decompressionWindow),
        flash: &device.flash, crypto: &device.crypto, securityCounter: &device.platform,
        session: &session, configuration: device.configuration)
    }
    try stream(&image, into: &installer)
    let summary = try withSession {
      (device, session) throws(InstallError<FlashError>) -> ImageSummary in
      var buffer = Self.verificationBuffer()
      var span = buffer.mutableSpan
      return try installer.finish(
        flash: &device.flash, crypto: &device.crypto, securityCounter: &device.platform,
        session: &session, configuration: device.configuration, buffer: &span)
    }
    return InstallReport(
      slot: installer.slot, storedForm: installer.storedForm, resumedAt: installer.resumedAt,
      summary: summary, flashTime: flash.elapsedTime - timeBefore,
      statistics: flash.statistics - statisticsBefore)
  }

  /// Takes header and TLV areas out of an image file.
  private static func prologue<S: ReadableStorage & ~Copyable>(
    of image: inout S
  ) throws(DeviceError) -> ImagePrologue {
    do throws(ImagePrologueReadError<S.Failure>) {
      return try ImagePrologue(reading: &image)
    } catch {
      switch error {
      case .storage(let failure): throw .imageUnreadable("\(failure)")
      case .prologue(.refused(let refusal)): throw .imageRefused(refusal)
      case .prologue(.tooLarge(let size, let capacity)):
        throw .imageUnreadable(
          "its TLV areas have \(size) bytes; the installer takes at most \(capacity)")
      case .prologue(.notInPrologue): throw .imageRefused(.headerChanged)
      }
    }
  }

  private mutating func stream<S: ReadableStorage & ~Copyable>(
    _ image: inout S, into installer: inout DecompressingInstaller<StreamDecompressor>
  ) throws(DeviceError) {
    var chunk = [UInt8](repeating: 0, count: 4096)
    while installer.nextOffset < installer.imageSize {
      let count = min(chunk.count, Int(installer.imageSize - installer.nextOffset))
      var span = chunk.mutableSpan
      var part = span._mutatingExtracting(first: count)
      do throws(S.Failure) {
        try image.read(at: installer.nextOffset, into: &part)
      } catch {
        throw .imageUnreadable("\(error)")
      }
      try withSession { (device, session) throws(InstallError<FlashError>) in
        try installer.write(
          chunk.span.extracting(first: count), flash: &device.flash, crypto: &device.crypto,
          session: &session)
      }
    }
  }

  /// Lends the session out, and keeps what became of it.
  private mutating func withSession<Result: ~Copyable>(
    _ body: (inout EmulatedDevice, inout BootStateSession) throws(InstallError<FlashError>)
      -> Result
  ) throws(DeviceError) -> Result {
    guard var session else { throw .notRunning }
    do throws(InstallError<FlashError>) {
      let result = try body(&self, &session)
      self.session = session
      return result
    } catch {
      self.session = session
      switch error {
      case .flash(.powerLost), .bootState(.log(.flash(.powerLost))): throw noteLossOfPower()
      default: throw .install(error)
      }
    }
  }
}
