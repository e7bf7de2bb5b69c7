import BootState
import Bootloader
import FirmwareImage
import Hardware
import NORFlash
import SlotInstaller

/// The life of an application: confirm itself, install an update with and without its prologue,
/// reject itself.
@c(probe_install)
public func probeInstall() {
  do throws(InstallError<FlashError>) {
    var flash = MemoryMappedFlash()
    var crypto = CryptoEngine()
    var board = Board()
    let memory = unsafe UnsafeMutableBufferPointer(
      start: hardware_buffer(), count: hardware_buffer_size())
    var buffer = unsafe memory.mutableSpan
    let configuration = configuration()
    var session = try confirmedSession(&flash, &board, configuration)

    var prologue: ImagePrologue
    do throws(ImagePrologueError) {
      prologue = try ImagePrologue(header: buffer.span, areas: buffer.span)
    } catch {
      return take(error)
    }
    var installer = try SlotInstaller.begin(
      &prologue, flash: &flash, crypto: &crypto, securityCounter: &board, session: &session,
      configuration: configuration)
    try installer.write(buffer.span, flash: &flash, crypto: &crypto, session: &session)
    take(
      try installer.finish(
        flash: &flash, crypto: &crypto, securityCounter: &board, session: &session,
        configuration: configuration, buffer: &buffer))

    var forwardOnly = try SlotInstaller.beginWithoutPrologue(
      flash: &flash, session: &session, configuration: configuration)
    try forwardOnly.write(buffer.span, flash: &flash, crypto: &crypto, session: &session)
    take(
      try forwardOnly.finish(
        flash: &flash, crypto: &crypto, securityCounter: &board, session: &session,
        configuration: configuration, buffer: &buffer))
  } catch {
    take(error)
  }
}

private func confirmedSession(
  _ flash: inout MemoryMappedFlash, _ board: inout Board, _ configuration: BootConfiguration
) throws(InstallError<FlashError>) -> BootStateSession {
  let running = RunningImage(
    slot: BootSlot(rawValue: UInt8(truncatingIfNeeded: hardware_reset_cause())) ?? .factory,
    imageTag: 1, securityCounter: 1)
  do throws(BootStateError<FlashError>) {
    var session = try BootStateSession.open(
      on: &flash, metadata: configuration.layout.metadata,
      tableDigest: configuration.layout.tableDigest, running: running)
    take(try session.confirm(on: &flash, securityCounter: &board))
    try session.rejectRunning(on: &flash)
    return session
  } catch {
    throw .bootState(error)
  }
}
