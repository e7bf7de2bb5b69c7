import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import SlotInstaller
import TestSupport
import Testing

/// Sources that only run forward: the image is known when its last byte has arrived.
@Suite struct ForwardOnlyTests {
  @Test func anImageIsStoredAsItComes() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let image = try ImageFixture.image(2)
    var installer = try bench.beginWithoutPrologue(&session)
    #expect(session.record?.slotA.state == .writing)
    try bench.send(image, chunk: 300, to: &installer, &session)
    #expect(try bench.finish(&installer, &session).header.version.major == 2)
    #expect(bench.content(of: .slotA, count: image.count) == image)
    #expect(try bench.powerUp().slot == .slotA)
  }

  @Test func ciphertextIsStoredOnADeviceThatDecryptsAtBoot() throws {
    let keys = WrapKeys.simple
    let image = try ImageFixture.image(2) { $0.encryption = keys.encryption }
    func install(
      _ decryption: DecryptionTime, memory: UInt32 = 0x4000
    ) throws -> (BootRecord?, Failure?) {
      var bench = try BootBench.runningFactory(
        decryptionKey: keys.decryption, memory: FlashRange(start: 0x2000_0000, count: memory)
      ) { $0.decryption = decryption }
      var session = try bench.bootedSession()
      var installer = try bench.beginWithoutPrologue(&session)
      try bench.send(image, to: &installer, &session)
      do throws(Failure) {
        _ = try bench.finish(&installer, &session)
      } catch { return (session.record, error) }
      #expect(try bench.powerUp().slot == .slotA)
      return (session.record, nil)
    }
    let stored = try install(.atBoot)
    #expect(stored.0?.slotA.storedForm == .ciphertext)
    #expect(stored.1 == nil)
    let refused = try install(.atInstall)
    #expect(refused.0?.slotA.cause == .decryption)
    #expect(refused.1 == .prologueNeeded)
    let cramped = try install(.atBoot, memory: 1_000)
    #expect(cramped.0?.slotA.cause == .placement)
    #expect(cramped.1 == .memoryTooSmall(needed: 2_032))
  }

  /// A stream that broke off must not stage what the slot held before.
  @Test(arguments: [0, 400, 1_000])
  func whatWasInTheSlotIsNotStaged(sent: Int) throws {
    var bench = try BootBench.runningFactory()
    let old = try ImageFixture.image(2, payloadSize: 9_000)
    bench.place(old, in: .slotA)
    var record = BootRecord()
    record.slotA = SlotRecord(.rejected, imageTag: try ImageFixture.tag(of: old))
    record.slotA.cause = .faults
    try bench.write(record)
    var session = try bench.bootedSession()
    var installer = try bench.beginWithoutPrologue(into: .slotA, &session)
    try bench.send(old, upTo: sent, to: &installer, &session)
    #expect(throws: Failure.self) { _ = try bench.finish(&installer, &session) }
    #expect(session.record?.slotA.state != .staged)
    #expect(try bench.powerUp().slot == .factory)
  }

  /// The same, broken off between two erase blocks: old and new bytes make one valid image.
  @Test func anOldTailDoesNotCompleteAnImage() throws {
    var bench = try BootBench.runningFactory()
    let old = try ImageFixture.image(2, payloadSize: 9_000)
    bench.place(old, in: .slotA)
    var session = try bench.bootedSession()
    var installer = try bench.beginWithoutPrologue(into: .slotA, &session)
    try bench.send(old, upTo: 4_096, to: &installer, &session)
    #expect(throws: Failure.incomplete(written: 4_096, imageSize: UInt32(old.count))) {
      _ = try bench.finish(&installer, &session)
    }
    try bench.send(old, to: &installer, &session)
    _ = try bench.finish(&installer, &session)
    #expect(session.record?.slotA.state == .staged)
  }

  @Test func itIsHeldAgainstTheDeviceAtTheEnd() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let image = try ImageFixture.image(2, signedBy: ImageFixture.otherKey)
    var installer = try bench.beginWithoutPrologue(&session)
    try bench.send(image, to: &installer, &session)
    #expect(throws: Failure.refused(.unknownKey)) { _ = try bench.finish(&installer, &session) }
    #expect(session.record?.slotA.cause == .signature)
  }

  @Test func theSlotIsTheLimit() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    var installer = try bench.beginWithoutPrologue(&session)
    let slotSize = bench.range(of: .slotA).count
    let bytes = [UInt8](repeating: 0x5A, count: Int(slotSize) + 1)
    #expect(throws: Failure.tooManyBytes(imageSize: slotSize)) {
      try installer.write(
        bytes.span, flash: &bench.flash, crypto: &bench.crypto, session: &session)
    }
  }

  @Test func itIsNotResumed() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let image = try ImageFixture.image(2, payloadSize: 9_000)
    var installer = try bench.beginWithoutPrologue(&session)
    try bench.send(image, upTo: 8_000, to: &installer, &session)
    #expect(session.record?.slotA.progress == 0)
    session = try bench.bootedSession()
    #expect(try bench.begin(image, &session).nextOffset == 0)
  }
}
