/// How many patterns stand for a fault.
public enum OutcomeVariety: String, CaseIterable, Sendable {
  /// One or a few of each kind: eight to twenty outcomes of an operation.
  case few
  /// More of each kind, and patterns that a seed chooses.
  case many
}

/// What a power cut may do to a flash: which faults, and how what they leave behind is read.
///
/// The presets name levels that other tools stop at (`atomic`, `prefix`), what parts are known to
/// do (`nor-realistic`, `ecc-mcu`), and what vendors leave open (`nor-paranoid`, `vendor-worst`,
/// `disturb`). Another model is composed from faults:
///
///     var model = FaultModel(name: "mine", faults: [.before, .after, .looksErased])
///     model.weakReading = .flipsAfter(reads: 2)
public struct FaultModel: Equatable, Sendable {
  /// The name, for reports and replay files.
  public var name: String
  /// What can happen; nothing at all and everything can happen under every model.
  public var faults: Set<Fault>
  /// How many patterns stand for all that a fault may leave.
  ///
  /// Every pattern is given by the operation, not by what an earlier cut left, so that several torn
  /// operations in one place leave a bounded number of contents: only with few patterns is that
  /// number small enough for a search to close.
  public var variety = OutcomeVariety.few
  /// How unstable bits are read.
  public var weakReading = WeakBitReading.chosen(.untilReset)
  /// What a read of a unit does whose error-correcting code does not match.
  public var unreadableReading = UnreadableReading.error
  /// What a unit reads as that was not programmed since its last erase.
  public var erasedReading = ErasedReading.defined
  /// Starts the sequences that random patterns are drawn from.
  public var seed: UInt64 = 0

  /// Makes a model; `before` and `after` need not be among the faults.
  public init(name: String, faults: Set<Fault>, seed: UInt64 = 0) {
    self.name = name
    self.faults = faults.union([.before, .after])
    self.seed = seed
  }

  /// An operation happens or it does not.
  public static let atomic = FaultModel(name: "atomic", faults: [.before, .after, .betweenChunks])

  /// A program may also stop between two of its units.
  public static let prefix = FaultModel(name: "prefix", faults: [.betweenChunks, .prefix])

  /// What serial and embedded NOR flash without error correction is known to do, with bits that are
  /// stable afterwards; on a part with error correction torn units are unreadable.
  public static let norRealistic = FaultModel(name: "nor-realistic", faults: realisticFaults)

  /// Also bits that are unstable, units in any order, and whole pages that suffer.
  public static let norParanoid = {
    var model = FaultModel(
      name: "nor-paranoid",
      faults: realisticFaults.union(
        [.looksComplete, .looksUntouched, .pageCollateral, .looksErased]))
    model.variety = .many
    return model
  }()

  /// Microcontrollers with error correction whose units read as anything until they are programmed.
  ///
  /// Most of them define what erased units read as: set ``erasedReading`` to `.defined` for those.
  /// Reads of unreadable units throw, as they do below a driver that catches the fault; set
  /// ``unreadableReading`` to `.trap` for one that does not.
  public static let eccMCU = {
    var model = FaultModel(name: "ecc-mcu", faults: realisticFaults.union([.eccTear]))
    model.erasedReading = .undefined(seed: 0)
    return model
  }()

  /// Everything that the vendors' texts leave open inside the scope of one operation.
  public static let vendorWorst = {
    var model = FaultModel(
      name: "vendor-worst",
      faults: norParanoid.faults.union([.eccTear, .eraseNotStarted, .indeterminate]))
    model.variety = .many
    return model
  }()

  /// Torn programs that also clear bits in other pages of the erase block.
  public static let disturb = FaultModel(
    name: "disturb", faults: realisticFaults.union([.sectorDisturb]))

  /// All presets, from the mildest on.
  public static let presets: [FaultModel] = [
    .atomic, .prefix, .norRealistic, .norParanoid, .eccMCU, .vendorWorst, .disturb,
  ]

  /// The preset with the given name, or `nil` if there is none.
  public static func named(_ name: String) -> FaultModel? {
    presets.first { $0.name == name }
  }

  private static let realisticFaults: Set<Fault> = [
    .before, .after, .betweenChunks, .warmReset, .prefix, .suffix, .unitSubset, .bitSubset,
    .eraseNotStarted, .preProgrammed, .eraseMix,
  ]

  /// Whether a cut can damage what an earlier operation completed and the one that is cut does not
  /// touch.
  public var damagesBystanders: Bool {
    !faults.isDisjoint(with: [.pageCollateral, .sectorDisturb])
  }

  /// A number below `bound` that depends on the model, the operation, and nothing else.
  func choice(of operation: FlashOperation, _ index: UInt32, below bound: UInt32) -> UInt32 {
    var generator = SplitMix64(seed: seed)
    let kind: UInt64 = operation.kind == .program ? 0 : 1
    generator.state = generator.next() ^ (UInt64(operation.address) << 9 | kind << 8)
    generator.state = generator.next() ^ UInt64(index)
    return UInt32(generator.next(below: UInt64(bound)))
  }
}

extension EmulatedFlash {
  /// Reads weak, unreadable and erased locations from now on as a model says.
  public mutating func adoptReadings(of model: FaultModel) {
    weakBitReading = model.weakReading
    unreadableReading = model.unreadableReading
    erasedReading = model.erasedReading
  }
}
