import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import ImageCompression
import NORFlash
import OpenSSLCrypto
import SlotInstaller
import TestSupport

typealias Unpacker = DecompressingInstaller<StreamDecompressor>

extension BootBench {
  /// Begins with the prologue of a delivered image.
  mutating func beginUnpacking(
    _ image: [UInt8], incoming: StoredForm? = nil, into slot: UpdateSlot? = nil,
    window: UInt32 = StreamDecompressor.defaultLargestWindow, _ session: inout BootStateSession
  ) throws -> Unpacker {
    var storage = MemoryStorage(image)
    var prologue = try ImagePrologue(reading: &storage)
    return try DecompressingInstaller.begin(
      &prologue, incoming: incoming, into: slot,
      decompressor: StreamDecompressor(largestWindow: window), flash: &flash, crypto: &crypto,
      securityCounter: &platform, session: &session, configuration: configuration)
  }

  /// Delivers what is missing, in chunks, up to `end`.
  mutating func deliver(
    _ image: [UInt8], chunk: Int = 100, upTo end: Int? = nil, to installer: inout Unpacker,
    _ session: inout BootStateSession
  ) throws(Failure) {
    let end = end ?? Int(installer.imageSize)
    while Int(installer.nextOffset) < end {
      let start = Int(installer.nextOffset)
      let bytes = Array(image[start..<min(start + chunk, end)])
      try installer.write(bytes.span, flash: &flash, crypto: &crypto, session: &session)
    }
  }

  mutating func finish(
    _ installer: inout Unpacker, _ session: inout BootStateSession
  ) throws(Failure) -> ImageSummary {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    var span = buffer.mutableSpan
    return try installer.finish(
      flash: &flash, crypto: &crypto, securityCounter: &platform, session: &session,
      configuration: configuration, buffer: &span)
  }

  /// The whole installation.
  @discardableResult
  mutating func unpack(
    _ image: [UInt8], incoming: StoredForm? = nil, chunk: Int = 100,
    _ session: inout BootStateSession
  ) throws -> ImageSummary {
    var installer = try beginUnpacking(image, incoming: incoming, &session)
    try deliver(image, chunk: chunk, to: &installer, &session)
    return try finish(&installer, &session)
  }

  /// The refusal of `begin`, after a check that it left the flash alone.
  mutating func unpackingRefusal(
    of image: [UInt8], window: UInt32 = StreamDecompressor.defaultLargestWindow
  ) throws -> Failure? {
    var session = try bootedSession()
    flash.trace = []
    let before = session.record
    do {
      _ = try beginUnpacking(image, window: window, &session)
      return nil
    } catch let error as Failure {
      guard flash.trace.isEmpty, session.record == before else { fatalError("changed the flash") }
      return error
    }
  }
}
