public import FlashPartitions

/// A place in a text; both numbers count from 1, columns in characters.
public struct TextPosition: Equatable, Hashable, Sendable, CustomStringConvertible {
  /// The line.
  public var line: Int
  /// The column.
  public var column: Int

  /// Makes a position.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// The position as messages show it.
  public var description: String { "line \(line), column \(column)" }
}

/// What is wrong in the text of a table, where, and what would be right.
public struct TableSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Where the wrong text starts.
  public var position: TextPosition
  /// What is wrong.
  public var problem: String
  /// What would be right.
  public var remedy: String

  /// Makes an error.
  public init(at position: TextPosition, _ problem: String, _ remedy: String) {
    self.position = position
    self.problem = problem
    self.remedy = remedy
  }

  /// All of it in one line.
  public var description: String { "\(position): \(problem); \(remedy)" }
}

/// Why a table has no text in a format.
public enum TableExportError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name holds a character that the format cannot carry.
  case unsupportedName(String, character: String, format: String)
  /// The name is not UTF-8.
  case nameNotText(index: Int, format: String)
  /// The format derives the role from the name, and this name belongs to a role that the partition
  /// does not have.
  case nameImpliesRole(String, role: String)
  /// A role asks for a name that another partition has already.
  case nameTaken(String)
  /// ESP-IDF's binary form is not possible.
  case binary(ESPTableError)

  /// What is wrong and what to do, in one line.
  public var description: String {
    switch self {
    case .unsupportedName(let name, let character, let format):
      "the name \"\(name)\" holds \(character), which \(format) cannot carry; rename the partition"
    case .nameNotText(let index, let format):
      "the name of partition \(index) is not UTF-8, which \(format) cannot carry; "
        + "rename the partition"
    case .nameImpliesRole(let name, let role):
      "mtdparts would make the partition \"\(name)\" the \(role), which it is not; "
        + "rename the partition"
    case .nameTaken(let name):
      "mtdparts marks a role by the name \"\(name)\", which another partition has; "
        + "rename that partition"
    case .binary(let error): error.message
    }
  }
}
