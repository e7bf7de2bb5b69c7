import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import ImageCompression
import NORFlash
import OpenSSLCrypto
import SlotInstaller
import TestSupport
import Testing

/// A compressed installation that is damaged or interrupted on the way.
@Suite struct CompressedResumeTests {
  @Test(arguments: CompressedFixture.methods)
  func whatIsProgrammedIsNotProgrammedAgain(_ method: CompressionMethod) throws {
    let (image, plain) = try CompressedFixture(CompressedFixture.payload(13_000), method).build()
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    var installer = try bench.beginUnpacking(image, &session)
    var sent = 0
    while session.record?.slotA.progress ?? 0 < 9 {
      sent += 20
      try bench.deliver(image, chunk: 20, upTo: sent, to: &installer, &session)
    }
    session = try bench.bootedSession()
    bench.flash.trace = []
    installer = try bench.beginUnpacking(image, &session)
    #expect(installer.nextOffset == 0)
    #expect(installer.resumedAt == 8_192)
    try bench.deliver(image, to: &installer, &session)
    _ = try bench.finish(&installer, &session)
    let slot = bench.range(of: .slotA)
    let changes = bench.flash.trace.filter { slot.overlaps($0.range) }
    #expect(changes.first == .erase(FlashRange(start: slot.start + 8_192, count: 4_096)))
    #expect(changes.allSatisfy { $0.range.start >= slot.start + 8_192 })
    #expect(bench.content(of: .slotA, count: plain.count) == plain)
    #expect(try bench.powerUp().slot == .slotA)
  }

  /// Whatever is wrong with the payload, the slot is never staged, and a good delivery still is.
  @Test(arguments: CompressedFixture.methods)
  func aDamagedDeliveryIsNeverStaged(_ method: CompressionMethod) throws {
    let (image, plain) = try CompressedFixture(CompressedFixture.payload(5_000), method).build()
    let end = try payloadEnd(of: image)
    for index in stride(from: 32, to: end, by: max(1, (end - 32) / 12)) {
      var damaged = image
      damaged[index] ^= 0x5A
      var bench = try BootBench.runningFactory()
      var session = try bench.bootedSession()
      var installer = try bench.beginUnpacking(image, &session)
      do throws(Failure) {
        try bench.deliver(damaged, to: &installer, &session)
        _ = try bench.finish(&installer, &session)
        // Some bits of a stream do not matter to what comes out.
        #expect(bench.content(of: .slotA, count: plain.count) == plain)
        continue
      } catch {
        guard case .refused = error else { throw error }
        // It stays refused.
        #expect(throws: error) { try bench.deliver(damaged, to: &installer, &session) }
      }
      #expect(try bench.record()?.slotA.state != .staged)
      #expect(try bench.powerUp().slot == .factory)
      session = try bench.bootedSession()
      try bench.unpack(image, &session)
      #expect(try bench.powerUp().slot == .slotA)
    }
  }

