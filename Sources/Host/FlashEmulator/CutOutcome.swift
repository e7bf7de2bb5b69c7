/// What a power cut leaves of one operation: the same cells each time it is applied.
///
/// The ``name`` is what traces and replay files show, and parses back. The parameter tells the
/// outcomes of a fault apart; equal outcomes have equal parameters.
public struct CutOutcome: Hashable, Sendable {
  /// The fault.
  public let fault: Fault
  /// Which of its outcomes: units done, the number of a pattern, or a seed; 0 where there is one.
  public let parameter: UInt32

  /// Makes an outcome; a parameter that the fault does not know becomes one that it knows.
  public init(_ fault: Fault, parameter: UInt32 = 0) {
    self.fault = fault
    self.parameter = Self.knownParameter(parameter, of: fault)
  }

  /// Nothing has happened.
  public static let before = CutOutcome(.before)
  /// Everything has happened, and the caller does not know.
  public static let after = CutOutcome(.after)
  /// Everything has happened, and the processor was reset with the power on.
  public static let warmReset = CutOutcome(.warmReset)

  /// The operation and those behind it, `count` in all, report success and change nothing.
  public static func brownOutTail(_ count: UInt32) -> CutOutcome {
    CutOutcome(.brownOutTail, parameter: count)
  }

  /// The first `units` program units of the operation are complete.
  public static func prefix(_ units: UInt32) -> CutOutcome {
    CutOutcome(.prefix, parameter: units)
  }

  /// The last `units` program units of the operation are complete.
  public static func suffix(_ units: UInt32) -> CutOutcome {
    CutOutcome(.suffix, parameter: units)
  }

  /// Some of the units that the operation programs are complete.
  public static func units(_ pattern: UnitPattern) -> CutOutcome {
    CutOutcome(.unitSubset, parameter: pattern.number)
  }

  /// Some of the bits that the operation programs are.
  public static func bits(_ pattern: BitPattern) -> CutOutcome {
    CutOutcome(.bitSubset, parameter: pattern.number)
  }

  /// `quarters` quarters of the block are programmed, from one of its ends on.
  public static func preProgrammed(_ quarters: UInt32, from end: BlockEnd) -> CutOutcome {
    CutOutcome(.preProgrammed, parameter: quarters << 1 | (end == .start ? 1 : 0))
  }

  /// Some of the block is erased.
  public static func eraseMix(_ pattern: MixPattern) -> CutOutcome {
    CutOutcome(.eraseMix, parameter: pattern.number)
  }

  /// The units in front of unit `index` of the operation are complete, that unit is unreadable.
  public static func unreadableUnit(_ index: UInt32) -> CutOutcome {
    CutOutcome(.eccTear, parameter: index)
  }

  /// Units of a block that was being erased are unreadable.
  public static func unreadable(_ part: UnreadableBlockPart) -> CutOutcome {
    CutOutcome(.eccTear, parameter: part.rawValue)
  }

  private static func knownParameter(_ parameter: UInt32, of fault: Fault) -> UInt32 {
    switch fault {
    case .before, .after, .betweenChunks, .duringRead, .warmReset, .eraseNotStarted:
      0
    case .preProgrammed:
      // All four quarters are the same from either end.
      parameter >> 1 >= 4 ? 8 : parameter
    case .eraseMix:
      parameter < MixPattern.firstSeeded ? parameter % UInt32(MixPattern.fixed.count) : parameter
    case .eccTear:
      parameter < UnreadableBlockPart.first || UnreadableBlockPart(rawValue: parameter) != nil
        ? parameter : UnreadableBlockPart.first
    default:
      parameter
    }
  }
}

/// An end of an erase block.
public enum BlockEnd: Sendable {
  /// The lowest address.
  case start
  /// The highest address.
  case end
}

/// Which of the program units that an operation programs are complete.
///
/// Units that are given erased data do not count, unless the part counts programs of a unit.
public enum UnitPattern: Hashable, Sendable {
  /// The first, third, fifth ... of these units.
  case even
  /// The second, fourth, sixth ... of these units.
  case odd
  /// Units drawn at random; seeds are at least 2.
  case random(seed: UInt32)

