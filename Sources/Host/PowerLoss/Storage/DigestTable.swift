internal import FlashEmulator

/// Numbers by digest, for millions of entries.
///
/// Open addressing in 256 shards that grow by a quarter, each when it is full: a table is at least
/// two thirds full, and growing it never holds more than one shard twice. A dictionary of the standard
/// library takes about twice the memory, and three times while it grows.
struct DigestTable: ~Copyable {
  private struct Shard {
    var digests: [ContentDigest] = []
    /// `.max` where a place is empty.
    var numbers: [UInt32] = []
    var count = 0
  }

  private static let shardShift: UInt64 = 56
  private var shards = [Shard](repeating: Shard(), count: 256)
  /// The number of entries.
  private(set) var count = 0

  /// The number of a digest, or `nil` if there is none; a digest that has one keeps it.
  ///
  /// - Precondition: A new number is less than `UInt32.max`.
  /// - Complexity: O(1) on average
  subscript(digest: ContentDigest) -> UInt32? {
    let shard = Int(digest.high >> Self.shardShift)
    guard shards[shard].count > 0 else { return nil }
    let number = shards[shard].numbers[Self.place(of: digest, in: shards[shard])]
    return number == .max ? nil : number
  }

  /// Adds a digest that is not in the table.
  ///
  /// - Complexity: O(1) on average
  mutating func insert(_ digest: ContentDigest, _ number: UInt32) {
    precondition(number != .max, "there are too many numbers for a table")
    let shard = Int(digest.high >> Self.shardShift)
    if shards[shard].count * 5 >= shards[shard].numbers.count * 4 { grow(shard) }
    let place = Self.place(of: digest, in: shards[shard])
    shards[shard].digests[place] = digest
    shards[shard].numbers[place] = number
    shards[shard].count += 1
    count += 1
  }

  /// Gives a digest of the table another number.
  ///
  /// - Complexity: O(1) on average
  mutating func replace(_ digest: ContentDigest, _ number: UInt32) {
    let shard = Int(digest.high >> Self.shardShift)
    precondition(number != .max && self[digest] != nil, "the table does not have the digest")
    shards[shard].numbers[Self.place(of: digest, in: shards[shard])] = number
  }

  /// The place of a digest, or the empty place where it would go.
  private static func place(of digest: ContentDigest, in shard: borrowing Shard) -> Int {
    unsafe shard.digests.withUnsafeBufferPointer { digests in
      unsafe shard.numbers.withUnsafeBufferPointer { numbers in
        var place = Int(digest.low.multipliedFullWidth(by: UInt64(numbers.count)).high)
        while unsafe numbers[place] != .max, unsafe digests[place] != digest {
          place += 1
          if place == numbers.count { place = 0 }
        }
        return place
      }
    }
  }

  private mutating func grow(_ number: Int) {
    let old = shards[number]
    let capacity = max(8, old.numbers.count + old.numbers.count / 4)
    var new = Shard()
    new.digests = Array(repeating: .zero, count: capacity)
    new.numbers = Array(repeating: .max, count: capacity)
    new.count = old.count
    for place in old.numbers.indices where old.numbers[place] != .max {
      let target = Self.place(of: old.digests[place], in: new)
      new.digests[target] = old.digests[place]
      new.numbers[target] = old.numbers[place]
    }
    shards[number] = new
  }
}
