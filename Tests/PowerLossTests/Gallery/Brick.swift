import FlashEmulator
import NORFlash

/// Whether an updater has the defect, or the mend.
enum Variant: String, CaseIterable, Sendable {
  case defect
  case mended
}

/// How one power-on of an updater of the gallery ended.
enum BrickLife: Equatable, Sendable {
  /// An application runs; the text names it.
  case runs(String)
  /// The device resets itself, to go on in the next power-on.
  case resets
  /// The device has broken a promise.
  case breaks(invariant: String, detail: String)
}

/// What the search has to find in the updater with the defect.
struct BrickFinding: Sendable {
  /// The smallest number of power cuts that shows the defect.
  var cuts: Int
  /// The invariant that breaks.
  var invariant: String
}

/// A small updater with the pattern of a real bug, and the same with the mend.
///
/// Updaters are written for any flash. `variant` is asked in one place: there is the mend.
protocol Brick: SendableMetatype {
  /// A short name for reports.
  static var name: String { get }
  /// The part it runs on.
  static var part: FlashPart { get }
  /// The mildest preset of faults that shows the defect.
  static var preset: String { get }
  /// The applications that may run in the end.
  static var allowedOutcomes: [String] { get }
  /// What the search has to find.
  static var finding: BrickFinding { get }

  /// Brings the flash into the state in which the story begins.
  static func manufacture<F: FlashDevice & ~Copyable>(_ flash: inout F) throws(F.Failure)

  /// One life: from power-on until an application runs or the device resets.
  ///
  /// `witness` is what an observer outside the device has written down; it survives everything. It
  /// may change only after the last operation of a life.
  static func powerOn<F: FlashDevice & ~Copyable>(
    _ flash: inout F, _ variant: Variant, witness: inout [UInt8]
  ) throws(F.Failure) -> BrickLife
}

extension Brick {
  static var part: FlashPart { .brick() }
  static var preset: String { "atomic" }
  static var allowedOutcomes: [String] { ["old"] }
}

extension FlashPart {
  /// Six blocks with pages of 64 bytes: small, so that a search is short.
  static func brick(
    block: UInt32 = 256, unit: UInt32 = 8, ecc: UInt32 = 0, rule: RewriteRule = .anyBit
  ) -> FlashPart {
    do {
      return try FlashPart(
        name: "brick", family: .embedded,
        geometry: FlashGeometry(
          blockCount: 6, eraseBlock: block, programUnit: unit, eccUnit: ecc, rewriteRule: rule),
        timing: FlashTiming(
          programPage: ecc > 0 ? unit : min(block, 64), pageProgram: .microseconds(10, 20),
          eraseCommands: [EraseCommand(size: block, time: .milliseconds(1, 2))], bus: .memoryMapped),
        endurance: 1_000,
        evidence: FlashPartEvidence(geometry: .memory, timing: .memory, endurance: .memory))
    } catch {
      preconditionFailure("the part of the gallery is described wrongly: \(error)")
    }
  }
}
