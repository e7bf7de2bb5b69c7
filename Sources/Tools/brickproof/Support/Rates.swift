import ArgumentParser

/// Bytes a second on the command line: `800000`, `800K` or `2.5M`, in thousands and millions.
struct ByteRate: ExpressibleByArgument, Equatable, Sendable {
  /// At least 1.
  var bytesPerSecond: UInt64

  /// Reads an argument; `nil` unless it is a number from 1 to a million millions.
  init?(argument: String) {
    let units: [Character: Double] = ["K": 1e3, "k": 1e3, "M": 1e6, "G": 1e9]
    let unit = argument.last.flatMap { units[$0] }
    guard let number = DecimalNumber.value(unit == nil ? argument[...] : argument.dropLast())
    else { return nil }
    let rate = number * (unit ?? 1)
    guard rate >= 1, rate <= 1e12 else { return nil }
    bytesPerSecond = UInt64(rate.rounded())
  }
}

/// Seconds on the command line: `8` or `0.15`.
struct Seconds: ExpressibleByArgument, Equatable, Sendable {
  var nanoseconds: UInt64

  /// Reads an argument; `nil` unless it is a number from 0 to a million.
  init?(argument: String) {
    guard let number = DecimalNumber.value(argument[...]), number <= 1e6 else { return nil }
    nanoseconds = UInt64((number * 1e9).rounded())
  }
}

/// Numbers with a decimal point.
private enum DecimalNumber {
  /// The value of digits with at most one point among them; nothing else that `Double` reads.
  static func value(_ text: Substring) -> Double? {
    guard !text.isEmpty, text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) else {
      return nil
    }
    return Double(text)
  }
}
