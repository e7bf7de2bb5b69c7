/// A 128-bit digest of a content, the same on every machine; not for cryptography.
///
/// Two lanes of multiply-and-fold over words of eight bytes with SplitMix64's finish. Among a
/// million contents two collide with a probability of about 10^-27.
public struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
  /// The first half.
  public var high: UInt64
  /// The second half.
  public var low: UInt64

  /// The digest of nothing.
  public static let zero = ContentDigest(high: 0, low: 0)

  /// Makes a digest of its halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The digest of bytes; `seed` tells equal contents of different meaning apart.
  ///
  /// - Complexity: O(`bytes.count`)
  public init(of bytes: Span<UInt8>, seed: UInt64 = 0) {
    self = unsafe bytes.withUnsafeBytes { unsafe ContentDigest(of: $0, seed: seed) }
  }

  /// The digest of bytes; `seed` tells equal contents of different meaning apart.
  package init(of bytes: UnsafeRawBufferPointer, seed: UInt64) {
    var first = Self.finish(seed &+ 0x9E37_79B9_7F4A_7C15)
    var second = Self.finish(first ^ UInt64(bytes.count))
    let words = bytes.count &>> 3
    for index in 0..<words {
      let word = unsafe bytes.loadUnaligned(fromByteOffset: index &<< 3, as: UInt64.self)
      first = Self.fold(first ^ word, 0xA076_1D64_78BD_642F)
      second = Self.fold(second &+ word, 0xE703_7ED1_A0B4_28DB)
    }
    var rest: UInt64 = 0
    for offset in (words &<< 3)..<bytes.count {
      rest = rest << 8 | UInt64(unsafe bytes[offset])
    }
    first = Self.fold(first ^ rest, 0x8EBC_6AF0_9C88_C6E3)
    second = Self.fold(second &+ rest, 0x5899_65CC_7537_4CC3)
    high = Self.finish(first)
    low = Self.finish(second)
  }

  /// The 32 hexadecimal digits, high half first.
  public var description: String {
    func digits(_ half: UInt64) -> String {
      let text = String(half, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }
    return digits(high) + digits(low)
  }

  /// Reads 32 hexadecimal digits.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
      let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  /// The digest of a pair of contents; the order matters.
  public func combined(with other: ContentDigest) -> ContentDigest {
    ContentDigest(
      high: Self.fold(high ^ 0x2D35_8DCC_AA6C_78A5, other.high ^ 0x8BB8_4B93_962E_ACC9) &+ high,
      low: Self.finish(Self.finish(low) &+ other.low ^ high))
  }

  /// Adds the digest of a part to the sum that stands for a set of parts.
  static func += (sum: inout ContentDigest, part: ContentDigest) {
    sum.high &+= part.high
    sum.low &+= part.low
  }

  /// Takes the digest of a part out of a sum.
  static func -= (sum: inout ContentDigest, part: ContentDigest) {
    sum.high &-= part.high
    sum.low &-= part.low
  }

  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    // Both factors come back in: a factor of zero must not swallow what was there.
    return product.high ^ product.low &+ left
  }

  private static func finish(_ value: UInt64) -> UInt64 {
    var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
