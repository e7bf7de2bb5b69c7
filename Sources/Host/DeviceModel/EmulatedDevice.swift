public import BootState
public import Bootloader
public import FirmwareImage
public import FlashEmulator
import NORFlash
public import OpenSSLCrypto

/// A device to try things on: real boot loader, real installer, real boot state, on an emulated flash.
///
///     var device = try EmulatedDevice.manufacture(description, factoryImage: image)
///     let handover = try device.boot()
///     try device.install(&update)
///     try device.boot(.softwarePlanned)        // the trial
///     try device.confirm()
///
/// A loss of power during any call leaves the flash as the cut left it and throws
/// `DeviceError.powerLost`; the next `boot` switches the power on again.
public struct EmulatedDevice: ~Copyable {
  /// What the device is.
  public let description: DeviceDescription
  /// The configuration of its boot loader.
  public internal(set) var configuration: BootConfiguration
  /// The flash.
  public var flash: EmulatedFlash
  /// RAM, one-time programmable memory and watchdog.
  public var platform: EmulatedPlatform
  /// The image that runs; `nil` before the first boot, in recovery, and after a reset.
  public internal(set) var running: RunningImage?
  /// The cause of the reset that is due, if there is one.
  public internal(set) var pendingResetCause: ResetCause?
  /// What the last boot handed over in this process.
  public internal(set) var handover: BootHandover?

  var crypto: OpenSSLProvider
  var session: BootStateSession? {
    didSet { if let session { running = session.running } }
  }

  init(
    description: DeviceDescription, configuration: BootConfiguration,
    flash: consuming EmulatedFlash, platform: EmulatedPlatform,
    signatureCache: SignatureCache? = nil
  ) throws(DeviceError) {
    let provider: OpenSSLProvider
    do throws(KeyError) {
      provider = try OpenSSLProvider(
        trustedKeys: description.trustedKeys, decryptionKey: description.decryptionKey?.key,
        signatureCache: signatureCache, hashing: .automatic)
    } catch {
      throw .key(error)
    }
    self.description = description
    self.configuration = configuration
    self.flash = flash
    self.platform = platform
    crypto = provider
  }

  /// Switches on a device that was made before, on its flash and its hardware.
  ///
  /// Everything else is new, as after a reset: nothing outlives it in memory of this process.
  ///
  /// - Parameters:
  ///   - factoryForm: How the payload of its factory image is stored.
  ///   - signatureCache: Shared by devices that verify the same images over and over.
  /// - Throws: `DeviceError.layout`, `.key`.
  public static func made(
    _ description: DeviceDescription, factoryForm: StoredForm = .plain,
    flash: consuming EmulatedFlash, platform: EmulatedPlatform,
    signatureCache: SignatureCache? = nil
  ) throws(DeviceError) -> EmulatedDevice {
    try EmulatedDevice(
      description: description,
      configuration: description.configuration(
        factoryForm: factoryForm, examination: .untilBootable),
      flash: flash, platform: platform, signatureCache: signatureCache)
  }

  /// Resets the device, or switches it on, and runs the boot loader.
  ///
  /// - Parameters:
  ///   - cause: Why the device starts; `nil` for the cause that is due, else a power-on.
  ///   - examination: How many candidates are verified.
  /// - Throws: `DeviceError.powerLost` if the power fails meanwhile.
  @discardableResult
  public mutating func boot(
    _ cause: ResetCause? = nil, examination: Examination = .untilBootable
  ) throws(DeviceError) -> BootHandover {
    let cause = cause ?? pendingResetCause ?? .powerOn
    if !flash.isPowered || cause == .powerOn || cause == .brownOut { platform.losePower() }
    flash.restorePower()
    pendingResetCause = nil
    running = nil
    session = nil
    platform.watchdog = nil
    configuration.policy.examination = examination
    flash.activity = "boot loader"
    defer { flash.activity = "application" }
    var buffer = Self.verificationBuffer()
    var span = buffer.mutableSpan
    do throws(BootError<FlashError>) {
      let result = try Bootloader.boot(
        flash: &flash, crypto: &crypto, platform: &platform, resetCause: cause,
        configuration: configuration, buffer: &span)
      running = result.running
      handover = result
      return result
    } catch {
      throw noteLossOfPower()
    }
  }

  /// The boot state on record.
  ///
  /// - Throws: `DeviceError.bootState`, `.powerLost`.
  public mutating func bootRecord() throws(DeviceError) -> BootRecord? {
    try openSession()
    return session?.record
  }

  /// The memory of one verification.
  static func verificationBuffer() -> [UInt8] { [UInt8](repeating: 0, count: 16_384) }

  mutating func openSession() throws(DeviceError) {
    guard let running else { throw .notRunning }
    guard session == nil else { return }
    let layout = configuration.layout
    do throws(BootStateError<FlashError>) {
      session = try BootStateSession.open(
        on: &flash, metadata: layout.metadata, tableDigest: layout.tableDigest, running: running)
    } catch {
      throw translated(error)
    }
  }

  /// Ends the run without a trace, for a caller that puts the flash back to an earlier content.
  public mutating func abandonRun() {
    running = nil
    session = nil
    handover = nil
    pendingResetCause = nil
  }

  /// The power is gone: nothing runs until the next boot.
  mutating func noteLossOfPower() -> DeviceError {
    running = nil
    session = nil
    pendingResetCause = .powerOn
    return .powerLost
  }

  /// Ends the run with a reset.
  mutating func reset(_ cause: ResetCause) {
    running = nil
    session = nil
    pendingResetCause = cause
  }

  mutating func translated(_ error: BootStateError<FlashError>) -> DeviceError {
    if case .log(.flash(.powerLost)) = error { return noteLossOfPower() }
    session = nil
    return .bootState(error)
  }
}
