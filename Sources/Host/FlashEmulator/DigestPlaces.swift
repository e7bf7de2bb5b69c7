/// Where a table of a fixed size keeps what was lately found out about contents, by their digests.
///
/// A digest is spread evenly as it is, so that nothing has to be hashed; the table forgets a digest
/// when another takes its place. The values are the caller's: a generic table would not be made for
/// its type across modules, and be slow.
package struct DigestPlaces: ~Copyable {
  private var digests: [ContentDigest]
  private let mask: Int

  /// The number of places.
  package let count: Int

  /// Makes an empty table.
  ///
  /// - Parameter count: The number of places, a power of two greater than 1.
  package init(count: Int) {
    precondition(count > 1 && count & (count - 1) == 0, "the number of places is no power of two")
    // An empty place holds a digest that goes elsewhere, so that it is found nowhere.
    digests = [ContentDigest](repeating: .zero, count: count)
    digests[0].high = 1 << 20
    mask = count - 1
    self.count = count
  }

  /// The place of a digest, if it is there.
  package subscript(digest: ContentDigest) -> Int? {
    let place = place(of: digest)
    return digests[place] == digest ? place : nil
  }

  /// Gives a digest its place, and forgets the one that had it.
  package mutating func take(_ digest: ContentDigest) -> Int {
    let place = place(of: digest)
    digests[place] = digest
    return place
  }

  private func place(of digest: ContentDigest) -> Int {
    Int(truncatingIfNeeded: digest.high >> 20) & mask
  }
}
