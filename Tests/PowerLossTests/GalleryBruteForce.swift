import FlashEmulator
import NORFlash

/// Cuts the power at every operation in every way, and runs everything from the start each time:
/// slow, with no memory of what was seen, and independent of the search.
///
/// Bits that a cut left undecided read as they are stored.
struct GalleryBruteForce {
  /// A power cut: the number of the operation since the reset, and what is left of it.
  struct Cut: Sendable {
    var index: UInt64
    var outcome: CutOutcome
  }

  let brick: GalleryCase
  let faults: FaultModel

  /// A device after some cuts, with the power on.
  private struct World: ~Copyable {
    var flash: EmulatedFlash
    var witness: [UInt8] = []
    var failure: String?
  }

  /// The first chain of exactly `depth` cuts, if any, after which the device does not end well.
  func failingChain(depth: Int) throws -> (cuts: [Cut], failure: String)? {
    try failingChain(after: [], depth: depth)
  }

  private func failingChain(
    after cuts: [Cut], depth: Int
  ) throws -> (cuts: [Cut], failure: String)? {
    if depth == 0 {
      return try failure(after: cuts).map { (cuts, $0) }
    }
    var index: UInt64 = 0
    while let outcomes = try outcomes(ofOperation: index, after: cuts) {
      for outcome in outcomes {
        let longer = cuts + [Cut(index: index, outcome: outcome)]
        if let found = try failingChain(after: longer, depth: depth - 1) { return found }
      }
      index += 1
    }
    return nil
  }

  /// Lives through the cuts.
  private func world(after cuts: [Cut]) throws -> World {
    var world = World(flash: try brick.manufactured())
    world.flash.adoptReadings(of: faults)
    for cut in cuts {
      world.flash.cutPower(at: cut.index, phase: .outcome(cut.outcome))
      _ = live(&world)
      world.flash.restorePower()
    }
    return world
  }

  /// One life, or `nil` if it was cut; notes what fails.
  private func live(_ world: inout World) -> BrickLife? {
    do {
      let life = try brick.powerOn(&world.flash, &world.witness)
      switch life {
      case .breaks(let invariant, let detail): world.failure = "\(invariant): \(detail)"
      case .runs(let image) where !brick.allowedOutcomes.contains(image):
        world.failure = "runs \(image)"
      default: break
      }
      return life
    } catch {
      if error != .powerLost { world.failure = "fails: \(error)" }
      return nil
    }
  }

  /// What goes wrong on the way to rest after the cuts.
  private func failure(after cuts: [Cut]) throws -> String? {
    var world = try world(after: cuts)
    for _ in 0..<16 where world.failure == nil {
      guard live(&world) == .resets else { return world.failure }
    }
    return world.failure ?? "does not settle"
  }

  /// What a cut in an operation may leave, or `nil` if the life after the cuts is shorter.
  private func outcomes(
    ofOperation index: UInt64, after cuts: [Cut]
  ) throws -> [CutOutcome]? {
    var done = try world(after: cuts)
    done.flash.cutPower(at: index, phase: .after)
    guard live(&done) == nil, done.failure == nil, let cut = done.flash.lastPowerCut else {
      return nil
    }
    var undone = try world(after: cuts)
    undone.flash.cutPower(at: index, phase: .before)
    _ = live(&undone)
    let range = FlashRange(start: cut.address, count: cut.count)
    let bytes = cut.operation == .program ? done.flash.bytes(in: range) : []
    return faults.outcomes(
      of: FlashOperation(kind: cut.operation, address: cut.address, count: cut.count),
      bytes: bytes.span, on: undone.flash)
  }
}
