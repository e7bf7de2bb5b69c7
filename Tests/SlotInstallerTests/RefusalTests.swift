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

@Suite struct RefusalTests {
  private func factorySession(_ bench: inout BootBench) throws -> BootStateSession {
    try bench.bootedSession()
  }

  @Test func imagesThatAreNotForThisDeviceAreRefusedBeforeAnyChange() throws {
    let vendor = HardwareIdentifier.name("example.com")
    var bench = try BootBench.runningFactory { $0.policy.faultLimit = 2 }
    bench.platform.floor = 3
    bench.platform.floorLimit = 7
    var session = try factorySession(&bench)
    func counted(_ value: UInt32) throws -> [UInt8] {
      try ImageFixture.image(2) { $0.securityCounter = .value(value) }
    }
    #expect(
      try bench.refusal(of: try counted(2), &session)
        == .refused(.securityCounter(found: 2, minimum: 3)))
    #expect(try bench.refusal(of: try counted(8), &session) == .floorExhausted(counter: 8))
    #expect(
      try bench.refusal(
        of: try ImageFixture.image(2, signedBy: ImageFixture.otherKey) {
          $0.securityCounter = .value(3)
        }, &session) == .refused(.unknownKey))
    #expect(
      try bench.refusal(
        of: try ImageFixture.image(2, signedBy: nil) { $0.securityCounter = .value(3) }, &session)
        == .refused(.unsigned))
    bench.configuration.vendorID = vendor.vendorUUID()
    #expect(try bench.refusal(of: try counted(3), &session) == .refused(.vendorID))
    bench.configuration.vendorID = nil
    bench.configuration.classID = vendor.vendorUUID()
    #expect(try bench.refusal(of: try counted(3), &session) == .refused(.classID))
    bench.configuration.classID = nil
    let minimum = ImageVersion(major: 1, minor: 0, revision: 0)
    #expect(
      try bench.refusal(
        of: try ImageFixture.image(2) {
          $0.securityCounter = .value(3)
          $0.dependencies = [ImageDependency(imageID: 1, minimumVersion: minimum)]
        }, &session) == .refused(.dependency(imageID: 1, minimum: minimum)))
    #expect(
      try bench.refusal(
        of: try ImageFixture.image(2) {
          $0.securityCounter = .value(3)
          $0.isBootable = false
        }, &session) == .refused(.notBootable))
    bench.platform.floorFault = .unreadable
    #expect(
      try bench.refusal(of: try counted(3), &session)
        == .bootState(.securityCounter(.unreadable)))
    bench.platform.floorFault = nil
    #expect(try bench.refusal(of: try counted(3), &session) == nil)
  }

  @Test func aPureSignatureThatCannotBeCheckedIsRefusedBeforeAnyChange() throws {
    let key = ImageFixture.makeKey(.ed25519)
    var bench = try BootBench.runningFactory(
      trustedKeys: [ImageFixture.key.publicKey, key.publicKey])
    var session = try bench.bootedSession()
    let image = try ImageFixture.image(2, signedBy: key) { $0.signatureForm = .pure }
    let end = UInt32(try ImageFixture.summary(of: image).header.hashedEnd)
    #expect(
      try bench.refusal(of: image, &session)
        == .refused(.pureSignatureNeedsMemory(needed: end, available: 0)))
    bench.configuration.pureSignatureLimit = end
    #expect(try bench.refusal(of: image, &session) == nil)
  }

  @Test func theSizeIsJudgedToTheByte() throws {
    var bench = try BootBench.runningFactory()
    var session = try factorySession(&bench)
    let slotSize = Int(bench.range(of: .slotA).count)
    // A signature of padded length, so that every image has the same overhead.
    func image(_ size: Int) throws -> [UInt8] {
      let overhead =
        try ImageFixture.image(2, payloadSize: 100) {
          $0.signaturePadding = .zeros
        }.count - 100
      return try ImageFixture.image(2, payloadSize: size - overhead) {
        $0.signaturePadding = .zeros
      }
    }
    let large = try image(slotSize + 1)
    #expect(large.count == slotSize + 1)
    #expect(
      try bench.refusal(of: large, &session)
        == .refused(.tooLarge(size: UInt32(slotSize) + 1, maximum: UInt32(slotSize))))
    let full = try image(slotSize)
    try bench.install(full, &session)
    #expect(bench.content(of: .slotA, count: slotSize) == full)
    #expect(try bench.powerUp().slot == .slotA)
  }

  @Test func encryptedImagesNeedTheKeyAndTheMemory() throws {
    let keys = WrapKeys.simple
    let image = try ImageFixture.image(2) { $0.encryption = keys.encryption }
    var bench = try BootBench.runningFactory()
    var session = try factorySession(&bench)
    #expect(
      try bench.refusal(of: image, &session) == .crypto(.noDecryptionKey(.aesKeyWrap)))

    let wrong = try DecryptionKey(keyEncryptionKey: Array(repeating: 1, count: 16))
    bench = try BootBench.runningFactory(decryptionKey: wrong)
    session = try factorySession(&bench)
    #expect(
      try bench.refusal(of: image, &session) == .crypto(.keyUnwrapFailed(.aesKeyWrap)))

    bench = try BootBench.runningFactory(
      decryptionKey: keys.decryption, memory: FlashRange(start: 0x2000_0000, count: 2_031)
    ) { $0.decryption = .atBoot }
    session = try factorySession(&bench)
    #expect(try bench.refusal(of: image, &session) == .memoryTooSmall(needed: 2_032))

    // Linked for the flash, but this device would run it from its memory.
    bench = try BootBench.runningFactory(decryptionKey: keys.decryption) {
      $0.decryption = .atBoot
    }
    session = try factorySession(&bench)
    #expect(
      try bench.refusal(of: try ImageFixture.image(2), incoming: .ciphertext, &session)
        == .refused(.notEncrypted))
    let linked = try ImageFixture.image(2) {
      $0.encryption = keys.encryption
      $0.placement = .fixedInFlash(0x0800_4000)
    }
    #expect(
      try bench.refusal(of: linked, into: .slotA, &session)
        == .refused(.loadAddress(found: 0x0800_4000, expected: 0x2000_0000)))
  }

  @Test func theBootStateMustAllowAnUpdate() throws {
    let second = try ImageFixture.image(2)
    let third = try ImageFixture.image(3)
    var bench = try BootBench.runningFactory()
    var session = try factorySession(&bench)
    try bench.install(second, into: .slotA, &session)
    #expect(
      try bench.refusal(of: third, into: .slotB, &session)
        == .bootState(.transition(.updatePending(.slotA))))

    session = try bench.bootedSession()
    #expect(session.running.slot == .slotA)
    #expect(
      try bench.refusal(of: third, &session) == .bootState(.transition(.trialInProgress(.slotA))))
    #expect(
      try bench.refusal(of: third, into: .slotA, &session)
        == .bootState(.transition(.slotIsRunning(.slotA))))
    _ = try session.confirm(on: &bench.flash, securityCounter: &bench.platform)
    #expect(
      try bench.refusal(of: third, into: .slotA, &session)
        == .bootState(.transition(.slotIsRunning(.slotA))))
    #expect(try bench.refusal(of: third, &session) == nil)
  }

  @Test func withoutFactoryTheLastSlotStays() throws {
    var bench = try BootBench.runningFactory()
    let session = try factorySession(&bench)
    bench.configuration.layout.factory = nil
    var same = session
    #expect(
      try bench.refusal(of: try ImageFixture.image(2), &same)
        == .bootState(.transition(.lastBootableSlot(.slotA))))
  }

  @Test func whileTheLogIsLostOnlyFactoryUpdates() throws {
    var bench = try BootBench.runningFactory()
    let image = try ImageFixture.image(2)
    bench.place(image, in: .slotA)
    bench.flash.fill(bench.configuration.layout.metadata, with: [5])
    var session = try bench.session(
      of: RunningImage(
        slot: .slotA, imageTag: try ImageFixture.tag(of: image), securityCounter: 0,
        logCondition: .lost))
    #expect(
      try bench.refusal(of: try ImageFixture.image(3), &session)
        == .bootState(.transition(.logLost)))
    session = try bench.bootedSession()
    #expect(session.running.slot == .factory)
    try bench.install(try ImageFixture.image(3), &session)
    #expect(try bench.powerUp().image?.version.major == 3)
  }

  @Test func aRevokedKeyInstallsNothing() throws {
    var bench = try BootBench.runningFactory(
      trustedKeys: [ImageFixture.key.publicKey, ImageFixture.otherKey.publicKey])
    var record = BootRecord()
    record.revokedKeys = 0b10
    try bench.write(record)
    var session = try factorySession(&bench)
    #expect(
      try bench.refusal(of: try ImageFixture.image(2, signedBy: ImageFixture.otherKey), &session)
        == .refused(.revokedKey(index: 1)))
  }

  @Test func aRevokedKeyInstallsNothingAfterAChangeOfTheTable() throws {
    var bench = try BootBench.runningFactory(
      trustedKeys: [ImageFixture.key.publicKey, ImageFixture.otherKey.publicKey])
    var record = BootRecord()
    record.revokedKeys = 0b10
    try bench.write(record)
    bench.configuration.layout.tableDigest = 0xBAD
    var session = try bench.bootedSession()
    #expect(session.log.health.condition == .otherTable)
    #expect(
      try bench.refusal(of: try ImageFixture.image(2, signedBy: ImageFixture.otherKey), &session)
        == .refused(.revokedKey(index: 1)))
  }

  @Test func aLogThatOnlyTheBootLoaderCouldReadIsNotReplaced() throws {
    var bench = try BootBench.runningFactory()
    let running = try #require(try bench.powerUp().running)
    bench.flash.unreadable = bench.configuration.layout.metadata
    var session = try bench.session(of: running)
    bench.flash.unreadable = nil
    #expect(
      try bench.refusal(of: try ImageFixture.image(2), &session)
        == .bootState(.transition(.logUnreadable)))
    #expect(try bench.record() == BootRecord())
  }

  @Test func aLogThatTakesNoRecordStopsTheUpdateBeforeTheErase() throws {
    var bench = try BootBench.runningFactory()
    var session = try factorySession(&bench)
    bench.flash.protected = bench.configuration.layout.metadata
    let error = try bench.refusal(of: try ImageFixture.image(2), &session)
    guard case .bootState(.log(.notWritable)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// Erasing whole blocks would reach into the neighbour.
  @Test func aSlotThatIsNotMadeOfWholeBlocksIsRefused() throws {
    var bench = try BootBench.runningFactory()
    var session = try factorySession(&bench)
    bench.configuration.layout.slotA.start += 512
    let image = try ImageFixture.image(2)
    #expect(try bench.refusal(of: image, into: .slotA, &session) == .unsuitableSlot(.slotA))
    bench.configuration.layout.slotA = FlashRange(start: 0x4000, count: 0x3E00)
    #expect(try bench.refusal(of: image, into: .slotA, &session) == .unsuitableSlot(.slotA))
    #expect(throws: Failure.unsuitableSlot(.slotA)) {
      _ = try bench.beginWithoutPrologue(into: .slotA, &session)
    }
  }
}
