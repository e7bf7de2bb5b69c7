extension MTDParts {
  /// Reads the first `mtdparts=` argument of a text, which may be a whole kernel command line.
  ///
  /// - Throws: `TableSyntaxError` at the first wrong character.
  public init(parsing bytes: [UInt8]) throws(TableSyntaxError) {
    let lines = try TableText(bytes).lines
    for (index, line) in lines.enumerated() where line.first != "#" {
      guard let start = Self.start(in: line) else { continue }
      var cursor = Cursor(line: line, number: index + 1, index: start)
      devices = try cursor.devices()
      return
    }
    throw TableSyntaxError(
      at: TextPosition(line: 1, column: 1), "there is no mtdparts= argument",
      "write mtdparts=<mtd-id>:<size>[@<offset>](<name>),…")
  }

  /// The index behind the first `mtdparts=` that starts a word.
  static func start(in line: [Character]) -> Int? {
    let key = Array("mtdparts=")
    for index in line.indices where line[index...].starts(with: key) {
      if index == 0 || line[index - 1].isWhitespace || line[index - 1] == "\"" {
        return index + key.count
      }
    }
    return nil
  }
}

/// A place in the line that is being read.
private struct Cursor {
  let line: [Character]
  let number: Int
  var index: Int

  var position: TextPosition { TextPosition(line: number, column: index + 1) }
  var isAtEnd: Bool { index >= line.count || line[index].isWhitespace || line[index] == "\"" }

  func error(_ problem: String, _ remedy: String) -> TableSyntaxError {
    TableSyntaxError(at: position, problem, remedy)
  }

  /// What stands here, for a message.
  var found: String { isAtEnd ? "the end" : "\"\(line[index])\"" }

  mutating func take(_ text: String) -> Bool {
    guard line[min(index, line.count)...].starts(with: text) else { return false }
    index += text.count
    return true
  }

  mutating func devices() throws(TableSyntaxError) -> [MTDParts.Device] {
    var devices: [MTDParts.Device] = []
    repeat {
      let id = try deviceID()
      devices.append(MTDParts.Device(id: id, parts: try parts()))
    } while take(";")
    guard isAtEnd else {
      throw error(
        "unexpected \(found)", "separate partitions by a comma and flashes by a semicolon")
    }
    return devices
  }

  /// The name of a flash may hold colons: the last one before the first name in parentheses ends it.
  private mutating func deviceID() throws(TableSyntaxError) -> String {
    let stop = line[index...].firstIndex { $0 == "(" || $0 == ";" || $0.isWhitespace }
    guard let colon = line[index..<(stop ?? line.count)].lastIndex(of: ":"), colon > index else {
      throw error(
        "the name of the flash is missing", "write it before a colon, as in spi0.0:1m(app)")
    }
    defer { index = colon + 1 }
    return String(line[index..<colon])
  }

  private mutating func parts() throws(TableSyntaxError) -> [MTDParts.Part] {
    var parts: [MTDParts.Part] = []
    repeat {
      if parts.last?.size == .rest {
        throw error("a partition follows one that takes the rest", "make the - partition the last")
      }
      parts.append(try part())
    } while take(",")
    return parts
  }

  private mutating func part() throws(TableSyntaxError) -> MTDParts.Part {
    let start = position
    let size: MTDParts.Size = take("-") ? .rest : .bytes(try address("size"))
    let offset = take("@") ? try address("offset") : nil
    let name = take("(") ? try partName() : nil
    var flags: MTDParts.Flags = []
    if take("ro") { flags.insert(.readOnly) }
    if take("lk") { flags.insert(.keepLocked) }
    if take("slc") { flags.insert(.singleLevelCells) }
    guard isAtEnd || line[index] == "," || line[index] == ";" else {
      throw error(
        "unexpected \(found) in a partition", "write <size>[@<offset>](<name>)[ro][lk][slc]")
    }
    return MTDParts.Part(size: size, offset: offset, name: name, flags: flags, position: start)
  }

  private mutating func address(_ what: String) throws(TableSyntaxError) -> UInt32 {
    var end = index
    while end < line.count, line[end].isASCII, line[end].isLetter || line[end].isNumber { end += 1 }
    let text = String(line[index..<end])
    guard let value = TableNumber.kernel(text) else {
      throw error(
        text.isEmpty ? "the \(what) is missing" : "the \(what) \"\(text)\" is not a number",
        "write bytes, such as 4096, 0x1000, 64k or 1m")
    }
    guard let value = UInt32(exactly: value) else {
      throw error("the \(what) \"\(text)\" is above 32 bits", "write at most 0xffffffff")
    }
    index = end
    return value
  }

  private mutating func partName() throws(TableSyntaxError) -> String {
    let start = index
    guard let close = line[index...].firstIndex(of: ")") else {
      index -= 1
      throw error("the name has no closing parenthesis", "write )")
    }
    index = close + 1
    return String(line[start..<close])
  }
}
