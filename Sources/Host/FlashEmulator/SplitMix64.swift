/// The SplitMix64 generator: small, fast, and the same sequence for a seed on every machine.
///
/// Algorithm: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014),
/// in the form published by Sebastiano Vigna. Not for cryptography.
public struct SplitMix64: RandomNumberGenerator, Equatable, Sendable {
  /// The whole state of the generator; storing it stores the position in the sequence.
  public var state: UInt64

  /// Starts the sequence of `seed`.
  public init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A random number below `bound`, which must not be 0.
  ///
  /// Takes one number of the sequence whatever the bound is; the bias is below `bound / 2^64`.
  public mutating func next(below bound: UInt64) -> UInt64 {
    precondition(bound > 0, "a bound of 0 leaves no number")
    return next().multipliedFullWidth(by: bound).high
  }

  /// Eight random bits of which each is set with a probability of `numerator` in 256.
  mutating func bits(probability numerator: UInt64) -> UInt8 {
    if numerator >= 256 { return 0xFF }
    var draw = next()
    var bits: UInt8 = 0
    for bit in 0..<8 {
      if draw & 0xFF < numerator { bits |= 1 << UInt8(bit) }
      draw >>= 8
    }
    return bits
  }
}
