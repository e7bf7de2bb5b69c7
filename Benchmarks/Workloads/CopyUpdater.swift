import FlashEmulator
import NORFlash
public import PowerLoss

/// An updater to measure searches with: copies an update over an image, block by block, marks each
/// block that is done, and checks both at each boot with a cheap sum.
///
/// The one that the goals of the search were set with; a check by SHA-256 would measure libcrypto.
public struct CopyUpdater: Sendable {
  private static let block: UInt32 = 4_096
  private static let mark = [UInt8](repeating: 0, count: 16)

  private let blocks: UInt32
  private let old: [UInt8]
  private let new: [UInt8]

  /// Makes an updater with slots of `slotSize` bytes: whole blocks of 4 KiB.
  public init(slotSize: UInt32) {
    blocks = slotSize / Self.block
    old = Material.randomBytes(Int(slotSize), seed: 1)
    new = Material.randomBytes(Int(slotSize), seed: 2)
  }

  /// The scenario: image, update, journal, in blocks of 4 KiB and pages of 256 bytes.
  public func scenario() throws -> Scenario {
    let part = try FlashPart(
      name: "serial, 4 KiB blocks", family: .serial,
      geometry: FlashGeometry(
        blockCount: 2 * blocks + 1, eraseBlock: Self.block, programUnit: 1),
      timing: FlashTiming(
        programPage: 256, pageProgram: .milliseconds(0.4, 3),
        eraseCommands: [EraseCommand(size: Self.block, time: .milliseconds(45, 400))],
        bus: .quadSerial80MHz),
      endurance: 100_000,
      evidence: FlashPartEvidence(geometry: .memory, timing: .memory, endurance: .memory))
    let newSum = Self.sum(new.span)
    let (old, new) = (old, new)
    var scenario = Scenario(name: "copy updater", part: part) { flash in
      try flash.program(at: 0, old.span)
      try flash.program(at: UInt32(old.count), new.span)
    } powerOn: { [self] device in
      try run(&device.flash, newSum: newSum)
    }
    scenario.allowedOutcomes = ["new"]
    return scenario
  }

  /// A whole search, to its end.
  public var search: Workload {
    get throws {
      let search = PowerLossSearch(try scenario(), faults: .norRealistic)
      return Workload("power-loss search", .operations(1)) {
        let report = try search.run()
        guard report.verdict == .closed else { throw WrongResult("\(report)") }
      }
    }
  }

  private func run(_ flash: inout EmulatedFlash, newSum: UInt64) throws -> Life {
    let slot = blocks * Self.block
    var bytes = [UInt8](repeating: 0, count: Int(slot))
    var span = bytes.mutableSpan
    try flash.read(at: slot, into: &span)
    guard Self.sum(span.span) == newSum else { return .settled("update lost") }
    for index in 0..<blocks where try !isMarked(index, &flash) {
      let address = index * Self.block
      try flash.erase(at: address, count: Self.block)
      try flash.program(
        at: address, bytes.span.extracting(Int(address)..<Int(address + Self.block)))
      try flash.program(at: 2 * slot + index * 16, Self.mark.span)
    }
    var image = [UInt8](repeating: 0, count: Int(slot))
    var imageSpan = image.mutableSpan
    try flash.read(at: 0, into: &imageSpan)
    return .settled(Self.sum(imageSpan.span) == newSum ? "new" : "mixed")
  }

  private func isMarked(_ index: UInt32, _ flash: inout EmulatedFlash) throws -> Bool {
    var mark = [UInt8](repeating: 0, count: 16)
    var span = mark.mutableSpan
    try flash.read(at: 2 * blocks * Self.block + index * 16, into: &span)
    return mark == Self.mark
  }

  /// A sum that depends on the order of the words.
  private static func sum(_ bytes: Span<UInt8>) -> UInt64 {
    var sum: UInt64 = 0
    for word in 0..<bytes.count / 8 {
      let value = unsafe bytes.bytes.unsafeLoadUnaligned(
        fromByteOffset: word * 8, as: UInt64.self)
      sum = (sum &+ value) &* 0x9E37_79B9_7F4A_7C15
    }
    return sum
  }
}
