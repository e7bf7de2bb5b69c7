import BootState
import Bootloader
import FirmwareImage
import Hardware
import NORFlash

/// A whole boot, from the reset to the handover, of a loader with the essentials only.
@c(probe_essential)
public func probeEssential() {
  var flash = MemoryMappedFlash()
  var crypto = CryptoEngine()
  var board = Board()
  let memory = unsafe UnsafeMutableBufferPointer(
    start: hardware_buffer(), count: hardware_buffer_size())
  var buffer = unsafe memory.mutableSpan
  let causes = ResetCauseFlags(rawValue: UInt16(truncatingIfNeeded: hardware_reset_cause()))
  do throws(BootError<FlashError>) {
    take(
      try Bootloader.boot(
        flash: &flash, crypto: &crypto, platform: &board, resetCause: causes.resolved,
        configuration: BootConfiguration(layout: layout(), flashBase: 0x800_0000),
        buffer: &buffer, features: EssentialBootFeatures.self))
  } catch {
    take(error)
  }
}
