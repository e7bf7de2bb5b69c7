import FirmwareImage

/// Bytes as hexadecimal text.
enum Hexadecimal {
  /// Two digits a byte.
  static func text(of bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes {
      if byte < 16 { text.append("0") }
      text += String(byte, radix: 16)
    }
    return text
  }

  /// The bytes of a digest.
  static func text(of digest: ImageDigest) -> String {
    text(of: (0..<digest.algorithm.size).map { digest.storage[$0] })
  }

  /// A number with `0x` in front.
  static func number(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }

  /// Reads digits, with or without `0x` in front; `nil` unless they are whole bytes.
  static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array((text.hasPrefix("0x") ? text.dropFirst(2) : text[...]).utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
