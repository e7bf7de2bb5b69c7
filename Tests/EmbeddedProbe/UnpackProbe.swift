import BootState
import Bootloader
import FirmwareImage
import Hardware
import NORFlash
import SlotInstaller

/// An update that may be compressed, with a decompressor in hardware.
@c(probe_unpack)
public func probeUnpack() {
  do throws(InstallError<FlashError>) {
    var flash = MemoryMappedFlash()
    var crypto = CryptoEngine()
    var board = Board()
    let memory = unsafe UnsafeMutableBufferPointer(
      start: hardware_buffer(), count: hardware_buffer_size())
    var buffer = unsafe memory.mutableSpan
    let configuration = configuration()
    var session = try openSession(&flash, configuration)

    var prologue: ImagePrologue
    do throws(ImagePrologueError) {
      prologue = try ImagePrologue(header: buffer.span, areas: buffer.span)
    } catch {
      return take(error)
    }
    var installer = try DecompressingInstaller.begin(
      &prologue, decompressor: DecompressionEngine(), flash: &flash, crypto: &crypto,
      securityCounter: &board, session: &session, configuration: configuration)
    try installer.write(buffer.span, flash: &flash, crypto: &crypto, session: &session)
    take(
      try installer.finish(
        flash: &flash, crypto: &crypto, securityCounter: &board, session: &session,
        configuration: configuration, buffer: &buffer))
  } catch {
    take(error)
  }
}

private func openSession(
  _ flash: inout MemoryMappedFlash, _ configuration: BootConfiguration
) throws(InstallError<FlashError>) -> BootStateSession {
  let running = RunningImage(
    slot: BootSlot(rawValue: UInt8(truncatingIfNeeded: hardware_reset_cause())) ?? .factory,
    imageTag: 1, securityCounter: 1)
  do throws(BootStateError<FlashError>) {
    return try BootStateSession.open(
      on: &flash, metadata: configuration.layout.metadata,
      tableDigest: configuration.layout.tableDigest, running: running)
  } catch {
    throw .bootState(error)
  }
}

/// A decompressor that keeps nothing in Swift.
private struct DecompressionEngine: PayloadDecompressor {
  var largestWindow: UInt32 { 32_768 }

  func supports(_ algorithm: CompressionAlgorithm) -> Bool { true }

  mutating func start(_ method: CompressionMethod) throws(DecompressorError) {
    let code = hardware_decompressor_start(method.windowSize)
    guard code == 0 else { throw .failed(code: code) }
  }

  mutating func decompress(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(DecompressorError) -> DecompressionStep {
    var consumed = 0
    var produced = 0
    let status = unsafe input.withUnsafeBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe hardware_decompress(
          source.baseAddress, source.count, &consumed, target.baseAddress, target.count, &produced)
      }
    }
    guard status >= 0 else { throw .damaged }
    return DecompressionStep(consumed: consumed, produced: produced, isAtEnd: status == 1)
  }
}
