/// What only a flash under test needs: reading policies, findings, operations to be dropped.
///
/// A class, so that the structure around it stays small and its hot paths stay fast.
final class FaultConditions {
  var unreadableReading = UnreadableReading.error
  var erasedReading = ErasedReading.defined
  var chooser: (any WeakReadingChooser)?
  var readings = WeakReadings() {
    didSet { hasReadings = !readings.counts.isEmpty || !readings.held.isEmpty }
  }
  /// Whether there are readings; spares the usual checkpoint a copy of none.
  private(set) var hasReadings = false
  var lastTrap: UInt32?
  var indeterminateReads: UInt64 = 0
  var firstIndeterminateRead: UInt32?
  /// What goes wrong with operations, by their number as `operationCount` counts.
  var operationDefects: [UInt64: OperationDefect] = [:]
  /// What goes wrong with reads, by address.
  var readDefects: [UInt32: ReadDefect] = [:]
  /// How many operations from now on are accepted and dropped before the power goes.
  var dropsLeft: UInt32 = 0
}

/// How weak bits were read so far, as far as later reads depend on it.
struct WeakReadings: Equatable, Sendable {
  /// The number of reads of each program page with weak bits, counted up to the limit of
  /// ``WeakBitReading/flipsAfter(reads:)``.
  var counts: [UInt32: UInt32] = [:]
  /// The readings that hold until the power returns.
  var held: [HeldReading] = []
}

/// A chosen reading of a run of bytes.
struct HeldReading: Equatable, Sendable {
  var range: Range<Int>
  var option: Int
}
