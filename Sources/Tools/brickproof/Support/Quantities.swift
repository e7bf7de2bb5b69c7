import FlashEmulator

/// Sizes for people.
enum ByteSize {
  /// Such as `256 KiB`; bytes if it is no whole number of KiB.
  static func text(_ bytes: UInt64) -> String {
    if bytes >= 1 << 20, bytes.isMultiple(of: 1 << 20) { return "\(bytes >> 20) MiB" }
    if bytes >= 1 << 10, bytes.isMultiple(of: 1 << 10) { return "\(bytes >> 10) KiB" }
    return "\(bytes) B"
  }
}

extension TimingRange {
  /// Such as `2.4 s typical, 21.7 s at most`.
  var seconds: String { "\(Self.text(typical)) typical, \(Self.text(maximum)) at most" }

  /// The longest time only, such as `21.7 s`: for a duration without spread.
  var oneTime: String { Self.text(maximum) }

  private static func text(_ nanoseconds: UInt64) -> String {
    if nanoseconds < 1_000_000 { return "\(tenths(nanoseconds, 1_000)) us" }
    if nanoseconds < 1_000_000_000 { return "\(tenths(nanoseconds, 1_000_000)) ms" }
    return "\(tenths(nanoseconds, 1_000_000_000)) s"
  }

  private static func tenths(_ value: UInt64, _ unit: UInt64) -> String {
    let tenths = (value * 10 + unit / 2) / unit
    return "\(tenths / 10).\(tenths % 10)"
  }
}

/// Numbers for people.
enum Count {
  /// With a comma after each three digits, such as `1,234,567`.
  static func text(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var result = number < 0 ? "-" : ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position).isMultiple(of: 3) { result.append(",") }
      result.append(digit)
    }
    return result
  }

  /// With its unit, such as `1 image` or `2 images`.
  static func text(_ number: Int, _ unit: String) -> String { text(number, unit, unit + "s") }

  /// With its unit, such as `1 leaf` or `2 leaves`.
  static func text(_ number: Int, _ unit: String, _ units: String) -> String {
    "\(text(number)) \(number == 1 ? unit : units)"
  }

  /// With one decimal, such as `12.3 s`.
  static func seconds(_ seconds: Double) -> String {
    let tenths = Int((seconds * 10).rounded())
    return "\(text(tenths / 10)).\(tenths % 10) s"
  }
}