  var number: UInt32 {
    switch self {
    case .even: 0
    case .odd: 1
    case .random(let seed): max(seed, 2)
    }
  }
}

/// Which of the bits that an operation programs are programmed, in ascending order of address and bit.
///
/// Bits count whether or not they were programmed before.
public enum BitPattern: Hashable, Sendable {
  /// Only the first.
  case first
  /// Only the last.
  case last
  /// All but the first.
  case allButFirst
  /// All but the last.
  case allButLast
  /// The first, third, fifth ...
  case alternating
  /// The second, fourth, sixth ...
  case otherAlternating
  /// The first half.
  case firstHalf
  /// The last half.
  case lastHalf
  /// Each with a probability of one half; seeds are at least 8.
  case random(seed: UInt32)

  static let fixed: [BitPattern] = [
    .first, .last, .allButFirst, .allButLast, .alternating, .otherAlternating, .firstHalf,
    .lastHalf,
  ]

  var number: UInt32 {
    if case .random(let seed) = self { return max(seed, 8) }
    return UInt32(Self.fixed.firstIndex(of: self) ?? 0)
  }

  init(number: UInt32) {
    self = number < 8 ? Self.fixed[Int(number)] : .random(seed: number)
  }
}

/// What a block is left like in the middle of its erase.
public enum MixPattern: Hashable, Sendable {
  /// The first half is erased, the rest holds old data.
  case firstHalf
  /// The last half is erased, the rest holds old data.
  case lastHalf
  /// The first half is erased, the rest is programmed.
  case firstHalfOfProgrammed
  /// The last half is erased, the rest is programmed.
  case lastHalfOfProgrammed
  /// Program units 0, 2, 4 ... of the block are erased, the others hold old data.
  case evenUnits
  /// Program units 1, 3, 5 ... of the block are erased, the others hold old data.
  case oddUnits
  /// Bits 0, 2, 4 and 6 of each byte are erased, the others hold old data.
  case evenBits
  /// Bits 1, 3, 5 and 7 of each byte are erased, the others hold old data.
  case oddBits
  /// Program units 0, 2, 4 ... of the block are erased, the others are programmed.
  case evenUnitsOfProgrammed
  /// Of the programmed bits `eighths` in 8 are left; seeds are 1 ... 2^28 - 1.
  case residueOfData(eighths: UInt32, seed: UInt32)
  /// As if the whole block had been programmed first: of all bits `eighths` in 8 are left.
  case residueOfProgrammed(eighths: UInt32, seed: UInt32)

  static let fixed: [MixPattern] = [
    .firstHalf, .lastHalf, .firstHalfOfProgrammed, .lastHalfOfProgrammed, .evenUnits, .oddUnits,
    .evenBits, .oddBits, .evenUnitsOfProgrammed,
  ]
  static let firstSeeded: UInt32 = 16

  var number: UInt32 {
    switch self {
    case .residueOfData(let eighths, let seed):
      max(seed & 0xFFF_FFFF, 1) << 4 | (eighths & 7)
    case .residueOfProgrammed(let eighths, let seed):
      max(seed & 0xFFF_FFFF, 1) << 4 | 8 | (eighths & 7)
    default:
      UInt32(Self.fixed.firstIndex(of: self) ?? 0)
    }
  }

  init(number: UInt32) {
    if number < Self.firstSeeded {
      self = Self.fixed[Int(number) % Self.fixed.count]
    } else if number & 8 == 0 {
      self = .residueOfData(eighths: number & 7, seed: number >> 4)
    } else {
      self = .residueOfProgrammed(eighths: number & 7, seed: number >> 4)
    }
  }
}

/// Which units of a block are unreadable after an erase was cut.
public enum UnreadableBlockPart: UInt32, CaseIterable, Sendable {
  /// All of them.
  case all = 0xFFFF_FF00
  /// The first half; the rest holds old data.
  case firstHalf
  /// The last half; the rest is erased.
  case lastHalf
  /// Units 0, 2, 4 ... of the block; the others hold old data.
  case evenUnits

  /// Parameters from here on are parts of blocks, those below numbers of units.
  static let first = UnreadableBlockPart.all.rawValue
}
