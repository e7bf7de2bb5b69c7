internal import FlashEmulator

/// An operation on an image, and the states that a cut in it leaves.
struct CrashPoint {
  /// One of these states.
  struct Child {
    private let bits: UInt32

    /// Names a state; `isErased` where the operation had erased its block completely.
    ///
    /// - Precondition: `node` is less than 2^31.
    init(node: UInt32, isErased: Bool) {
      precondition(node >> 31 == 0, "there are too many states to number")
      bits = node | (isErased ? 1 << 31 : 0)
    }

    var node: UInt32 { bits & ~(1 << 31) }
    var isErased: Bool { bits >> 31 != 0 }
  }

  var operation: FlashOperation
  var outcomes: UInt32
  /// The states that were made at once; those at the end of a fading supply come later.
  var children: [Child]
}

/// The operations on images that were cut in every way already.
///
/// A life that comes to one of them leads to nothing new by a cut there, so its crash points count as
/// covered. Where no state is left out for its likeness, only how many they are is kept.
struct CrashPointMemo: ~Copyable {
  /// How often an operation was cut.
  struct Count {
    /// The images on which it was.
    var situations = 0
    /// The outcomes on all of them.
    var crashPoints = 0
  }

  private var entries = DigestTable()
  /// The points whose children are kept.
  private(set) var points = SegmentedArray<CrashPoint>()
  /// Every different operation.
  private(set) var counts: [FlashOperation: Count] = [:]

  /// The outcomes of a point that is known, and its number if its children are kept.
  subscript(digest: ContentDigest) -> (count: Int, number: UInt32?)? {
    guard let entry = entries[digest] else { return nil }
    guard points.count > 0 else { return (Int(entry), nil) }
    return (Int(points[Int(entry)].outcomes), entry)
  }

  /// Keeps a point.
  ///
  /// Either all points of a search have children or none has.
  ///
  /// - Returns: Its number, if it has children.
  mutating func keep(
    _ digest: ContentDigest, _ operation: FlashOperation, outcomes: Int,
    children: [CrashPoint.Child]?
  ) -> UInt32? {
    counts[operation, default: Count()].situations += 1
    counts[operation, default: Count()].crashPoints += outcomes
    guard let children else {
      if entries[digest] == nil { entries.insert(digest, UInt32(outcomes)) }
      return nil
    }
    let number = UInt32(points.count)
    points.append(
      CrashPoint(operation: operation, outcomes: UInt32(outcomes), children: children))
    // Another thread may have been at the same point; both stand for it.
    if entries[digest] == nil { entries.insert(digest, number) }
    return number
  }
}
