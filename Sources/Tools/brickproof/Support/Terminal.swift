#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What standard output is.
enum Terminal {
  /// Whether it is a terminal that may be coloured: `NO_COLOR` is not set.
  static var hasColor: Bool {
    let environment = ProcessInfo.processInfo.environment
    return isatty(STDOUT_FILENO) != 0 && (environment["NO_COLOR"] ?? "").isEmpty
      && environment["TERM"] != "dumb"
  }

  /// The number of columns; 80 if it is no terminal.
  static var columns: Int { columns(of: STDOUT_FILENO) ?? 80 }

  /// The number of columns of standard error; `nil` if it is no terminal.
  static var errorColumns: Int? {
    isatty(STDERR_FILENO) == 0 ? nil : columns(of: STDERR_FILENO) ?? 80
  }

  private static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }
}

/// How a piece of text is shown on a terminal.
enum TextStyle: String {
  case plain = ""
  case dim = "2"
  case bold = "1"
  case green = "32"
  case red = "31"
  case yellow = "33"

  /// The text in this style, or as it is.
  func apply(to text: String, color: Bool) -> String {
    color && self != .plain ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}
