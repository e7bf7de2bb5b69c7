/// How fast the processor of a device works on the bytes of an image.
public struct ProcessorSpeed: Equatable, Codable, Sendable {
  /// The bytes it hashes in a second; at least 1.
  public var hashRate: UInt64
  /// The bytes it decrypts in a second, at least 1; `nil` if decryption takes no time of its own, as
  /// with an engine on the way to the memory.
  public var decryptRate: UInt64?
  /// The time of one signature check, in nanoseconds.
  public var signatureCheck: UInt64

  /// Makes a speed from bytes a second and the nanoseconds of a signature check.
  public init(hashRate: UInt64, decryptRate: UInt64? = nil, signatureCheck: UInt64 = 0) {
    self.hashRate = hashRate
    self.decryptRate = decryptRate
    self.signatureCheck = signatureCheck
  }

  /// The time to hash `count` bytes, in nanoseconds.
  func hashTime(of count: UInt64) -> UInt64 { Self.time(of: count, rate: hashRate) }

  /// The time to decrypt `count` bytes, in nanoseconds.
  func decryptTime(of count: UInt64) -> UInt64 {
    decryptRate.map { Self.time(of: count, rate: $0) } ?? 0
  }

  /// Images end below 4 GiB, so that the product has room in 64 bits.
  private static func time(of count: UInt64, rate: UInt64) -> UInt64 {
    count * 1_000_000_000 / max(rate, 1)
  }
}
