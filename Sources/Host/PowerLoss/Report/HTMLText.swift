/// A piece of HTML, in which every text from outside is escaped.
///
///     HTMLText("p", class: "verdict", "closed & done")   // <p class="verdict">closed &amp; done</p>
struct HTMLText {
  private(set) var source = ""

  /// Nothing.
  init() {}

  /// A text as it is to be read.
  init(_ text: String) { source = Self.escaped(text) }

  /// An element around a text.
  init(_ name: String, class type: String? = nil, _ text: String) {
    self.init(name, class: type, content: HTMLText(text))
  }

  /// An element around other elements.
  init(_ name: String, class type: String? = nil, content: HTMLText) {
    let attribute = type.map { " class=\"\(Self.escaped($0))\"" } ?? ""
    source = "<\(name)\(attribute)>\(content.source)</\(name)>"
    if Self.blocks.contains(name) { source += "\n" }
  }

  /// Elements behind each other.
  init(_ parts: [HTMLText]) { source = parts.map(\.source).joined() }

  /// Markup that this module wrote itself.
  init(markup: String) { source = markup }

  /// A link to a file beside the page.
  static func link(to file: String) -> HTMLText {
    HTMLText(markup: "<a href=\"\(escaped(file))\">\(escaped(file))</a>")
  }

  static func + (left: HTMLText, right: HTMLText) -> HTMLText { HTMLText([left, right]) }

  static func += (left: inout HTMLText, right: HTMLText) { left.source += right.source }

  /// Ends a line after these, so that the page can be read as text too.
  private static let blocks: Set<String> = [
    "h1", "h2", "h3", "p", "tr", "table", "thead", "tbody", "section", "ol", "ul", "li", "dl", "dd",
    "div", "details", "summary", "pre", "caption",
  ]

  /// A text with everything replaced that means something in HTML or in an attribute.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(character)
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}

/// A table with a head, and cells that may have a class of their own.
struct HTMLTable {
  /// One cell.
  struct Cell {
    var content: HTMLText
    var type: String?
    private var isHead = false

    init(_ text: String, class type: String? = nil) {
      content = HTMLText(text)
      self.type = type
    }

    init(_ content: HTMLText, class type: String? = nil) {
      self.content = content
      self.type = type
    }

    /// A number, at the right edge.
    init(_ number: Int) { self.init(Quantity.text(number), class: "number") }

    /// A head of a row.
    static func head(_ text: String) -> Cell {
      var cell = Cell(text)
      cell.isHead = true
      return cell
    }

    var html: HTMLText {
      guard isHead else { return HTMLText("td", class: type, content: content) }
      return HTMLText(markup: "<th scope=\"row\">\(content.source)</th>")
    }
  }

  var caption = ""
  var head: [String] = []
  var rows: [[Cell]] = []

  var html: HTMLText {
    var content = caption.isEmpty ? HTMLText() : HTMLText("caption", caption)
    if !head.isEmpty {
      let cells = head.map { name in
        HTMLText(markup: "<th scope=\"col\">\(HTMLText.escaped(name))</th>")
      }
      content += HTMLText("thead", content: HTMLText("tr", content: HTMLText(cells)))
    }
    let body = rows.map { row in HTMLText("tr", content: HTMLText(row.map(\.html))) }
    content += HTMLText("tbody", content: HTMLText(body))
    return HTMLText("div", class: "scroll", content: HTMLText("table", content: content))
  }
}

/// Numbers for people.
enum Quantity {
  /// With a comma after each three digits.
  static func text(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var result = ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return number < 0 ? "-" + result : result
  }

  /// A number with what it counts, such as `1 boot` or `3 boots`.
  static func text(_ number: Int, _ unit: String, _ units: String? = nil) -> String {
    "\(text(number)) \(number == 1 ? unit : units ?? unit + "s")"
  }

  /// Such as `0x00001000`.
  static func address(_ address: UInt32) -> String {
    let digits = String(address, radix: 16)
    return "0x" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  /// With one decimal.
  static func seconds(_ seconds: Double) -> String {
    let tenths = Int((seconds * 10).rounded())
    return "\(text(tenths / 10)).\(tenths % 10) s"
  }

  /// Such as `12.3 MiB`.
  static func mebibytes(_ bytes: Int) -> String {
    let tenths = bytes * 10 / (1 << 20)
    return "\(text(tenths / 10)).\(tenths % 10) MiB"
  }
}
