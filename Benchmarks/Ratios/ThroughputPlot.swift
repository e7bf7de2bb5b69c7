import Foundation

/// Throughput by image size as an SVG picture: one line a tool, told apart by dashes, marks and names,
/// so that it reads without colour.
struct ThroughputPlot {
  var table: SizeTable

  private let width = 760.0
  private let height = 440.0
  private let left = 70.0
  private let right = 210.0
  private let top = 40.0
  private let bottom = 60.0

  /// The picture.
  var svg: String {
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 440" font-family="sans-serif" \
      font-size="12" role="img" aria-label="Throughput by image size">
      <title>Throughput by image size, in MB a second of processor time</title>
      <rect width="760" height="440" fill="white"/>
      <text x="70" y="22" font-size="14">MB a second of processor time, by image size</text>

      """
    text += grid
    let labels = labelPositions
    for (index, tool) in table.tools.enumerated() {
      text += line(of: tool, style: index, labelAt: labels[tool] ?? 0)
    }
    return text + "</svg>\n"
  }

  private var sizes: [Int] { table.sizes }

  private func x(_ size: Int) -> Double {
    let first = log2(Double(sizes.first ?? 1))
    let span = max(log2(Double(sizes.last ?? 2)) - first, 1)
    return left + (log2(Double(size)) - first) / span * (width - left - right)
  }

  /// Decades that hold all values.
  private var range: (low: Double, high: Double) {
    let rates = table.cells.compactMap { $0.rate?.median }.map { $0 / 1e6 }
    let low = floor(log10(max(rates.min() ?? 1, 0.1)))
    return (low, max(ceil(log10(max(rates.max() ?? 10, 1))), low + 1))
  }

  private func y(_ rate: Double) -> Double {
    let (low, high) = range
    let part = (log10(max(rate / 1e6, 0.01)) - low) / (high - low)
    return height - bottom - part * (height - top - bottom)
  }

  private var grid: String {
    var text = ""
    for size in sizes {
      text += """
        <line x1="\(number(x(size)))" y1="\(number(top))" x2="\(number(x(size)))" \
        y2="\(number(height - bottom))" stroke="#ddd"/>
        <text x="\(number(x(size)))" y="\(number(height - bottom + 18))" \
        text-anchor="middle">\(Section.sizeText(size))</text>

        """
    }
    for decade in Int(range.low)...Int(range.high) {
      let value = pow(10, Double(decade))
      let position = number(y(value * 1e6))
      let label = decade < 0 ? "0.1" : FigureUnit.grouped(value)
      text += """
        <line x1="\(number(left))" y1="\(position)" x2="\(number(width - right))" \
        y2="\(position)" stroke="#bbb"/>
        <text x="\(number(left - 8))" y="\(position)" dy="4" text-anchor="end">\(label)</text>

        """
    }
    return text
  }

  /// Names beside the ends of their lines, moved apart where they would overlap.
  private var labelPositions: [String: Double] {
    let ends = table.tools.compactMap { tool -> (tool: String, y: Double)? in
      let last = sizes.last { table.cell(tool, $0)?.rate != nil }
      guard let last, let rate = table.cell(tool, last)?.rate else { return nil }
      return (tool, y(rate.median))
    }
    var positions: [String: Double] = [:]
    var previous = -Double.infinity
    for end in ends.sorted(by: { $0.y < $1.y }) {
      previous = max(end.y, previous + 16)
      positions[end.tool] = previous
    }
    return positions
  }

  private func line(of tool: String, style: Int, labelAt label: Double) -> String {
    let points = sizes.compactMap { size -> (x: Double, y: Double)? in
      table.cell(tool, size)?.rate.map { (x(size), y($0.median)) }
    }
    guard let last = points.last else { return "" }
    let dashes = ["none", "8 4", "2 3", "10 3 2 3", "5 5", "14 4", "1 5"]
    let path = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    var text = """
      <polyline points="\(path)" fill="none" stroke="black" stroke-width="\(style == 0 ? 2.5 : 1.3)" \
      stroke-dasharray="\(dashes[style % dashes.count])"/>

      """
    for point in points { text += mark(style, point.x, point.y) }
    text += """
      <line x1="\(number(last.x + 5))" y1="\(number(last.y))" x2="\(number(width - right + 24))" \
      y2="\(number(label))" stroke="#888" stroke-width="0.7"/>
      <text x="\(number(width - right + 28))" y="\(number(label))" \
      dy="4"\(style == 0 ? " font-weight=\"bold\"" : "")>\(Self.escaped(tool))</text>

      """
    return text
  }

  /// The first tool has a filled mark, the others have open ones of different shapes.
  private func mark(_ style: Int, _ x: Double, _ y: Double) -> String {
    let (h, v) = (number(x), number(y))
    let open = "fill=\"white\" stroke=\"black\""
    guard style > 0 else { return "<circle cx=\"\(h)\" cy=\"\(v)\" r=\"4\"/>\n" }
    let shapes = [
      "M\(number(x - 3.5)) \(number(y - 3.5)) h7 v7 h-7 z", "M\(h) \(number(y - 4.5)) l4.5 8 h-9 z",
      "M\(number(x - 4)) \(number(y - 4)) l8 8 m0 -8 l-8 8",
      "M\(h) \(number(y - 5)) l5 5 l-5 5 l-5 -5 z",
      "M\(number(x - 4.5)) \(v) h9 m-4.5 -4.5 v9", "M\(h) \(number(y + 4.5)) l4.5 -8 h-9 z",
    ]
    return "<path d=\"\(shapes[(style - 1) % shapes.count])\" \(open)/>\n"
  }

  private func number(_ value: Double) -> String {
    FigureUnit.decimals(value, 1).replacing(",", with: "")
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
  }
}
