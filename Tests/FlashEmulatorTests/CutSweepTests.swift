import FlashEmulator
import NORFlash
import Testing

/// A generic algorithm that knows only `FlashDevice`: copies a block over another.
func copyBlock<F: FlashDevice & ~Copyable>(
  _ flash: inout F, from source: UInt32, to target: UInt32
) throws(F.Failure) {
  let block = flash.geometry.region(at: 0).eraseBlock
  try flash.erase(at: target, count: block)
  var buffer: [128 of UInt8] = .init(repeating: 0)
  for offset in stride(from: 0 as UInt32, to: block, by: 128) {
    var span = buffer.mutableSpan
    try flash.read(at: source + offset, into: &span)
    try flash.program(at: target + offset, buffer.span)
  }
}

@Suite struct CutSweepTests {
  static let parts: [TornProgramCase] = [
    TornProgramCase(name: "serial", part: smallPart(unit: 1, page: 64, blocks: 3)),
    TornProgramCase(name: "erased to zeros", part: smallPart(unit: 64, erased: .zeros, blocks: 3)),
    TornProgramCase(
      name: "ECC of 32", part: smallPart(unit: 32, ecc: 32, rule: .once, blocks: 3)),
  ]

  static let content = {
    var random = SplitMix64(seed: 77)
    return (0..<1_024).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }()

  /// Source block 0, older content in block 1, the target, and in block 2, a bystander.
  static func prepared(_ part: FlashPart) throws -> EmulatedFlash {
    var flash = EmulatedFlash(part: part)
    try flash.program(content, at: 0)
    try flash.program(content.reversed(), at: 1_024)
    try flash.program(content.map { ~$0 }, at: 2_048)
    return flash
  }

  /// Cuts a copy at every operation and in every phase, once more in the middle of the repetition,
  /// and then lets it finish: the copy is right, and nothing else was ever touched.
  @Test(arguments: parts) func aRepeatedCopySurvivesEveryPairOfCuts(
    _ test: TornProgramCase
  ) throws {
    var flash = try Self.prepared(test.part)
    let start = flash.checkpoint()
    let first = flash.operationCount
    try copyBlock(&flash, from: 0, to: 1_024)
    let operations = flash.operationCount - first
    #expect(operations == 1 + 1_024 / UInt64(test.part.timing.programPage))
    var tornStates = 0
    for index in 0..<operations {
      for phase in [PowerCutPhase.before, .torn(seed: index), .torn(seed: index + 99), .after] {
        flash.rollback(to: start)
        for cut in [index, (index * 7 + 3) % operations] {
          flash.cutPower(at: cut, phase: phase)
          #expect(throws: FlashError.powerLost) { try copyBlock(&flash, from: 0, to: 1_024) }
          flash.restorePower()
          if flash.blockState(at: 1) == .bad { tornStates += 1 }
        }
        try copyBlock(&flash, from: 0, to: 1_024)
        let bystander = Self.content.map { ~$0 }
        let all = try flash.bytes(at: 0, count: 3_072)
        #expect(all == Self.content + Self.content + bystander, "cut at \(index), \(phase)")
      }
    }
    #expect(tornStates > 5)
  }

  @Test func anAlgorithmRunsOnAPartition() throws {
    var flash = try Self.prepared(smallPart(unit: 4, blocks: 3))
    try flash.withPartition(FlashRange(start: 1_024, count: 2_048)) {
      (view: inout PartitionView<EmulatedFlash>) throws(FlashError) in
      try copyBlock(&view, from: 1_024, to: 0)
    }
    let bystander = Self.content.map { ~$0 }
    #expect(try flash.bytes(at: 0, count: 3_072) == Self.content + bystander + bystander)
  }

  /// Between two erases no bit returns to the erased value, whatever is programmed.
  @Test(arguments: CheckpointTests.parts) func bitsMoveOneWay(_ test: TornProgramCase) throws {
    var random = SplitMix64(seed: 5)
    var flash = EmulatedFlash(part: test.part, enforcement: .silicon)
    let invert: UInt8 = test.part.geometry.erased == .ones ? 0 : 0xFF
    var before = flash.allBytes
    for step in 0..<60 {
      let count = 64
      let address = UInt32(random.next(below: 60)) * 64
      let data = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      if step % 5 == 0 { flash.cutPower(at: 2, phase: .torn(seed: random.next())) }
      try? flash.program(data, at: address)
      flash.restorePower()
      flash.cancelPowerCut()
      let after = flash.allBytes
      #expect(!zip(before, after).contains { (~($0 ^ invert)) & ($1 ^ invert) != 0 })
      let outside = before.indices.filter { $0 < Int(address) || $0 >= Int(address) + count }
      #expect(outside.allSatisfy { before[$0] == after[$0] })
      before = after
    }
  }
}
