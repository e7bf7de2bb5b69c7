import ArgumentParser
import DeviceModel
import FlashEmulator

/// The device that a command is about.
struct DeviceFile: ParsableArguments {
  @Argument(
    help: "The flash dump of the device; the rest of its state lies beside it in DUMP.json.")
  var dump: String

  /// Reads the device.
  ///
  /// - Throws: `CommandFailure` with status 64 if its files cannot be used.
  func load() throws(CommandFailure) -> EmulatedDevice {
    do throws(DeviceError) {
      return try EmulatedDevice.load(from: dump)
    } catch {
      switch error {
      case .file(.cannotRead(let path, let reason)):
        throw .usage(
          "cannot read '\(path)': \(reason); 'brickproof device create' makes a device")
      case .file, .sidecar: throw .usage(error.description)
      default: throw .usage("\(dump): \(error)")
      }
    }
  }

  /// Writes the device back.
  ///
  /// - Throws: `CommandFailure` with status 70.
  func save(_ device: borrowing EmulatedDevice) throws(CommandFailure) {
    do throws(DeviceError) { try device.save(to: dump) } catch { throw .failure("\(error)") }
  }

  /// Lends the device to `body` and writes it back, also when the device refused or its power
  /// failed: what happened on the flash has happened.
  ///
  /// - Returns: What `body` returns, or what the device refuses with.
  func change<Success>(
    _ body: (inout EmulatedDevice) throws(DeviceError) -> Success
  ) throws(CommandFailure) -> Result<Success, DeviceError> {
    var device = try load()
    let result: Result<Success, DeviceError>
    do throws(DeviceError) {
      result = .success(try body(&device))
    } catch {
      result = .failure(error)
    }
    try save(device)
    return result
  }

  /// The failure of the command when the device refuses.
  func failure(_ error: DeviceError) -> CommandFailure {
    if case .file = error { return .failure("\(dump): \(error)") }
    return .bad("\(dump): \(error)")
  }
}

/// What a device refused, as JSON.
struct DeviceRefusalReport: Encodable {
  var formatVersion = 1
  var outcome = "refused"
  var reason: String
  var message: String

  init(_ error: DeviceError) {
    reason = error.name
    message = error.description
  }
}

extension DeviceFile {
  /// What a command got, or its failure after the refusal was printed as JSON if that was asked for.
  func value<Success>(
    of result: Result<Success, DeviceError>, json: Bool
  ) throws(CommandFailure) -> Success {
    switch result {
    case .success(let value): return value
    case .failure(let error):
      if json { try JSONOutput.print(DeviceRefusalReport(error)) }
      throw failure(error)
    }
  }
}
