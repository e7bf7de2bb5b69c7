/// A way in which a power cut can go wrong; each leads to one or several ``CutOutcome``s of an
/// operation.
///
/// Sources: Infineon KBA218817 and KBA223960 (what an interrupted program or erase may leave), the
/// UBI and JFFS2 field reports of zero-filled and apparently erased blocks, Microchip's answer on
/// program disturb of the SST26, and the bus faults of microcontrollers with error correction.
/// How unstable, unreadable and erased locations are *read* is not a fault of an operation: see
/// ``FaultModel/weakReading``, ``FaultModel/unreadableReading`` and ``FaultModel/erasedReading``.
public enum Fault: UInt8, CaseIterable, Hashable, Sendable {
  // MARK: When the cut hits

  /// The operation had not begun.
  case before
  /// The operation was complete, but the caller never learned of it.
  case after
  /// A call that spans several pages or blocks is cut between two of them.
  ///
  /// Operations *are* the pages and blocks of a call, so `before` and `after` of each cover this;
  /// it has no outcomes of its own.
  case betweenChunks
  /// The cut comes while the flash is read: nothing changes, but what was read is lost.
  ///
  /// A reader's cut leaves what `before` of the next operation leaves; a search that decides weak
  /// bits for good takes it as a crash point of its own.
  case duringRead
  /// A reset with the power on: the operation completes, and memory that a reset leaves alone keeps
  /// its content.
  case warmReset
  /// The supply is too low for the flash before it is too low for the processor: the operation and
  /// some that follow report success and change nothing, and then the power goes.
  case brownOutTail

  // MARK: Torn programs

  /// The first program units are complete.
  case prefix
  /// The last program units are complete.
  case suffix
  /// Some program units are complete, in no order.
  case unitSubset
  /// Some of the bits that should have changed did.
  case bitSubset
  /// It reads as intended, but the bits that changed are unstable.
  case looksComplete
  /// It reads as before, but the bits that should have changed are unstable.
  case looksUntouched
  /// The whole program page suffers, also behind and before what was programmed.
  case pageCollateral
  /// Other pages of the erase block lose some of their erased bits.
  case sectorDisturb
  /// The error-correcting code of a unit does not match: its reads fail.
  case eccTear

  // MARK: Torn erases

  /// The erase was accepted and had not moved a bit; the block is worn all the same.
  case eraseNotStarted
  /// The first phase of the erase has programmed the block from one end on.
  case preProgrammed
  /// Some of the block is erased, and the rest holds old data or is programmed.
  case eraseMix
  /// All of the block reads erased, but bits are unstable.
  case looksErased

  // MARK: Both

  /// Every bit of the operation is unstable, whatever it was and whatever it should be: all that
  /// the vendor leaves open.
  case indeterminate

  /// A stable name for files and messages, such as `warm-reset`.
  public var name: String {
    switch self {
    case .before: "before"
    case .after: "after"
    case .betweenChunks: "between-chunks"
    case .duringRead: "during-read"
    case .warmReset: "warm-reset"
    case .brownOutTail: "brown-out-tail"
    case .prefix: "prefix"
    case .suffix: "suffix"
    case .unitSubset: "unit-subset"
    case .bitSubset: "bit-subset"
    case .looksComplete: "looks-complete"
    case .looksUntouched: "looks-untouched"
    case .pageCollateral: "page-collateral"
    case .sectorDisturb: "sector-disturb"
    case .eccTear: "ecc-tear"
    case .eraseNotStarted: "erase-not-started"
    case .preProgrammed: "pre-programmed"
    case .eraseMix: "erase-mix"
    case .looksErased: "looks-erased"
    case .indeterminate: "indeterminate"
    }
  }

  /// The fault with the given name, or `nil` if there is none.
  public init?(name: String) {
    guard let fault = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = fault
  }

  /// Whether the flash is left as it was before the operation.
  var leavesOldContent: Bool {
    switch self {
    case .before, .betweenChunks, .duringRead, .brownOutTail, .eraseNotStarted: true
    default: false
    }
  }

  /// Whether the operation has not begun for the flash: no wear, no time.
  var precedesOperation: Bool { leavesOldContent && self != .eraseNotStarted }
}
