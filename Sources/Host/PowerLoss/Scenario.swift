public import FlashEmulator
public import NORFlash

/// A device and what it does after power-on, for a search to cut its power.
///
///     var scenario = Scenario(name: "copy updater", part: part) { flash in
///       try flash.program(at: 0, newImage.span)
///     } powerOn: { device in
///       try updater.run(on: &device.flash)
///       return .settled(try updater.version(on: &device.flash))
///     }
///     scenario.allowedOutcomes = ["old", "new"]
///
/// `powerOn` is called again and again, on fresh objects each time: what a run leaves in global
/// variables is a defect of the code under test, and is reported as one.
public struct Scenario: Sendable {
  /// Brings a flash with erased content to the content a search starts from.
  public typealias Preparation = @Sendable (inout EmulatedFlash) throws -> Void
  /// Lives one life of the device, from a reset to the next or to rest.
  ///
  /// Errors of a cut flash (`FlashError.powerLost`) may pass through or be swallowed; any other
  /// error is a violation.
  public typealias PowerOn = @Sendable (inout PoweredDevice) throws -> Life

  /// The name, in lower case with hyphens: it goes into replay files.
  public var name: String
  /// What happens in it, in one line.
  public var summary = ""
  /// The flash part.
  public var part: FlashPart
  /// What counts as one operation.
  public var operationGranularity: OperationGranularity = .programPage
  /// The named parts of the flash, for traces and reports.
  public var partitions: [ScenarioPartition] = []
  /// The texts a device may settle with, or `nil` for any.
  ///
  /// An update either succeeds or does not: old or new, and nothing else.
  public var allowedOutcomes: Set<String>?
  /// The texts a device settles with if nothing is ever cut; `nil` for the allowed ones.
  public var undisturbedOutcomes: Set<String>?
  /// The most power-ons, without a further cut, until the device settles.
  public var bootLimit = 16
  /// What must hold after each life.
  public var invariants: [Invariant] = []
  /// What of the content makes no difference, if that is declared, as long as a cut damages nothing
  /// but what is being written.
  public var canonicalForm: CanonicalForm?
  /// The same for fault models under which a cut can damage what was complete before: what was
  /// superseded may come back.
  public var collateralForm: CanonicalForm?
  /// What nothing takes away, at the start.
  public var durable: [UInt8] = []
  /// What is on record as seen, at the start.
  public var observed: [UInt8] = []
  /// The same with smaller images or less to do, smallest first: a failure is shown in the smallest
  /// that fails in the same way.
  public var smaller: [Scenario] = []

  let prepare: Preparation
  let powerOn: PowerOn

  /// Describes a scenario.
  public init(
    name: String, part: FlashPart, start prepare: @escaping Preparation,
    powerOn: @escaping PowerOn
  ) {
    self.name = name
    self.part = part
    self.prepare = prepare
    self.powerOn = powerOn
  }
}

/// A named part of the flash of a scenario.
public struct ScenarioPartition: Sendable, Equatable {
  /// The name.
  public var name: String
  /// The bytes.
  public var range: FlashRange

  /// Names a range.
  public init(_ name: String, _ range: FlashRange) {
    self.name = name
    self.range = range
  }
}

/// Something that must hold whenever a life of the device has ended without a cut.
public struct Invariant: Sendable {
  /// The name, in a word or two.
  public var name: String
  /// Says in one line what is wrong, or returns `nil`.
  public var check: @Sendable (inout PoweredDevice, Life) throws -> String?

  /// Makes a rule.
  public init(
    _ name: String, _ check: @escaping @Sendable (inout PoweredDevice, Life) throws -> String?
  ) {
    self.name = name
    self.check = check
  }
}

/// A declaration that some content makes no difference: two contents with the same reduced form
/// count as one state.
///
/// A wrong declaration makes a search blind, so the report prints it.
public struct CanonicalForm: Sendable {
  /// What is declared, in one line, for the report.
  public var summary: String
  /// The ranges that the form stands for; whole chunks of 256 bytes, or of an erase block if that is
  /// smaller.
  public var ranges: [FlashRange]
  /// A function that returns what of the content of the ranges, and of nothing else, makes a
  /// difference.
  package typealias Reduction = (borrowing EmulatedFlash) -> [UInt8]

  /// Makes a reduction for one thread, which may remember what it has seen.
  package var makeReduction: @Sendable () -> Reduction
  /// What makes two crash points one: more than every byte only for a form that stays true in the
  /// middle of a life too.
  package var crashPoints = CrashPointIdentity.everyByte

  /// Declares a form.
  ///
  /// - Parameter reduce: Returns what of the content of the ranges, and of nothing else, makes a
  ///   difference.
  public init(
    _ summary: String, ranges: [FlashRange],
    reduce: @escaping @Sendable (borrowing EmulatedFlash) -> [UInt8]
  ) {
    self.init(summary, ranges: ranges, makeReduction: { reduce })
  }

  /// Declares a form whose reductions are made for each thread.
  package init(
    _ summary: String, ranges: [FlashRange],
    makeReduction: @escaping @Sendable () -> Reduction
  ) {
    self.summary = summary
    self.ranges = ranges
    self.makeReduction = makeReduction
  }
}

extension Scenario {
  /// The scenario with the canonical form that is right under a fault model as its only one.
  func counting(under faults: FaultModel) -> Scenario {
    var scenario = self
    if faults.damagesBystanders { scenario.canonicalForm = collateralForm }
    return scenario
  }
}
