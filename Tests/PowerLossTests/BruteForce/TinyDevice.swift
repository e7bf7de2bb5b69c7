import FlashEmulator
import NORFlash
import PowerLoss
import Testing

/// The smallest device that has everything a search has to tell apart: an erase, a program, a mark,
/// a reset, memory that outlives one, and reads that decide.
struct TinyDevice: Sendable {
  var name: String
  var part: FlashPart
  /// What has to be programmed before the mark.
  var payload: [UInt8]

  private var block: UInt32 { part.geometry.region(at: 0).eraseBlock }
  private var unit: Int { Int(max(part.programUnit, part.eccUnit)) }
  private var mark: [UInt8] {
    [UInt8](repeating: part.geometry.erased.programmedByte, count: unit)
  }

  /// The two blocks as they leave the factory: an old payload, and no mark.
  func prepare(_ flash: inout EmulatedFlash) throws {
    let old = payload.map { $0 ^ 0x5A }
    try flash.program(at: 0, old.span)
  }

  /// Replaces the payload, marks that, and restarts; a marked device rests.
  func live(_ device: inout PoweredDevice) throws -> Life {
    let found = try read(at: block, count: unit, &device.flash)
    if found == mark {
      let content = try read(at: 0, count: payload.count, &device.flash)
      return .settled(content == payload ? "new" : "damaged")
    }
    // Blank cells may be weak, or programmed all the same.
    try device.flash.erase(at: block, count: block)
    try device.flash.erase(at: 0, count: block)
    device.memory.retained = [1]
    try device.flash.program(at: 0, payload.span)
    device.memory.durable = [7]
    let mark = mark
    try device.flash.program(at: block, mark.span)
    return .resets(.planned)
  }

  /// The bytes; none if they cannot be read.
  private func read(
    at address: UInt32, count: Int, _ flash: inout EmulatedFlash
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    do {
      try flash.read(at: address, into: &span)
      return bytes
    } catch FlashError.unreadable {
      return []
    }
  }

  func scenario() -> Scenario {
    Scenario(name: name, part: part) { flash in
      try prepare(&flash)
    } powerOn: { device in
      try live(&device)
    }
  }
}

extension TinyDevice {
  /// Plain flash: any bit of any byte can be programmed at any time.
  static let plain = made("plain", block: 8, unit: 1, page: 8, payload: [0x0F, 0xC3])
  /// Erases to zeros.
  static let erasedToZeros = made(
    "erased-to-zeros", block: 8, unit: 2, page: 2, erased: .zeros, payload: [0xF1, 0x3C])
  /// Error correction over four bytes, each to be programmed once.
  static let writeOnce = made(
    "write-once", block: 8, unit: 4, ecc: 4, rule: .once, page: 4, payload: [1, 2, 3, 4])

  static let all = [plain, erasedToZeros, writeOnce]

  private static func made(
    _ name: String, block: UInt32, unit: UInt32, ecc: UInt32 = 0, rule: RewriteRule = .anyBit,
    page: UInt32, erased: ErasedContent = .ones, payload: [UInt8]
  ) -> TinyDevice {
    do {
      let part = try FlashPart(
        name: name, family: .embedded,
        geometry: FlashGeometry(
          blockCount: 2, eraseBlock: block, programUnit: unit, eccUnit: ecc, erased: erased,
          rewriteRule: rule),
        timing: FlashTiming(
          programPage: page, pageProgram: .milliseconds(1, 2),
          eraseCommands: [EraseCommand(size: block, time: .milliseconds(10, 20))],
          bus: .memoryMapped),
        endurance: 1_000,
        evidence: FlashPartEvidence(geometry: .memory, timing: .memory, endurance: .memory))
      return TinyDevice(name: name, part: part, payload: payload)
    } catch {
      preconditionFailure("\(name): \(error)")
    }
  }
}

extension TinyDevice: CustomTestStringConvertible {
  var testDescription: String { name }
}
