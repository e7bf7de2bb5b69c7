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

@Suite struct StreamTests {
  @Test(arguments: BenchPart.all)
  func anUpdateIsWrittenStagedAndBoots(part: BenchPart) throws {
    var bench = try BootBench.runningFactory(part)
    bench.flash.fill(bench.range(of: .slotA), with: ImageFixture.payload(9_000, seed: 5))
    var session = try bench.bootedSession()
    let image = try ImageFixture.image(2, payloadSize: 5_003)
    let installer = try bench.install(image, &session)
    #expect(installer.slot == .slotA && installer.storedForm == .plain)
    #expect(bench.content(of: .slotA, count: image.count) == image)
    #expect(session.record?.slotA.state == .staged)
    let handover = try bench.powerUp()
    #expect(handover.slot == .slotA)
    #expect(handover.decision.reason == .trial)
  }

  /// A chunk must not matter; what lies behind the image neither.
  @Test(arguments: [1, 7, 16, 511, 512, 513, 4_096, 100_000])
  func anyChunkSizeGivesTheSameFlash(chunk: Int) throws {
    let keys = WrapKeys.simple
    let image = try ImageFixture.image(2, payloadSize: 5_003) {
      $0.encryption = keys.encryption
      $0.headerSize = 33
    }
    for decryption in [DecryptionTime.atInstall, .atBoot] {
      var bench = try BootBench.runningFactory(decryptionKey: keys.decryption) {
        $0.decryption = decryption
      }
      var session = try bench.bootedSession()
      try bench.install(image, chunk: chunk, &session)
      var expected = image
      if decryption == .atInstall {
        expected.replaceSubrange(33..<33 + 5_003, with: ImageFixture.payload(5_003, seed: 2))
      }
      let payloadEnd = 33 + 5_003
      let content = bench.content(of: .slotA, count: image.count)
      #expect(Array(content[0..<payloadEnd]) == Array(expected[0..<payloadEnd]))
      let areas = Int(try ImageFixture.summary(of: image).header.tlvOffset)
      #expect(Array(content[areas...]) == Array(image[areas...]))
      let rest = bench.flash.base.bytes(in: bench.range(of: .slotA))[image.count..<8_192]
      #expect(rest.allSatisfy { $0 == 0xFF })
    }
  }

