import BootState
import Bootloader
import DeviceModel
import FirmwareImage
import FlashEmulator
import NORFlash
import OpenSSLCrypto

extension DemoStory {
  mutating func leaveFactory() throws(CommandFailure) {
    tell("1. Fresh from the factory: no update yet")
    try live(.healthy, .powerOn, expecting: .factory, .factoryInitial)
  }

  mutating func updateToEncrypted() throws(CommandFailure) {
    tell("2. An encrypted update: decrypted on the way into the slot, tried, confirmed")
    firstUpdate = try install(images.update, expecting: .slotA)
    try live(.healthy, expecting: .slotA, .trial)
    try live(.healthy, .powerOn, expecting: .slotA, .confirmed)
    say(["security floor: \(device.platform.floor)"])
    guard device.platform.floor == 2 else {
      throw Self.surprise("a security floor of 2", "\(device.platform.floor)")
    }
  }

  mutating func rollBack() throws(CommandFailure) {
    tell("3. A bad update: it hangs, the watchdog bites, and after three faults it is rolled back")
    _ = try install(images.hanging, expecting: .slotB)
    for _ in 0..<3 { try live(.hang, expecting: .slotB, .trial) }
    try live(.healthy, expecting: .slotA, .rollback)
  }

  mutating func surviveLossOfPower() throws(CommandFailure) {
    tell("4. The power fails in the middle of an update: the old image runs, the update resumes")
    // Half of what the first update took is the middle of this one, which has the same payload.
    let pages = firstUpdate?.statistics.programmedPages ?? 0
    let blocks = firstUpdate?.statistics.erasedBlocks ?? 0
    device.flash.cutPower(at: (pages + blocks) / 2, phase: .torn(seed: 4))
    try expectFailure(of: images.interrupted, named: "power-lost")
    if let cut = device.flash.lastPowerCut {
      let what = cut.operation == .erase ? "erasing" : "programming"
      say(["the cut came while \(what) at \(Hexadecimal.number(cut.address)), half done"])
    }
    try live(.healthy, expecting: .slotA, .confirmed)
    let report = try install(images.interrupted, expecting: .slotB)
    // Progress is kept for each sixteenth of a slot and block: a tiny image has none by half time.
    let slotSize = device.configuration.layout.slotB.count
    guard report.resumedAt > 0 || report.summary.imageSize < slotSize / 3 else {
      throw Self.surprise("a resumed update", "one from the start")
    }
    try live(.healthy, expecting: .slotB, .trial)
  }

  mutating func surviveDamage() throws(CommandFailure) {
    tell("5. Damage: a byte of the newest image flips, then one of the image before it")
    invertByte(of: .slotB)
    try live(.healthy, .powerOn, expecting: .slotA, .previousConfirmed)
    invertByte(of: .slotA)
    try live(.healthy, .powerOn, expecting: .factory, .factoryFallback)
  }

  private mutating func invertByte(of slot: BootSlot) {
    guard let range = device.configuration.layout.range(of: slot) else { return }
    let address = range.start + UInt32(images.update.bytes.count / 2)
    let old = device.flash.bytes(in: FlashRange(start: address, count: 1))
    device.flash.corrupt(at: address, bytes: old.map { ~$0 })
    say([
      "\(slot.name): byte at \(Hexadecimal.number(address)) is now "
        + "\(Hexadecimal.text(of: old.map { ~$0 })), was \(Hexadecimal.text(of: old))"
    ])
  }

  mutating func refuseAttacks() throws(CommandFailure) {
    tell("6. Attacks: another one's signature, and an old image with a known hole")
    try expectFailure(of: images.forged, named: "unknown-key")
    try expectFailure(of: images.outdated, named: "security-counter")
  }

  mutating func recover() throws(CommandFailure) {
    tell("7. Factory installs the update again: the device is back")
    _ = try install(images.interrupted, expecting: .slotA)
    try live(.healthy, expecting: .slotA, .trial)
    try live(.healthy, .powerOn, expecting: .slotA, .confirmed)
  }
}
