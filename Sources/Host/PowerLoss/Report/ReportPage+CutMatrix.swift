internal import FlashEmulator

extension ReportPage {
  /// Labels for consequences: the text of an outcome where it is short, else a letter.
  private struct Key {
    private(set) var labels: [CutMatrix.Consequence: String] = [:]
    private(set) var order: [(consequence: CutMatrix.Consequence, cells: Int)] = []

    init(_ matrix: CutMatrix) {
      var counts: [CutMatrix.Consequence: Int] = [:]
      var found: [CutMatrix.Consequence] = []
      for cell in matrix.rows.lazy.flatMap(\.cells) {
        if counts[cell.consequence] == nil { found.append(cell.consequence) }
        counts[cell.consequence, default: 0] += 1
      }
      var letters = 0
      for consequence in found {
        if case .settles(let outcome) = consequence, (1...16).contains(outcome.count) {
          labels[consequence] = outcome
        } else if consequence == .unknown {
          labels[consequence] = "?"
        } else {
          labels[consequence] = Self.letter(letters)
          letters += 1
        }
      }
      order = found.map { ($0, counts[$0] ?? 0) }
    }

    /// `A` to `Z`, then `A1` and so on.
    private static func letter(_ number: Int) -> String {
      let letter = String(UnicodeScalar(UInt8(65 + number % 26)))
      return number < 26 ? letter : letter + "\(number / 26)"
    }
  }

  /// What follows each single cut.
  func cutMatrix(_ matrix: CutMatrix) -> HTMLText {
    guard !matrix.rows.isEmpty else { return HTMLText() }
    let key = Key(matrix)
    let columns = matrix.columns
    var table = HTMLTable()
    table.head = ["Operation", "What", "Where", "Issued by"]
    table.head += columns.map { $0?.name ?? "at rest" } + ["Power-ons to settle"]
    table.rows = matrix.groups.map { group in
      let place: [HTMLTable.Cell] = [
        .init(group.operations, class: "place"), .init(group.summary),
        .init(
          HTMLText("strong", group.signature.partition) + HTMLText(" " + group.addresses)),
        .init(group.signature.activity),
      ]
      let cells = group.signature.consequences.map { Self.cell($0, key.labels) }
      return place + cells + [.init(group.powerOns)]
    }
    return section(
      "What follows one cut",
      HTMLText("p", introduction(matrix)) + table.html + legend(key) + offenders(matrix)
        + Self.meanings(of: columns))
  }

  /// What the heads of the columns mean.
  private static func meanings(of columns: [Fault?]) -> HTMLText {
    var table = HTMLTable()
    table.head = ["Column", "What the cut leaves"]
    table.rows = columns.map { fault in
      [
        .head(fault?.name ?? "at rest"),
        .init(fault?.meaning ?? "the power goes when the life has ended"),
      ]
    }
    return table.html
  }

  private func introduction(_ matrix: CutMatrix) -> String {
    var text =
      "Each row is an operation of the life that nothing else disturbs (1.3 is operation 3 after "
      + "power-on 1, counted from 0), or a run of operations that lead to the same; each column is what a cut leaves of it, with what the device comes to "
      + "afterwards if nothing else is cut. Without any cut it "
    switch matrix.undisturbed {
    case .settles(let outcome):
      text += "settles with \(outcome) after \(Quantity.text(matrix.powerOns, "power-on"))."
    case .violates(let violation): text += "violates \(violation.invariant): \(violation.detail)."
    case .unknown: text += "was not followed to its end."
    }
    if matrix.unknownCells > 0 {
      text += " \(Quantity.text(matrix.unknownCells, "cell")) were not run."
    }
    if matrix.rows.contains(where: { $0.cells.contains { $0.undecidedReads > 0 } }) {
      text += " Bits that a cut left undecided are read as stored here; the search tries the rest."
    }
    return text
  }

  private static func cell(
    _ consequences: [CutMatrix.Consequence], _ labels: [CutMatrix.Consequence: String]
  ) -> HTMLTable.Cell {
    guard !consequences.isEmpty else { return .init("") }
    var isBad = false
    var isKnown = true
    let parts = consequences.map { consequence in
      let label = labels[consequence] ?? "?"
      switch consequence {
      case .violates:
        isBad = true
        return "\u{2717} " + label
      case .unknown: isKnown = false
      case .settles: break
      }
      return label
    }
    let type = isBad ? "bad" : isKnown ? "good" : "open"
    return .init(parts.joined(separator: ", "), class: type)
  }

  private func legend(_ key: Key) -> HTMLText {
    var table = HTMLTable()
    table.head = ["In a cell", "Means", "Cells"]
    table.rows = key.order.map { consequence, cells in
      let label = key.labels[consequence] ?? ""
      switch consequence {
      case .settles(let outcome):
        return [.head(label), .init("settles with \(outcome)"), .init(cells)]
      case .violates(let violation):
        return [
          .head("\u{2717} " + label), .init("\(violation.invariant): \(violation.detail)"),
          .init(cells),
        ]
      case .unknown: return [.head(label), .init("not run"), .init(cells)]
      }
    }
    return table.html
  }

  /// The single cuts that lead to a violation, by name, a line for each operation and rule.
  private func offenders(_ matrix: CutMatrix) -> HTMLText {
    var items: [HTMLText] = []
    for row in matrix.rows {
      var names: [InvariantViolation: [String]] = [:]
      for cell in row.cells {
        guard case .violates(let violation) = cell.consequence else { continue }
        names[violation, default: []].append(cell.outcome?.name ?? "power lost")
      }
      let place =
        row.operation.map { "\($0.kind.rawValue) at \(Quantity.address($0.address))" } ?? "at rest"
      for (violation, outcomes) in names.sorted(by: { $0.key.detail < $1.key.detail }) {
        items.append(
          HTMLText(
            "li",
            "power-on \(row.powerOn), operation \(row.index) (\(place)): "
              + "\(outcomes.joined(separator: "; ")): \(violation.invariant): \(violation.detail)"))
      }
    }
    guard !items.isEmpty else { return HTMLText() }
    let limit = 500
    let title = "Single cuts that lead to a violation, in \(Quantity.text(items.count, "line"))"
    let rest =
      items.count > limit
      ? HTMLText("p", "\(Quantity.text(items.count - limit)) more are not shown.") : HTMLText()
    return HTMLText(
      "details",
      content: HTMLText("summary", title)
        + HTMLText("ul", content: HTMLText(Array(items.prefix(limit)))) + rest)
  }
}
