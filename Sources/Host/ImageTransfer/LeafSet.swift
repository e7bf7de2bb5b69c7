/// A set of leaves, one bit for each.
struct LeafSet {
  private var words: [UInt64]
  /// The number of leaves in the set.
  private(set) var memberCount: UInt32 = 0

  /// Makes an empty set of leaves below `count`.
  init(count: UInt32) { words = Array(repeating: 0, count: Int(count / 64) + 1) }

  func contains(_ index: UInt32) -> Bool { words[Int(index / 64)] & bit(index) != 0 }

  mutating func insert(_ index: UInt32) {
    guard !contains(index) else { return }
    words[Int(index / 64)] |= bit(index)
    memberCount += 1
  }

  mutating func remove(_ index: UInt32) {
    guard contains(index) else { return }
    words[Int(index / 64)] &= ~bit(index)
    memberCount -= 1
  }

  private func bit(_ index: UInt32) -> UInt64 { 1 << UInt64(index % 64) }
}
