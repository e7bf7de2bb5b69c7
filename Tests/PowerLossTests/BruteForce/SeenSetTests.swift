import FlashEmulator
import NORFlash
import Testing

@testable import PowerLoss

/// A search that runs each state once finds what running everything again and again finds.
@Suite struct SeenSetTests {
  static let presets = FaultModel.presets.map(\.name)

  /// The states that a search has found, each in full.
  static func states(
    of device: TinyDevice, _ faults: FaultModel, _ strategy: SearchStrategy
  ) throws -> (states: [WholeState], report: String) {
    var search = PowerLossSearch(device.scenario(), faults: faults, strategy: strategy)
    search.determinism = .never
    search.undecidedReadLimit = .max
    search.reduction = .none
    let start = try search.startImage()
    let graph = search.explored(from: start, SearchClock())
    let failure = graph.failure.map { "\($0.invariant): \($0.detail)" }
    let worker = search.makeWorker(graph, start)
    let states = graph.nodes.indices.map { number in
      let (image, memory, code) = graph.start(of: UInt32(number))
      worker.load(image)
      return WholeState(worker.device.flash, memory, code)
    }
    return (states, failure ?? "")
  }

  static func compare(_ device: TinyDevice, _ preset: String, depth: Int) throws {
    let faults = try #require(FaultModel.named(preset))
    let enumeration = try StateEnumeration(device.scenario(), faults)
    try enumeration.enumerate(cuts: depth)
    let (found, failure) = try states(of: device, faults, .nested(depth))
    #expect(failure == "")
    #expect(Set(found).count == found.count, "a state was taken for two")
    let missing = enumeration.states.subtracting(found)
    let invented = Set(found).subtracting(enumeration.states)
    #expect(
      missing.isEmpty, "\(missing.count) of \(enumeration.states.count) states were not found")
    #expect(invented.isEmpty, "\(invented.count) states cannot come about")
    #expect(enumeration.lives > found.count, "the enumeration ran no life twice")
    // No bound finds no less than a bound does; with unstable bits there is no end within reach.
    guard ["atomic", "prefix", "nor-realistic"].contains(preset) else { return }
    let (closed, _) = try states(of: device, faults, .closure)
    #expect(enumeration.states.subtracting(closed).isEmpty)
  }

  @Test(arguments: TinyDevice.all, presets)
  func oneCutLeadsToTheSameStates(_ device: TinyDevice, _ preset: String) throws {
    try Self.compare(device, preset, depth: 1)
  }

  /// The comparison itself: a canonical form that leaves out what matters loses states.
  @Test func aWrongCanonicalFormIsNoticed() throws {
    let device = TinyDevice.plain
    var scenario = device.scenario()
    scenario.canonicalForm = CanonicalForm(
      "the mark makes no difference", ranges: [FlashRange(start: 8, count: 8)]
    ) { _ in [] }
    var search = PowerLossSearch(scenario, faults: .norRealistic, strategy: .nested(2))
    search.determinism = .never
    let blind = search.explored(from: try search.startImage(), SearchClock()).nodes.count
    let all = try Self.states(of: device, .norRealistic, .nested(2)).states.count
    #expect(blind < all)
  }
}

/// The same up to three nested cuts.
@Suite struct ExhaustiveSeenSetTests {
  @Test(arguments: TinyDevice.all, SeenSetTests.presets)
  func threeCutsLeadToTheSameStates(_ device: TinyDevice, _ preset: String) throws {
    for depth in 2...3 { try SeenSetTests.compare(device, preset, depth: depth) }
  }
}
