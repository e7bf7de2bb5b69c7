/// At which moment of an operation the power goes.
public enum PowerCutPhase: Equatable, Hashable, Codable, Sendable {
  /// Before the operation changes anything.
  case before
  /// In the middle; the seed chooses what the unit or block is left like.
  case torn(seed: UInt64)
  /// When the operation is complete, but before the caller learns of it.
  case after
  /// With a chosen outcome; a brown-out tail begins here, and the power goes behind it.
  case outcome(CutOutcome)

  /// How many operations report success and change nothing before the power goes.
  var droppedOperations: UInt32 {
    guard case .outcome(let outcome) = self, outcome.fault == .brownOutTail else { return 0 }
    return outcome.parameter
  }

  /// Whether the operation has not begun for the flash.
  var precedesOperation: Bool {
    switch self {
    case .before: true
    case .torn, .after: false
    case .outcome(let outcome): outcome.fault.precedesOperation
    }
  }
}

/// What one operation is, for power cuts.
public enum OperationGranularity: String, Codable, Sendable {
  /// The part of a `program` call that lies in one program page (256 bytes on most serial flash,
  /// one program unit on microcontrollers), or one erase block. A torn page has whole units before
  /// one torn unit, chosen by the seed.
  case programPage
  /// One program unit, or one erase block.
  case programUnit
}

/// The operation that a power cut hit.
public struct PowerCutRecord: Equatable, Sendable {
  /// What was going on.
  public enum Operation: String, Codable, Sendable {
    /// A page or unit was being programmed.
    case program
    /// A block was being erased.
    case erase
  }

  /// What was going on.
  public let operation: Operation
  /// The number of operations that were begun before this one since the emulator was made.
  public let index: UInt64
  /// The address of the first byte of the operation.
  public let address: UInt32
  /// The number of bytes of the operation.
  public let count: UInt32
  /// The moment of the cut.
  public let phase: PowerCutPhase
}

/// What the emulator does when a caller breaks a rule of the part.
public enum RuleEnforcement: String, CaseIterable, Codable, Sendable {
  /// Throws a typed error before anything changes.
  case strict
  /// Does what the part would do: the bits combine, and a unit with ECC becomes unreadable.
  case silicon
}