  @Test(arguments: WrapKeys.all, [32, 33, 512])
  func encryptedImagesInBothModes(keys: WrapKeys, headerSize: Int) throws {
    let image = try ImageFixture.image(2, payloadSize: 3_000) {
      $0.encryption = keys.encryption
      $0.headerSize = headerSize
    }
    let payload = ImageFixture.payload(3_000, seed: 2)
    for decryption in [DecryptionTime.atInstall, .atBoot] {
      var bench = try BootBench.runningFactory(decryptionKey: keys.decryption) {
        $0.decryption = decryption
      }
      var session = try bench.bootedSession()
      let installer = try bench.install(image, &session)
      let stored = Array(
        bench.content(of: .slotA, count: headerSize + 3_000)[headerSize...])
      let handover = try bench.powerUp()
      #expect(handover.slot == .slotA)
      if decryption == .atInstall {
        #expect(installer.storedForm == .plain)
        #expect(stored == payload)
        #expect(handover.entry == .flash(address: 0x0800_4000 + UInt32(headerSize)))
      } else {
        #expect(installer.storedForm == .ciphertext)
        #expect(stored == Array(image[headerSize..<headerSize + 3_000]))
        #expect(handover.entry == .memory(address: 0x2000_0000 + UInt32(headerSize)))
        #expect(
          Array(bench.platform.memory[headerSize..<headerSize + 3_000]) == payload)
      }
    }
  }

  @Test func plaintextOfAnEncryptedImageIsStoredAsItComes() throws {
    let keys = WrapKeys.simple
    let image = try ImageFixture.image(2) {
      $0.encryption = keys.encryption
      $0.encryption?.storedForm = .plain
    }
    var bench = try BootBench.runningFactory(decryptionKey: keys.decryption) {
      $0.decryption = .atBoot
    }
    var session = try bench.bootedSession()
    try bench.install(image, incoming: .plain, &session)
    #expect(bench.content(of: .slotA, count: image.count) == image)
    #expect(try bench.powerUp().entry == .flash(address: 0x0800_4020))
  }

  @Test func nothingIsErasedBeforeTheRecordIsDurable() throws {
    for part in BenchPart.all {
      var bench = try BootBench.runningFactory(part)
      var session = try bench.bootedSession()
      let image = try ImageFixture.image(2)
      bench.flash.trace = []
      var installer = try bench.begin(image, &session)
      let slot = bench.range(of: .slotA)
      #expect(!bench.flash.trace.isEmpty)
      #expect(!bench.flash.trace.contains { $0.range.overlaps(slot) })
      // Another mount, as after a cut, sees it.
      #expect(try bench.record()?.slotA.state == .writing)
      bench.flash.trace = []
      try bench.send(image, to: &installer, &session)
      let firstChange = bench.flash.trace.first { $0.range.overlaps(slot) }
      guard case .erase = firstChange else {
        Issue.record("\(part.name): \(String(describing: firstChange))")
        return
      }
      // Nothing but the slot and the log is ever touched.
      let metadata = bench.configuration.layout.metadata
      #expect(
        bench.flash.trace.allSatisfy { slot.contains($0.range) || metadata.contains($0.range) })
    }
  }

  @Test func bytesMissingAndBytesTooMany() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let image = try ImageFixture.image(2)
    let size = UInt32(image.count)
    var installer = try bench.begin(image, &session)
    try bench.send(image, upTo: image.count - 1, to: &installer, &session)
    #expect(throws: Failure.incomplete(written: size - 1, imageSize: size)) {
      _ = try bench.finish(&installer, &session)
    }
    let tail = [image[image.count - 1], 0]
    #expect(throws: Failure.tooManyBytes(imageSize: size)) {
      try installer.write(
        tail.span, flash: &bench.flash, crypto: &bench.crypto, session: &session)
    }
    #expect(installer.nextOffset == size - 1)
    try bench.send(image, to: &installer, &session)
    _ = try bench.finish(&installer, &session)
    #expect(try bench.powerUp().slot == .slotA)
  }

  @Test(arguments: [40, 1_500, -20])
  func aByteThatArrivesDamagedIsRejectedOnRecord(position: Int) throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    try bench.install(try ImageFixture.image(2), &session)
    session = try bench.bootedSession()
    _ = try session.confirm(on: &bench.flash, securityCounter: &bench.platform)

    let image = try ImageFixture.image(3)
    var damaged = image
    damaged[position < 0 ? image.count + position : position] ^= 1
    var installer = try bench.begin(image, &session)
    try bench.send(damaged, to: &installer, &session)
    #expect(throws: Failure.self) { _ = try bench.finish(&installer, &session) }
    #expect(session.record?.slotB.state == .rejected)
    let handover = try bench.powerUp()
    #expect(handover.slot == .slotA)
    #expect(handover.decision.reason == .confirmed)
  }

  @Test func anotherImageThanTheAnnouncedOneIsRejected() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    func image(_ major: UInt8) throws -> [UInt8] {
      try ImageFixture.image(major) { $0.signaturePadding = .zeros }
    }
    let (announced, sent) = (try image(2), try image(3))
    var installer = try bench.begin(announced, &session)
    try bench.send(sent, to: &installer, &session)
    let expected = Failure.otherImage(
      expected: try ImageFixture.tag(of: announced), found: try ImageFixture.tag(of: sent))
    #expect(throws: expected) { _ = try bench.finish(&installer, &session) }
    #expect(session.record?.slotA.cause == .identity)
    #expect(try bench.powerUp().slot == .factory)
  }

  @Test(arguments: [SlotTrailer.pending, .confirmed])
  func aTrailerIsLeftBehind(trailer: SlotTrailer) throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let slotSize = bench.range(of: .slotA).count
    let image = try ImageFixture.image(2) {
      $0.slot = SlotLayout(size: slotSize)
      $0.trailer = trailer
    }
    #expect(image.count == Int(slotSize))
    let installer = try bench.install(image, &session)
    #expect(installer.imageSize < slotSize)
    let content = bench.content(of: .slotA, count: Int(slotSize))
    #expect(content[Int(installer.imageSize)...].allSatisfy { $0 == 0xFF })
    let handover = try bench.powerUp()
    #expect(handover.decision.reason == .trial)
  }

  @Test func aFloorThatCannotFollowAnyMoreIsFoundAtTheEnd() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let image = try ImageFixture.image(2) { $0.securityCounter = .value(6) }
    var installer = try bench.begin(image, &session)
    try bench.send(image, to: &installer, &session)
    bench.platform.floorLimit = 5
    #expect(throws: Failure.floorExhausted(counter: 6)) {
      _ = try bench.finish(&installer, &session)
    }
    #expect(session.record?.slotA.cause == .securityCounter)
  }

  /// The end of a stream may be tried again after a fault: nothing is decrypted twice.
  @Test func theEndCanBeTriedAgainAfterAFault() throws {
    let keys = WrapKeys.simple
    let image = try ImageFixture.image(2, payloadSize: 2_000) { $0.encryption = keys.encryption }
    var bench = try BootBench.runningFactory(decryptionKey: keys.decryption)
    var session = try bench.bootedSession()
    var installer = try bench.begin(image, &session)
    try bench.send(image, upTo: 1_800, to: &installer, &session)
    // The page that ends at 2048 holds the last bytes of the payload.
    bench.flash.programsUntilFault = 0
    #expect(throws: Failure.self) { try bench.send(image, to: &installer, &session) }
    try bench.send(image, to: &installer, &session)
    bench.flash.programsUntilFault = 0
    #expect(throws: Failure.self) { _ = try bench.finish(&installer, &session) }
    _ = try bench.finish(&installer, &session)
    #expect(session.record?.slotA.state == .staged)
    #expect(try bench.powerUp().slot == .slotA)
  }

  @Test func aFaultThatMayPassRejectsNothing() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let image = try ImageFixture.image(2)
    var installer = try bench.begin(image, &session)
    try bench.send(image, to: &installer, &session)
    bench.flash.silent = FlashRange(start: bench.range(of: .slotA).start + 600, count: 4)
    #expect(throws: Failure.self) { _ = try bench.finish(&installer, &session) }
    #expect(session.record?.slotA.state == .writing)
    bench.flash.silent = nil
    _ = try bench.finish(&installer, &session)
    #expect(session.record?.slotA.state == .staged)
  }
}
