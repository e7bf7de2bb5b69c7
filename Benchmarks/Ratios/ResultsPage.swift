import Foundation

/// The results as a page of Markdown, and as lines on a terminal.
struct ResultsPage {
  var machine: Machine
  var isQuick: Bool
  var sections: [Section] = []
  var table = SizeTable()
  var missing: [(name: String, remedy: String)]

  /// The lines for a terminal: every figure that has a goal, then how many goals are met.
  var summary: String {
    var lines: [String] = []
    var counts: [String: Int] = [:]
    for section in sections {
      for finding in section.findings where finding.goal != nil {
        counts[finding.verdict, default: 0] += 1
        lines.append(
          "\(pad(finding.verdict, 19))\(pad(finding.valueText, 16))\(pad(finding.goalText, 23))"
            + finding.what)
      }
    }
    let total = ["met", "MISSED", "not measurable now"].compactMap { verdict in
      counts[verdict].map { "\($0) \(verdict)" }
    }
    return (lines + [total.joined(separator: ", ")]).joined(separator: "\n")
  }

  /// Every figure, for a terminal.
  var everything: String {
    sections.flatMap(\.findings).map { finding in
      "\(pad(finding.verdict, 19))\(pad(finding.valueText, 16))\(pad(finding.spreadText, 30))"
        + "\(finding.what)\(finding.note.isEmpty ? "" : " (\(finding.note))")"
    }.joined(separator: "\n")
  }

  /// The page.
  var markdown: String {
    var text = """
      # Results

      Figures of one run on \(Self.date), on \(machine.text).
      Medians of interleaved rounds with the quartiles beside them; another machine gives other
      figures, and ratios that are much alike. Repeat it with `Scripts/bench`\
      \(isQuick ? " (this was `Scripts/bench --quick`: small sizes, few rounds)" : "").

      ## Goals

      | figure | value | goal | |
      |---|---:|---:|---|

      """
    for section in sections {
      for finding in section.findings where finding.goal != nil {
        text +=
          "| \(Self.cell(finding.what)) | \(finding.valueText) | \(finding.goalText) |"
          + " \(finding.verdict) |\n"
      }
    }
    for section in sections { text += Self.markdown(of: section) }
    text += sizeTable
    text += "\n## Not measured here\n\n"
    for (name, remedy) in missing {
      text += "- \(name): not on this machine; \(remedy) would bring it.\n"
    }
    text += """
      - MCUboot's `bootutil_img_validate`, littlefs' `emubd` and MCUboot's `simflash` are no packages
        that a script could install; what is said of them above was measured elsewhere.

      """
    return text
  }

  private static func markdown(of section: Section) -> String {
    var text = "\n## \(section.title)\n\n\(section.about)\n\n| figure | value | quartiles | |\n"
    text += "|---|---:|---:|---|\n"
    for finding in section.findings {
      text +=
        "| \(cell(finding.what)) | \(finding.valueText) | \(finding.spreadText) |"
        + " \(finding.note) |\n"
    }
    return text
  }

  private var sizeTable: String {
    let sizes = table.sizes
    var text = """

      ## Throughput by image size

      MB a second of processor time, whole processes with their start, as in the table above.

      ![Throughput by image size](throughput.svg)

      | tool |
      """
    text += sizes.map { " \(Section.sizeText($0)) |" }.joined() + "\n|---|"
    text += sizes.map { _ in "---:|" }.joined() + "\n"
    for tool in table.tools {
      let rates = sizes.map { size in
        table.cell(tool, size)?.rate.map { FigureUnit.grouped($0.median / 1e6) } ?? "-"
      }
      text += "| \(Self.cell(tool)) | \(rates.joined(separator: " | ")) |\n"
    }
    return text
  }

  /// Text for a cell of a table.
  private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private static var date: String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "d MMMM yyyy"
    return formatter.string(from: Date())
  }
}
