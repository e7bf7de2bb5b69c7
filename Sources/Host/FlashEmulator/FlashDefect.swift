/// What goes wrong with one operation while the power is on.
///
/// The outcome says what the cells are left like: `.silent(leaving: .before)` is an operation that
/// lies, `.silent(leaving: .bits(.allButLast))` a program that misses one bit.
public enum OperationDefect: Hashable, Sendable {
  /// The device reports that the operation failed.
  case failure(leaving: CutOutcome)
  /// The device reports success.
  case silent(leaving: CutOutcome)

  var outcome: CutOutcome {
    switch self {
    case .failure(let outcome), .silent(let outcome): outcome
    }
  }
}

/// What goes wrong with reads of one byte, whatever is programmed or erased.
public enum ReadDefect: Hashable, Sendable {
  /// Reads that touch the byte fail as those of a unit with a broken error-correcting code do.
  case unreadable
  /// The bits of the mask read inverted.
  case flipped(mask: UInt8)
  /// The bits of the mask read as those of `value`.
  case stuck(mask: UInt8, value: UInt8)
}
