import FlashEmulator
import PowerLoss

/// A cut matrix as JSON.
struct MatrixResult: Encodable {
  /// What a device comes to: `settles`, `violates` or `unknown`.
  struct Consequence: Encodable {
    var verdict: String
    var outcome: String?
    var invariant: String?
    var detail: String?

    init(_ consequence: CutMatrix.Consequence) {
      switch consequence {
      case .settles(let text):
        verdict = "settles"
        outcome = text
      case .violates(let violation):
        verdict = "violates"
        invariant = violation.invariant
        detail = violation.detail
      case .unknown: verdict = "unknown"
      }
    }
  }

  struct Cell: Encodable {
    /// The name of the outcome; `rest` for a loss of power at rest.
    var child: String
    /// The place of what follows in `consequences`.
    var consequence: Int
    var powerOns: Int
    var undecidedReads: Int
  }

  struct Row: Encodable {
    var powerOn: Int
    var operation: Int
    /// `program`, `erase` or `rest`.
    var kind: String
    var address: UInt32?
    var count: UInt32?
    var partition: String
    var activity: String
    var cells: [Cell]
  }

  struct Wear: Encodable {
    var address: UInt32
    var count: UInt32
    var partition: String
    var undisturbed: Int
    var mostInARecovery: Int
  }

  var undisturbed: Consequence
  var powerOns: Int
  var states: Int
  var consequences: [Consequence]
  var rows: [Row]
  var wear: [Wear]

  init(_ matrix: CutMatrix) {
    undisturbed = Consequence(matrix.undisturbed)
    powerOns = matrix.powerOns
    states = matrix.states
    var numbers: [CutMatrix.Consequence: Int] = [:]
    var consequences: [Consequence] = []
    rows = matrix.rows.map { row in
      let cells = row.cells.map { cell in
        let number = numbers[cell.consequence] ?? consequences.count
        if number == consequences.count {
          numbers[cell.consequence] = number
          consequences.append(Consequence(cell.consequence))
        }
        return Cell(
          child: cell.outcome?.name ?? "rest", consequence: number, powerOns: cell.powerOns,
          undecidedReads: cell.undecidedReads)
      }
      return Row(
        powerOn: row.powerOn, operation: row.index, kind: row.operation?.kind.rawValue ?? "rest",
        address: row.operation?.address, count: row.operation?.count, partition: row.partition,
        activity: row.activity, cells: cells)
    }
    self.consequences = consequences
    wear = matrix.wear.map {
      Wear(
        address: $0.address, count: $0.count, partition: $0.partition,
        undisturbed: $0.undisturbed, mostInARecovery: $0.mostInARecovery)
    }
  }
}
