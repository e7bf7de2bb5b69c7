public import BootState
public import Bootloader
import NORFlash
import OpenSSLCrypto

/// How the application of an emulated device behaves after a boot.
public enum ApplicationBehaviour: Equatable, Hashable, Sendable {
  /// It tests itself for two seconds, confirms, and goes on.
  case healthy
  /// It stops feeding the watchdog.
  case hangs
  /// Its fault handler resets the device after some seconds.
  case crashes(afterSeconds: UInt32)
  /// It runs and feeds the watchdog, and never confirms.
  case silent
  /// It finds something wrong in itself, rejects itself and resets.
  case rejectsItself
  /// It installs the update in these bytes, and resets.
  case installs(image: [UInt8])
}

/// What happened in one life of the application, from the boot to the next reset.
public struct ApplicationLife: Equatable, Sendable {
  /// What the application did.
  public enum Event: Equatable, Sendable {
    /// It confirmed itself.
    case confirmed(Confirmation)
    /// It rejected itself.
    case rejected
    /// It installed an update.
    case installed(InstallReport)
    /// It could not confirm or reject itself.
    case failed(DeviceError)
    /// The watchdog expired after this many seconds.
    case watchdogExpired(afterSeconds: UInt32)
    /// It crashed after this many seconds.
    case crashed(afterSeconds: UInt32)
    /// It goes on running.
    case running
  }

  /// What the boot loader handed over.
  public var handover: BootHandover
  /// What the application did.
  public var event: Event
  /// The cause of the reset that ended its life; `nil` if it goes on.
  public var resetCause: ResetCause?
}

extension EmulatedDevice {
  /// Boots, and lets the application live until it settles or a reset ends it.
  ///
  /// - Parameter cause: Why the device starts; `nil` for the cause that is due, else a power-on.
  /// - Throws: `DeviceError.powerLost` if the power fails meanwhile.
  @discardableResult
  public mutating func run(
    _ behaviour: ApplicationBehaviour, cause: ResetCause? = nil
  ) throws(DeviceError) -> ApplicationLife {
    let handover = try boot(cause)
    guard running != nil else {
      return ApplicationLife(handover: handover, event: .running, resetCause: nil)
    }
    let event = try live(behaviour)
    return ApplicationLife(handover: handover, event: event, resetCause: pendingResetCause)
  }

  /// Lets the application that runs live until it settles or a reset ends it.
  ///
  /// - Returns: What it did.
  /// - Throws: `DeviceError.notRunning`, or `.powerLost` if the power fails meanwhile.
  public mutating func live(
    _ behaviour: ApplicationBehaviour
  ) throws(DeviceError) -> ApplicationLife.Event {
    guard running != nil else { throw .notRunning }
    switch behaviour {
    case .healthy:
      return try reportingFailures { (device) throws(DeviceError) in
        .confirmed(try device.confirm())
      }
    case .silent:
      return .running
    case .hangs:
      reset(.watchdog)
      return .watchdogExpired(afterSeconds: description.watchdogSeconds)
    case .crashes(let seconds):
      reset(.software)
      return .crashed(afterSeconds: seconds)
    case .rejectsItself:
      return try reportingFailures { (device) throws(DeviceError) in
        try device.rejectRunning()
        return .rejected
      }
    case .installs(let bytes):
      return try reportingFailures { (device) throws(DeviceError) in
        var image = MemoryStorage(bytes)
        let report = try device.install(&image)
        device.resetAsPlanned()
        return .installed(report)
      }
    }
  }

  /// Turns what the device refuses into an event; a loss of power ends the life.
  private mutating func reportingFailures(
    _ body: (inout EmulatedDevice) throws(DeviceError) -> ApplicationLife.Event
  ) throws(DeviceError) -> ApplicationLife.Event {
    do throws(DeviceError) {
      return try body(&self)
    } catch {
      if error == .powerLost { throw error }
      return .failed(error)
    }
  }
}
