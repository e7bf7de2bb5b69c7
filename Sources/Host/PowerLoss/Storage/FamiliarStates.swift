internal import FlashEmulator

/// The numbers of states that one thread came to lately.
///
/// Nearly every outcome of a cut leads to a state that is known, and mostly to one that this thread
/// has just met: then it need not ask what all threads share.
struct FamiliarStates: ~Copyable {
  private static let count = 1 << 15
  private var digests = [ContentDigest](repeating: .zero, count: count)
  /// `.max` where a place is empty.
  private var numbers = [UInt32](repeating: .max, count: count)

  /// The number of a state, if it is familiar.
  subscript(key: ContentDigest) -> UInt32? {
    let place = Self.place(of: key)
    return numbers[place] != .max && digests[place] == key ? numbers[place] : nil
  }

  /// Remembers a state, and forgets another that has the same place.
  mutating func insert(_ key: ContentDigest, _ number: UInt32) {
    let place = Self.place(of: key)
    digests[place] = key
    numbers[place] = number
  }

  private static func place(of key: ContentDigest) -> Int {
    Int(truncatingIfNeeded: key.high >> 20) & (count - 1)
  }
}
