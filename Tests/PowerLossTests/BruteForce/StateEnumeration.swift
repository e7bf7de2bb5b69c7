import FlashEmulator
import NORFlash

@testable import PowerLoss

/// Everything that tells one power-on from another, in full.
struct WholeState: Hashable {
  var cells: [UInt8]
  var weak: [UInt8]
  var units: [UInt8]
  var memory: MemoryContent
  var code: UInt8

  init(_ flash: borrowing EmulatedFlash, _ memory: MemoryContent, _ code: ResetCode) {
    let all = FlashRange(start: 0, count: flash.size)
    cells = flash.bytes(in: all)
    weak = flash.weakMasks(in: all)
    if weak.allSatisfy({ $0 == 0 }) { weak = [] }
    units = flash.unitStates(in: all)
    self.memory = memory
    self.code = code.rawValue
  }
}

/// Lives every life after every cut, in every reading of undecided bits, and remembers nothing of
/// what it has seen but the set of states.
///
/// Shares no code with the search but the emulator, and the list of what a cut may leave.
final class StateEnumeration {
  private struct Moment {
    var flash: FlashSnapshot
    var memory: MemoryContent
    var code: ResetCode
  }

  private let scenario: Scenario
  private let faults: FaultModel
  private var device: PoweredDevice
  private(set) var states: Set<WholeState> = []
  /// The lives that were lived.
  private(set) var lives = 0

  init(_ scenario: Scenario, _ faults: FaultModel) throws {
    self.scenario = scenario
    self.faults = faults
    var flash = scenario.makeFlash(under: faults)
    try scenario.prepare(&flash)
    device = PoweredDevice(flash: flash, memory: DeviceMemory())
  }

  /// Collects every state that at most so many cuts lead to.
  func enumerate(cuts: Int) throws {
    let memory = MemoryContent(durable: scenario.durable, observed: scenario.observed)
    try visit(
      Moment(flash: device.flash.snapshot(), memory: memory, code: .powerOn), cuts: cuts, resets: 0)
  }

  private func visit(_ moment: Moment, cuts: Int, resets: Int) throws {
    guard resets < 16 else { throw Endless() }
    begin(moment)
    states.insert(WholeState(device.flash, moment.memory, moment.code))
    var readings: [[Int]] = [[]]
    while let told = readings.popLast() {
      let recorder = Recorder(told, faults)
      begin(moment)
      let life = try live(recorder)
      for position in told.count..<max(told.count, recorder.options.count) {
        for option in 1..<recorder.options[position] {
          readings.append(Array(recorder.taken[..<position]) + [option])
        }
      }
      guard let life else { throw Endless() }
      let end = now()
      if case .resets(let code) = life {
        try visit(
          Moment(flash: end.flash, memory: end.memory, code: code), cuts: cuts, resets: resets + 1)
      }
      guard cuts > 0 else { continue }
      try visit(powerLost(end), cuts: cuts - 1, resets: 0)
      for (index, outcomes) in recorder.outcomes.enumerated() {
        for outcome in outcomes {
          begin(moment)
          device.flash.cutPower(at: UInt64(index), phase: .outcome(outcome))
          _ = try live(Recorder(recorder.taken, nil))
          let cut = now()
          let next =
            outcome.fault == .warmReset
            ? Moment(flash: cut.flash, memory: cut.memory, code: .warm) : powerLost(cut)
          try visit(next, cuts: cuts - 1, resets: 0)
        }
      }
    }
  }

  private func begin(_ moment: Moment) {
    device.flash.restore(moment.flash)
    device.flash.cancelPowerCut()
    device.flash.restorePower()
    device.flash.setWeakReadCounts(moment.memory.weakReadCounts)
    device.memory.content = moment.memory
    device.resetCode = moment.code
  }

  /// One life, or `nil` if it was cut.
  private func live(_ recorder: Recorder) throws -> Life? {
    lives += 1
    device.flash.readingChooser = recorder
    device.flash.observer = recorder
    defer {
      device.flash.readingChooser = nil
      device.flash.observer = nil
    }
    do {
      let life = try scenario.powerOn(&device)
      return device.flash.isPowered ? life : nil
    } catch FlashError.powerLost {
      return nil
    }
  }

  private func now() -> Moment {
    var memory = device.memory.content
    memory.weakReadCounts = device.flash.packedWeakReadCounts
    return Moment(flash: device.flash.snapshot(), memory: memory, code: .powerOn)
  }

  private func powerLost(_ moment: Moment) -> Moment {
    var moment = moment
    moment.memory.retained = []
    return moment
  }
}

/// A device that never rests, or a life that ended where nothing cut it.
struct Endless: Error {}

/// Decides undecided reads as it is told and as stored from then on, and notes what a cut in each
/// operation may leave.
private final class Recorder: FlashObserver, WeakReadingChooser {
  private let told: [Int]
  private let faults: FaultModel?
  private(set) var taken: [Int] = []
  private(set) var options: [Int] = []
  private(set) var outcomes: [[CutOutcome]] = []

  init(_ told: [Int], _ faults: FaultModel?) {
    self.told = told
    self.faults = faults
  }

  func flash(
    _ flash: inout EmulatedFlash, willPerform operation: FlashOperation, bytes: Span<UInt8>
  ) throws(FlashError) -> FlashObserverVerdict {
    if let faults { outcomes.append(faults.outcomes(of: operation, bytes: bytes, on: flash)) }
    return .perform
  }

  func flash(_ flash: inout EmulatedFlash, willRead address: UInt32, count: UInt32) {}

  func choose(at address: UInt32, count: UInt32, options: Int) -> Int {
    let choice = taken.count < told.count ? min(told[taken.count], options - 1) : 0
    taken.append(choice)
    self.options.append(options)
    return choice
  }
}
