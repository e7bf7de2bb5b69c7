import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import SlotInstaller
import TestSupport

typealias Failure = InstallError<FlashError>

extension BootBench {
  /// A device that runs version 1 from factory, both slots empty.
  static func runningFactory(
    _ part: BenchPart = .serial, decryptionKey: DecryptionKey? = nil,
    trustedKeys: [PublicKey] = [ImageFixture.key.publicKey],
    memory: FlashRange? = FlashRange(start: 0x2000_0000, count: 0x4000),
    _ change: (inout BootConfiguration) -> Void = { _ in }
  ) throws -> BootBench {
    var bench = try BootBench(
      part, trustedKeys: trustedKeys, decryptionKey: decryptionKey, memory: memory, change)
    bench.place(try ImageFixture.image(1), in: .factory)
    try bench.write(BootRecord())
    return bench
  }

  /// What runs after a boot, and its session.
  mutating func bootedSession() throws -> BootStateSession {
    let handover = try powerUp()
    guard let running = handover.running else { fatalError("nothing boots") }
    return try session(of: running)
  }

  /// Begins with the prologue of an image file.
  mutating func begin(
    _ image: [UInt8], incoming: StoredForm? = nil, into slot: UpdateSlot? = nil,
    resumption: Resumption = .whenPossible, _ session: inout BootStateSession
  ) throws -> SlotInstaller {
    var storage = MemoryStorage(image)
    var prologue = try ImagePrologue(reading: &storage)
    return try SlotInstaller.begin(
      &prologue, incoming: incoming, into: slot, resumption: resumption, flash: &flash,
      crypto: &crypto, securityCounter: &platform, session: &session, configuration: configuration)
  }

  /// Sends what is missing of an image, up to `end`, in chunks.
  mutating func send(
    _ image: [UInt8], chunk: Int = 1_000, upTo end: Int? = nil, to installer: inout SlotInstaller,
    _ session: inout BootStateSession
  ) throws(Failure) {
    let end = end ?? Int(min(installer.imageSize, UInt32(image.count)))
    while Int(installer.nextOffset) < end {
      let start = Int(installer.nextOffset)
      let bytes = Array(image[start..<min(start + chunk, end)])
      try installer.write(bytes.span, flash: &flash, crypto: &crypto, session: &session)
    }
  }

  mutating func finish(
    _ installer: inout SlotInstaller, _ session: inout BootStateSession
  ) throws(Failure) -> ImageSummary {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    var span = buffer.mutableSpan
    return try installer.finish(
      flash: &flash, crypto: &crypto, securityCounter: &platform, session: &session,
      configuration: configuration, buffer: &span)
  }

  /// The whole installation.
  @discardableResult
  mutating func install(
    _ image: [UInt8], incoming: StoredForm? = nil, into slot: UpdateSlot? = nil,
    chunk: Int = 1_000, _ session: inout BootStateSession
  ) throws -> SlotInstaller {
    var installer = try begin(image, incoming: incoming, into: slot, &session)
    try send(image, chunk: chunk, to: &installer, &session)
    _ = try finish(&installer, &session)
    return installer
  }

  mutating func beginWithoutPrologue(
    into slot: UpdateSlot? = nil, _ session: inout BootStateSession
  ) throws(Failure) -> SlotInstaller {
    try SlotInstaller.beginWithoutPrologue(
      into: slot, flash: &flash, session: &session, configuration: configuration)
  }

  /// The bytes of a slot, from its start.
  func content(of slot: BootSlot, count: Int) -> [UInt8] {
    Array(flash.base.bytes(in: range(of: slot))[0..<count])
  }

  /// The refusal of `begin`, after a check that it left the flash alone.
  mutating func refusal(
    of image: [UInt8], incoming: StoredForm? = nil, into slot: UpdateSlot? = nil,
    _ session: inout BootStateSession
  ) throws -> Failure? {
    flash.trace = []
    let before = session.record
    do {
      _ = try begin(image, incoming: incoming, into: slot, &session)
      return nil
    } catch let error as Failure {
      guard flash.trace.isEmpty, session.record == before else { fatalError("changed the flash") }
      return error
    }
  }
}

/// Installs with one cut of the power.
enum CutInstallation {
  /// What a device does from power-on until the update is staged.
  ///
  /// - Returns: The offset at which the installation went on.
  static func run(
    _ image: [UInt8], on bench: inout BootBench
  ) throws -> UInt32 {
    var session = try bench.bootedSession()
    if session.running.slot != .factory { return 0 }
    if session.record?.slotA.state == .staged { return 0 }
    var installer = try bench.begin(image, &session)
    let resumedAt = installer.nextOffset
    try bench.send(image, chunk: 777, to: &installer, &session)
    _ = try bench.finish(&installer, &session)
    return resumedAt
  }
}

/// Whether an error is the loss of power, wherever it was noticed.
func isPowerLoss(_ error: any Error) -> Bool {
  switch error {
  case let error as Failure:
    error == .flash(.powerLost) || error == .bootState(.log(.flash(.powerLost)))
  case let error as BootError<FlashError>: error == .powerLost(.powerLost)
  case let error as BootStateError<FlashError>: error == .log(.flash(.powerLost))
  default: false
  }
}
