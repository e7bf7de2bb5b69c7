internal import FlashEmulator

/// Rows of a cut matrix that follow each other and lead to the same.
struct MatrixGroup {
  /// What tells one group from the next.
  struct Signature: Equatable {
    var powerOn: Int
    var kind: FlashOperation.Kind?
    var partition: String
    var activity: String
    /// For each column, each consequence once, in the order of the first.
    var consequences: [[CutMatrix.Consequence]]
  }

  var signature: Signature
  /// The rows, at least one.
  var rows: [CutMatrix.Row]

  /// The most power-ons from a cut in one of the rows until the device settles.
  var powerOns: Int { rows.flatMap(\.cells).map(\.powerOns).max() ?? 0 }

  /// The numbers of the operations, behind that of the power-on.
  var operations: String {
    let first = rows[0].index
    let last = rows[rows.count - 1].index
    let powerOn = signature.powerOn
    return first == last ? "\(powerOn).\(first)" : "\(powerOn).\(first) to \(powerOn).\(last)"
  }

  /// What the operations are.
  var summary: String {
    guard let first = rows[0].operation else { return "at rest" }
    let counts = Set(rows.compactMap { $0.operation?.count })
    let size =
      (counts.count == 1 ? "" : "up to ")
      + Quantity.text((counts.max() ?? first.count).asInt, "byte")
    let times = rows.count == 1 ? "" : " (\(rows.count) times)"
    return "\(first.kind.rawValue) \(size)\(times)"
  }

  /// Where they are.
  var addresses: String {
    let operations = rows.compactMap(\.operation)
    guard let first = operations.map(\.address).min(),
      let last = operations.map({ $0.address + ($0.count - 1) }).max()
    else { return "" }
    return "\(Quantity.address(first)) to \(Quantity.address(last))"
  }
}

extension CutMatrix {
  /// The columns of a table of the matrix: the faults of its cells, and `nil` for the loss of power
  /// at rest.
  var columns: [Fault?] {
    let faults = Set(rows.flatMap(\.cells).map { $0.outcome?.fault })
    return Fault.allCases.filter { faults.contains($0) } + (faults.contains(nil) ? [nil] : [])
  }

  /// The rows, with runs of equal ones in one group.
  ///
  /// - Complexity: O(cells)
  var groups: [MatrixGroup] {
    let columns = columns
    var groups: [MatrixGroup] = []
    for row in rows {
      let consequences = columns.map { column in
        var found: [Consequence] = []
        for cell in row.cells where cell.outcome?.fault == column {
          if !found.contains(cell.consequence) { found.append(cell.consequence) }
        }
        return found
      }
      let signature = MatrixGroup.Signature(
        powerOn: row.powerOn, kind: row.operation?.kind, partition: row.partition,
        activity: row.activity, consequences: consequences)
      if groups.last?.signature == signature {
        groups[groups.count - 1].rows.append(row)
      } else {
        groups.append(MatrixGroup(signature: signature, rows: [row]))
      }
    }
    return groups
  }
}
