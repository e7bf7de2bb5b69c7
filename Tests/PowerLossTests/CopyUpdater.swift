import FlashEmulator
import NORFlash
import PowerLoss

/// A small flash: 8 blocks of 1 KiB, pages of 128 bytes, any bit programmable.
func smallPart(
  blocks: UInt32 = 8, block: UInt32 = 1_024, unit: UInt32 = 1, page: UInt32 = 128
) throws -> FlashPart {
  try FlashPart(
    name: "small", family: .serial,
    geometry: FlashGeometry(blockCount: blocks, eraseBlock: block, programUnit: unit),
    timing: FlashTiming(
      programPage: page, pageProgram: .milliseconds(1, 2),
      eraseCommands: [EraseCommand(size: block, time: .milliseconds(10, 20))],
      bus: .quadSerial80MHz),
    endurance: 1_000,
    evidence: FlashPartEvidence(geometry: .memory, timing: .memory, endurance: .memory))
}

/// The updater of the prototype: copies a new image over the old one, block by block, and marks each
/// block that is done in a journal behind them.
struct CopyUpdater {
  var blocks: UInt32
  var block: UInt32 = 1_024
  /// Whether each block is marked when it is done, or (a defect) before.
  var marksFirst = false

  var journal: UInt32 { 2 * blocks * block }

  func byte(_ address: UInt32, isNew: Bool) -> UInt8 {
    UInt8(truncatingIfNeeded: (address &* 2_654_435_761) >> 7) ^ (isNew ? 0x5A : 0xA5)
  }

  func content(isNew: Bool) -> [UInt8] {
    (0..<blocks * block).map { byte($0, isNew: isNew) }
  }

  func prepare(_ flash: inout EmulatedFlash) throws {
    try flash.program(at: 0, content(isNew: false).span)
    try flash.program(at: blocks * block, content(isNew: true).span)
  }

  func run<F: FlashDevice & ~Copyable>(on flash: inout F) throws -> String {
    var buffer = [UInt8](repeating: 0, count: Int(block))
    for index in 0..<blocks {
      var mark = [UInt8](repeating: 0, count: 16)
      var markSpan = mark.mutableSpan
      try flash.read(at: journal + index * 16, into: &markSpan)
      if mark.allSatisfy({ $0 == 0 }) { continue }
      if marksFirst {
        try flash.program(at: journal + index * 16, [UInt8](repeating: 0, count: 16).span)
      }
      try flash.erase(at: index * block, count: block)
      var span = buffer.mutableSpan
      try flash.read(at: (blocks + index) * block, into: &span)
      try flash.program(at: index * block, buffer.span)
      if !marksFirst {
        try flash.program(at: journal + index * 16, [UInt8](repeating: 0, count: 16).span)
      }
    }
    var all = [UInt8](repeating: 0, count: Int(blocks * block))
    var span = all.mutableSpan
    try flash.read(at: 0, into: &span)
    return all == content(isNew: true) ? "new" : "mixed"
  }

  func scenario() throws -> Scenario {
    var scenario = Scenario(
      name: "copy", part: try smallPart(blocks: 2 * blocks + 1, block: block)
    ) { flash in
      try prepare(&flash)
    } powerOn: { device in
      .settled(try run(on: &device.flash))
    }
    scenario.allowedOutcomes = ["new"]
    return scenario
  }
}
