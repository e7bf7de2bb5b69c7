/// The lines of a text file, decoded by its byte-order mark.
struct TableText {
  /// The lines without their ends.
  let lines: [[Character]]

  /// Decodes UTF-8, or UTF-16 or UTF-32 with a byte-order mark.
  ///
  /// - Throws: `TableSyntaxError` at the first byte that is no text.
  init(_ bytes: [UInt8]) throws(TableSyntaxError) {
    let text = try Self.decode(bytes)
    var lines: [[Character]] = [[]]
    for character in text {
      if character.isNewline { lines.append([]) } else { lines[lines.count - 1].append(character) }
    }
    self.lines = lines
  }

  private static func decode(_ bytes: [UInt8]) throws(TableSyntaxError) -> String {
    let text: String?
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) {
      text = units(bytes.dropFirst(4), size: 4, bigEndian: false).flatMap {
        String(validating: $0, as: UTF32.self)
      }
    } else if bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
      text = units(bytes.dropFirst(4), size: 4, bigEndian: true).flatMap {
        String(validating: $0, as: UTF32.self)
      }
    } else if bytes.starts(with: [0xFF, 0xFE]) {
      text = units(bytes.dropFirst(2), size: 2, bigEndian: false).flatMap {
        String(validating: $0.map(UInt16.init), as: UTF16.self)
      }
    } else if bytes.starts(with: [0xFE, 0xFF]) {
      text = units(bytes.dropFirst(2), size: 2, bigEndian: true).flatMap {
        String(validating: $0.map(UInt16.init), as: UTF16.self)
      }
    } else {
      return try utf8(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...])
    }
    guard let text else {
      throw TableSyntaxError(
        at: TextPosition(line: 1, column: 1),
        "the text does not match its byte-order mark", "save the file as UTF-8")
    }
    return text
  }

  private static func units(
    _ bytes: ArraySlice<UInt8>, size: Int, bigEndian: Bool
  ) -> [UInt32]? {
    guard bytes.count % size == 0 else { return nil }
    return stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map { start in
      let unit = bytes[start..<start + size]
      return bigEndian
        ? unit.reduce(0) { $0 << 8 | UInt32($1) }
        : unit.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  private static func utf8(_ bytes: ArraySlice<UInt8>) throws(TableSyntaxError) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var valid = ""
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      valid.unicodeScalars.append(scalar)
    }
    let lines = valid.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    throw TableSyntaxError(
      at: TextPosition(line: lines.count, column: (lines.last?.count ?? 0) + 1),
      "this byte is not UTF-8",
      "a table is text in UTF-8, or binary starting with the bytes AA 50")
  }
}

/// A piece of a line and where it stands.
struct TableField {
  var text: String
  var position: TextPosition

  /// The error that something is wrong with this field.
  func error(_ problem: String, _ remedy: String) -> TableSyntaxError {
    TableSyntaxError(at: position, problem, remedy)
  }
}

/// Numbers as the formats write them.
package enum TableNumber {
  /// The number of ESP-IDF's CSV: decimal, `0x`, `0o` or `0b`, with a sign, digits grouped by
  /// underscores and one suffix `K` or `M`; `nil` if `text` is not one or exceeds 48 bits.
  package static func esp(_ text: String) -> Int64? {
    var rest = text.lowercased()[...]
    var multiplier: Int64 = 1
    if rest.hasSuffix("k") { multiplier = 1 << 10 }
    if rest.hasSuffix("m") { multiplier = 1 << 20 }
    if multiplier > 1 { rest = rest.dropLast() }
    var sign: Int64 = 1
    if rest.hasPrefix("-") { sign = -1 }
    if rest.hasPrefix("-") || rest.hasPrefix("+") { rest = rest.dropFirst() }
    var radix = 10
    for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] where rest.hasPrefix(prefix) {
      radix = base
      rest = rest.dropFirst(2)
      if rest.hasPrefix("_") { rest = rest.dropFirst() }
    }
    guard !rest.hasPrefix("_"), !rest.hasSuffix("_"), !rest.contains("__") else { return nil }
    let digits = rest.filter { $0 != "_" }
    if radix == 10, digits.hasPrefix("0"), !digits.allSatisfy({ $0 == "0" }) { return nil }
    guard let value = magnitude(digits, radix: radix) else { return nil }
    return sign * value * multiplier
  }

  /// The number of a kernel command line: decimal, `0x`, or octal after a `0`, and one suffix `K`,
  /// `M` or `G`; `nil` if `text` is not one or exceeds 48 bits.
  static func kernel(_ text: String) -> Int64? {
    var rest = text.lowercased()[...]
    var multiplier: Int64 = 1
    for (suffix, value) in [("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30)] as [(String, Int64)]
    where rest.hasSuffix(suffix) {
      multiplier = value
      rest = rest.dropLast()
      break
    }
    if rest.hasPrefix("0x") {
      return magnitude(String(rest.dropFirst(2)), radix: 16).map { $0 * multiplier }
    }
    let radix = rest.hasPrefix("0") ? 8 : 10
    return magnitude(String(rest), radix: radix).map { $0 * multiplier }
  }

  /// Digits only, at most 2 to the power of 32, so that no suffix can overflow.
  private static func magnitude(_ digits: String, radix: Int) -> Int64? {
    guard let first = digits.first, first != "+", first != "-",
      let value = Int64(digits, radix: radix), value <= 1 << 32
    else { return nil }
    return value
  }

  /// A number in hexadecimal with `0x`.
  package static func hexadecimal(_ value: some BinaryInteger) -> String {
    "0x" + String(value, radix: 16)
  }

  /// A size in the largest of `units` that divides it, else in hexadecimal.
  package static func size(
    _ value: UInt32, units: [(UInt32, String)] = [(1 << 20, "M"), (1 << 10, "K")]
  )
    -> String
  {
    for (unit, suffix) in units where value % unit == 0 { return "\(value / unit)\(suffix)" }
    return hexadecimal(value)
  }
}