  @Test func aBombEndsAtTheSignedSize() throws {
    var fixture = CompressedFixture(
      CompressedFixture.payload(3_000) + [UInt8](repeating: 0, count: 1 << 20),
      .zlib(windowBits: 15))
    fixture.decompressedSize = 3_000
    let image = try fixture.build().image
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    var installer = try bench.beginUnpacking(image, &session)
    #expect(throws: Failure.refused(.compression(.tooLong(limit: 3_000)))) {
      try bench.deliver(image, to: &installer, &session)
    }
    let slot = bench.range(of: .slotA)
    let programmed = bench.flash.trace.filter { slot.overlaps($0.range) }
    #expect(programmed.allSatisfy { $0.range.end <= UInt64(slot.start) + 4_096 })
  }

  /// A fault of the flash in the middle of a call: the next one goes on at `nextOffset`.
  @Test(arguments: CompressedFixture.methods)
  func aFaultOfTheFlashIsSurvived(_ method: CompressionMethod) throws {
    let (image, plain) = try CompressedFixture(CompressedFixture.payload(9_000), method).build()
    var survived = 0
    for programs in stride(from: 0, to: 26, by: 3) {
      var bench = try BootBench.runningFactory()
      var session = try bench.bootedSession()
      var installer = try bench.beginUnpacking(image, &session)
      bench.flash.programsUntilFault = programs
      var faults = 0
      while installer.nextOffset < installer.imageSize {
        do throws(Failure) {
          try bench.deliver(image, chunk: 4_000, to: &installer, &session)
        } catch {
          faults += 1
          if faults > 1 { throw error }
        }
      }
      do throws(Failure) {
        _ = try bench.finish(&installer, &session)
      } catch {
        faults += 1
        if faults > 1 { throw error }
        _ = try bench.finish(&installer, &session)
      }
      // The log survives a fault by itself.
      survived += faults
      #expect(bench.content(of: .slotA, count: plain.count) == plain)
      #expect(try bench.powerUp().slot == .slotA)
    }
    #expect(survived > 2)
  }

  @Test func tooManyOrTooFewBytesAreRefused() throws {
    let (image, _) = try CompressedFixture(
      CompressedFixture.payload(3_000), .zlib(windowBits: 15)
    ).build()
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    var installer = try bench.beginUnpacking(image, &session)
    try bench.deliver(image, upTo: image.count - 1, to: &installer, &session)
    let size = UInt32(image.count)
    #expect(throws: Failure.incomplete(written: size - 1, imageSize: size)) {
      try bench.finish(&installer, &session)
    }
    let two: [UInt8] = [0, 0]
    #expect(throws: Failure.tooManyBytes(imageSize: size)) {
      try installer.write(
        two.span, flash: &bench.flash, crypto: &bench.crypto, session: &session)
    }
    try bench.deliver(image, to: &installer, &session)
    _ = try bench.finish(&installer, &session)
  }

  @Test(arguments: BenchPart.all)
  func aCutInstallationGoesOn(_ part: BenchPart) throws {
    try sweep(part, .zlib(windowBits: 15), every: 29, phases: [.before, .torn(seed: 11)])
  }

  private func payloadEnd(of image: [UInt8]) throws -> Int {
    Int(try ImageFixture.summary(of: image).header.tlvOffset)
  }
}

@Suite(.serialized) struct ExhaustiveCompressedResumeTests {
  /// Every operation of a compressed installation, cut in every way, on every kind of flash.
  @Test(
    arguments: BenchPart.all, [CompressionMethod.zlib(windowBits: 9), .lzma2(.imageTool, .none)])
  func everyCutOfAnInstallation(_ part: BenchPart, _ method: CompressionMethod) throws {
    try sweep(
      part, method, every: 1,
      phases: [.before, .torn(seed: 1), .torn(seed: 2), .torn(seed: 3), .after])
  }
}

/// Installs with a cut at each `step`-th operation, and again after it until the update boots.
///
/// The slot holds an older image that begins like the new one, so that content that was not written
/// by this update would look right at first.
private func sweep(
  _ part: BenchPart, _ method: CompressionMethod, every step: UInt64, phases: [PowerCutPhase]
) throws {
  let (image, plain) = try CompressedFixture(CompressedFixture.payload(7_000), method).build()
  var old = plain
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
        _ = try install(image, on: &bench)
        let isUncut = bench.flash.base.hasPendingPowerCut
        #expect(isUncut)
        break
      } catch {
        guard isPowerLoss(error) else { throw error }
      }
      cuts += 1
      if try install(image, on: &bench) > 0 { resumed += 1 }
      let content = bench.content(of: .slotA, count: plain.count)
      let handover = try bench.powerUp()
      guard content == plain, handover.slot == .slotA, handover.image?.version.major == 2 else {
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

/// What a device does from power-on until the update is staged.
///
/// - Returns: The offset in the slot at which the installation went on.
private func install(_ image: [UInt8], on bench: inout BootBench) throws -> UInt32 {
  var session = try bench.bootedSession()
  if session.running.slot != .factory || session.record?.slotA.state == .staged { return 0 }
  var installer = try bench.beginUnpacking(image, &session)
  let resumedAt = installer.resumedAt
  try bench.deliver(image, chunk: 77, to: &installer, &session)
  _ = try bench.finish(&installer, &session)
  return resumedAt
}
