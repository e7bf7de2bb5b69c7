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

@Suite struct ResumeTests {
  /// Cuts a few operations of an installation over an older image with the same beginning.
  @Test(arguments: BenchPart.all)
  func aCutInstallationGoesOn(part: BenchPart) throws {
    try sweep(part, every: 29, phases: [.before, .torn(seed: 11)])
  }

  @Test(arguments: [DecryptionTime.atInstall, .atBoot])
  func itGoesOnAtASixteenthOfTheSameImage(decryption: DecryptionTime) throws {
    let keys = WrapKeys.simple
    var bench = try BootBench.runningFactory(decryptionKey: keys.decryption) {
      $0.decryption = decryption
    }
    var session = try bench.bootedSession()
    // The slot has 16 KiB, a sixteenth 1 KiB, an erase block 4 KiB.
    let image = try ImageFixture.image(2, payloadSize: 13_001) {
      $0.encryption = keys.encryption
      $0.headerSize = 33
    }
    var installer = try bench.begin(image, &session)
    try bench.send(image, upTo: 9_900, to: &installer, &session)
    #expect(session.record?.slotA.progress == 9)

    session = try bench.bootedSession()
    bench.flash.trace = []
    installer = try bench.begin(image, &session)
    #expect(installer.nextOffset == 8_192)
    #expect(bench.flash.trace.isEmpty)
    try bench.send(image, to: &installer, &session)
    _ = try bench.finish(&installer, &session)
    #expect(
      bench.flash.trace.first == .erase(FlashRange(start: 0x4000 + 8_192, count: 4_096)))
    #expect(try bench.powerUp().slot == .slotA)
  }

  @Test func twoEncryptionsOfOneImageAreNotMixedForGood() throws {
    let keys = WrapKeys.simple
    var bench = try BootBench.runningFactory(decryptionKey: keys.decryption) {
      $0.decryption = .atBoot
    }
    var session = try bench.bootedSession()
    func encrypted() throws -> [UInt8] {
      try ImageFixture.image(2, payloadSize: 13_001) { $0.encryption = keys.encryption }
    }
    let first = try encrypted()
    var installer = try bench.begin(first, &session)
    try bench.send(first, upTo: 9_900, to: &installer, &session)
    // The server offers the same image again, encrypted with another content key.
    session = try bench.bootedSession()
    let second = try encrypted()
    installer = try bench.begin(second, &session)
    #expect(installer.nextOffset == 8_192)
    try bench.send(second, to: &installer, &session)
    #expect(throws: InstallError<FlashError>.refused(.hashMismatch)) {
      try bench.finish(&installer, &session)
    }
    #expect(try bench.record()?.slotA.state == .writing)
    session = try bench.bootedSession()
    installer = try bench.begin(second, &session)
    #expect(installer.nextOffset == 0)
    try bench.send(second, to: &installer, &session)
    _ = try bench.finish(&installer, &session)
    #expect(try bench.powerUp().slot == .slotA)
  }

  @Test func anotherImageBeginsAtItsFirstByte() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let image = try ImageFixture.image(2, payloadSize: 9_000)
    var installer = try bench.begin(image, &session)
    try bench.send(image, upTo: 8_500, to: &installer, &session)
    let other = try ImageFixture.image(3, payloadSize: 9_000)
    session = try bench.bootedSession()
    installer = try bench.begin(other, &session)
    #expect(installer.nextOffset == 0)
    #expect(try bench.record()?.slotA.progress == 0)
    // And the first one has lost its claim.
    session = try bench.bootedSession()
    #expect(try bench.begin(image, &session).nextOffset == 0)
  }

  @Test func itBeginsAgainOnDemand() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let image = try ImageFixture.image(2, payloadSize: 9_000)
    var installer = try bench.begin(image, &session)
    try bench.send(image, upTo: 8_500, to: &installer, &session)
    installer = try bench.begin(image, resumption: .never, &session)
    #expect(installer.nextOffset == 0)
    #expect(try bench.record()?.slotA.progress == 0)
  }

  @Test func aStagedUpdateCanBeReplaced() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    try bench.install(try ImageFixture.image(2), &session)
    let newer = try ImageFixture.image(3)
    let installer = try bench.install(newer, &session)
    #expect(installer.slot == .slotA)
    #expect(try bench.powerUp().image?.version.major == 3)
  }

  /// A record that says more than the image has must not lead past its end.
  @Test func progressThatCannotBeIsNotBelieved() throws {
    var bench = try BootBench.runningFactory()
    let image = try ImageFixture.image(2, payloadSize: 6_000)
    var record = BootRecord()
    record.slotA = SlotRecord(.writing, imageTag: try ImageFixture.tag(of: image))
    record.slotA.progress = 16
    try bench.write(record)
    var session = try bench.bootedSession()
    #expect(try bench.begin(image, &session).nextOffset == 0)
  }

  @Test func aFullSlotIsResumedAtItsEnd() throws {
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let slotSize = Int(bench.range(of: .slotA).count)
    func image(_ payloadSize: Int) throws -> [UInt8] {
      try ImageFixture.image(2, payloadSize: payloadSize) { $0.signaturePadding = .zeros }
    }
    let full = try image(slotSize - (try image(100).count - 100))
    #expect(full.count == slotSize)
    var installer = try bench.begin(full, &session)
    try bench.send(full, to: &installer, &session)
    #expect(session.record?.slotA.progress == 16)
    session = try bench.bootedSession()
    installer = try bench.begin(full, &session)
    #expect(installer.nextOffset == UInt32(slotSize))
    _ = try bench.finish(&installer, &session)
    #expect(try bench.powerUp().slot == .slotA)
  }
}

@Suite(.serialized) struct ExhaustiveResumeTests {
  /// Every operation of an installation, cut in every way, on every kind of flash.
  @Test(arguments: BenchPart.all)
  func everyCutOfAnInstallation(part: BenchPart) throws {
    try sweep(
      part, every: 1, phases: [.before, .torn(seed: 1), .torn(seed: 2), .torn(seed: 3), .after])
  }
}

/// Installs with a cut at each `step`-th operation, and again after it until the update boots.
///
/// The slot holds an older image that begins like the new one, so that content that was not written
/// by this update would look right at first.
private func sweep(_ part: BenchPart, every step: UInt64, phases: [PowerCutPhase]) throws {
  let image = try ImageFixture.image(2, payloadSize: 7_000)
  var old = image
  for index in 6_500..<6_600 { old[index] ^= 0xFF }
  var resumed = 0
  var cuts = 0
  for phase in phases {
    var operation: UInt64 = 0
    while true {
      var bench = try BootBench.runningFactory(part)
      bench.place(old, in: .slotA)
      bench.flash.base.cutPower(at: operation, phase: phase)
      do {
        _ = try CutInstallation.run(image, on: &bench)
        let isUncut = bench.flash.base.hasPendingPowerCut
        #expect(isUncut)
        break
      } catch {
        guard isPowerLoss(error) else { throw error }
      }
      cuts += 1
      if try CutInstallation.run(image, on: &bench) > 0 { resumed += 1 }
      let content = bench.content(of: .slotA, count: image.count)
      let handover = try bench.powerUp()
      guard content == image, handover.slot == .slotA, handover.image?.version.major == 2 else {
        Issue.record("\(part.name), operation \(operation), \(phase): \(handover.decision)")
        return
      }
      operation += step
    }
  }
  #expect(cuts > 2 * phases.count)
  // A block of 128 KiB leaves no place to go on at.
  #expect(resumed > 0 || part.name == "STM32H743")
}
