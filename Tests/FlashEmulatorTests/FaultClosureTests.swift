import FlashEmulator
import NORFlash
import Testing

/// However often one operation is cut and repeated, it leaves one of few contents: without that no
/// search of repeated cuts ends.
@Suite struct FaultClosureTests {
  /// The number of contents that any number of cuts of one operation can lead to, or `limit`.
  static func contents(
    of cut: CutOperation, under model: FaultModel, on flash: inout EmulatedFlash, limit: Int
  ) -> Int {
    var found: Set<[UInt8]> = []
    var open = [flash.snapshot()]
    while let snapshot = open.popLast(), found.count < limit {
      flash.restore(snapshot)
      guard found.insert(flash.allBytes).inserted else { continue }
      let point = flash.checkpoint()
      for outcome in cut.outcomes(under: model, on: flash) where outcome != .before {
        cut.leave(as: outcome, on: &flash)
        if !found.contains(flash.allBytes) { open.append(flash.snapshot()) }
        flash.rollback(to: point)
      }
      flash.discardCheckpoints()
    }
    return found.count
  }

  @Test func repeatedCutsOfAProgramLeaveFewContents() {
    let bytes = Array(FaultPart.noise[0..<32])
    let cut = CutOperation(.program, at: 64, bytes)
    for (model, bound) in [(FaultModel.prefix, 5), (.norRealistic, 300)] {
      var flash = EmulatedFlash(part: smallPart(unit: 1, page: 256, blocks: 1))
      let count = Self.contents(of: cut, under: model, on: &flash, limit: 1_000)
      #expect(count <= bound && count >= 5, "\(model.name)")
    }
  }

  @Test func repeatedCutsOfAnEraseLeaveFewContents() throws {
    for part in [
      smallPart(unit: 1, page: 256, blocks: 1), smallPart(unit: 8, ecc: 8, rule: .once, blocks: 1),
    ] {
      var flash = EmulatedFlash(part: part)
      try flash.program(Array(FaultPart.noise[0..<1_024]), at: 0)
      let cut = CutOperation(.erase, at: 0, [], count: 1_024)
      let count = Self.contents(of: cut, under: .norRealistic, on: &flash, limit: 1_000)
      #expect((10...250).contains(count), "\(part.eccUnit)")
    }
  }
}
