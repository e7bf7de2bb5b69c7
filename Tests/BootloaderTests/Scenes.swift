import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import NORFlash
import OpenSSLCrypto
import TestSupport

extension BootBench {
  /// A device with version 1 in factory, 2 in slot A and 3 in slot B, and this state on record.
  static func withThreeImages(
    _ slotA: SlotState, _ slotB: SlotState, part: BenchPart = .serial,
    factory: FactoryPresence = .present, lastConfirmed: UpdateSlot = .slotA,
    _ change: (inout BootConfiguration) -> Void = { _ in }
  ) throws -> BootBench {
    var bench = try BootBench(part, factory: factory, change)
    if factory == .present { bench.place(try ImageFixture.image(1), in: .factory) }
    let imageA = try ImageFixture.image(2)
    let imageB = try ImageFixture.image(3)
    bench.place(imageA, in: .slotA)
    bench.place(imageB, in: .slotB)
    var record = BootRecord()
    record.slotA = SlotRecord(slotA, imageTag: try ImageFixture.tag(of: imageA))
    record.slotB = SlotRecord(slotB, imageTag: try ImageFixture.tag(of: imageB))
    record.lastConfirmed = lastConfirmed
    try bench.write(record)
    return bench
  }

  /// Flips a bit in the payload of the image in a slot.
  mutating func damagePayload(in slot: BootSlot) {
    let address = range(of: slot).start + 500
    let byte = flash.base.bytes(in: FlashRange(start: address, count: 1))[0]
    flash.base.corrupt(at: address, bytes: [byte ^ 0x10])
  }

  /// What was programmed and erased so far.
  var changes: [UInt64] {
    [flash.base.statistics.programCalls, flash.base.statistics.eraseCalls]
  }
}

extension BootHandover {
  /// Slot and reason in one value, for tables of expectations.
  var chosen: Chosen { Chosen(slot: slot, reason: decision.reason) }
}

struct Chosen: Equatable {
  var slot: BootSlot?
  var reason: BootReason
}
