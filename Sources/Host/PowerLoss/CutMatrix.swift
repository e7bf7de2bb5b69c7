public import FlashEmulator
internal import NORFlash

/// What follows one power cut in the life that nothing else disturbs: operation by operation, outcome
/// by outcome.
///
/// A search says whether anything can go wrong; the matrix shows what a single cut leads to, for
/// people who want to see that every cell is what they meant.
public struct CutMatrix: Equatable, Sendable {
  /// What a device comes to in the end.
  public enum Consequence: Hashable, Sendable {
    /// It settles, with this text.
    case settles(String)
    /// Something happens that must never happen.
    case violates(InvariantViolation)
    /// Nobody knows: the budget was used up.
    case unknown
  }

  /// What follows one outcome of one cut.
  public struct Cell: Hashable, Sendable {
    /// What the cut leaves; `nil` where the power goes while the device is at rest.
    public var outcome: CutOutcome?
    /// What the device comes to without a further cut.
    public var consequence: Consequence
    /// The power-ons it takes until then.
    public var powerOns: Int
    /// The reads on the way that met bits the cut left undecided.
    ///
    /// They were read as stored; the other readings are the business of a search.
    public var undecidedReads: Int
  }

  /// One operation of the undisturbed life, or the rest at the end of a power-on.
  public struct Row: Equatable, Sendable {
    /// The power-on it belongs to, counted from 1.
    public var powerOn: Int
    /// Its number since the reset, counted from 0.
    public var index: Int
    /// What it is; `nil` at rest.
    public var operation: FlashOperation?
    /// The partition it is in, or an empty text.
    public var partition: String
    /// Who issues it.
    public var activity: String
    /// What follows each outcome of a cut.
    public var cells: [Cell]
  }

  /// How often an erase block is erased.
  public struct BlockWear: Equatable, Sendable {
    /// The first byte of the block.
    public var address: UInt32
    /// The size of the block in bytes.
    public var count: UInt32
    /// The partition it is in, or an empty text.
    public var partition: String
    /// The erases in the undisturbed life.
    public var undisturbed: Int
    /// The most erases in the recovery from one cut, until the device settles.
    public var mostInARecovery: Int
  }

  /// What the device comes to if nothing is cut.
  public var undisturbed: Consequence
  /// The power-ons that takes.
  public var powerOns: Int
  /// The operations in the order in which they happen, each power-on followed by its rest.
  public var rows: [Row]
  /// The blocks that are erased at all, by address.
  public var wear: [BlockWear]
  /// The distinct states that the cuts leave.
  public var states: Int

  /// The number of cells that nobody knows.
  public var unknownCells: Int {
    rows.reduce(0) { count, row in count + row.cells.count { $0.consequence == .unknown } }
  }
}

extension Scenario {
  /// The name of the partition that holds an address, or an empty text.
  func partitionName(at address: UInt32) -> String {
    partitions.first { $0.range.contains(address) }?.name ?? ""
  }
}
