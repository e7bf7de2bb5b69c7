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

  /// What is known of an operation on an image.
  enum Standing: Equatable {
    /// It was cut in every way: so many outcomes it has, and this number if its children are kept.
    case known(outcomes: Int, number: UInt32?)
    /// Another thread cuts it.
    case underWay(number: UInt32?)
    /// Nobody has: whoever asked does, and calls `keep` in the end.
    case new(number: UInt32?)
  }

  /// What is kept of the points of a search: the same for all of them.
  enum Detail {
    case outcomeCount
    case children
  }

  /// Stands for the outcomes of a point that is under way.
  private static let unknown = UInt32.max - 1
  /// How often a point was met while it was under way.
  private var meetings: [ContentDigest: Int] = [:]

  /// Comes to a point: only one thread cuts it, even if two come to it at the same time, as those do
  /// that begin with states which differ in little.
  mutating func meet(
    _ digest: ContentDigest, _ operation: FlashOperation, keeping detail: Detail
  ) -> Standing {
    if let entry = entries[digest] {
      let number = detail == .children ? entry : nil
      let outcomes = number.map { points[Int($0)].outcomes } ?? entry
      if outcomes != Self.unknown { return .known(outcomes: Int(outcomes), number: number) }
      meetings[digest, default: 0] += 1
      return .underWay(number: number)
    }
    var number: UInt32?
    if detail == .children {
      number = UInt32(points.count)
      points.append(CrashPoint(operation: operation, outcomes: Self.unknown, children: []))
    }
    entries.insert(digest, number ?? Self.unknown)
    return .new(number: number)
  }

  /// Keeps a point that was new when it was met.
  ///
  /// - Parameter number: The number that it got.
  /// - Returns: How often it was met since.
  mutating func keep(
    _ digest: ContentDigest, _ operation: FlashOperation, number: UInt32?, outcomes: Int,
    children: [CrashPoint.Child]
  ) -> Int {
    counts[operation, default: Count()].situations += 1
    counts[operation, default: Count()].crashPoints += outcomes
    if let number {
      points[Int(number)].outcomes = UInt32(outcomes)
      points[Int(number)].children = children
    } else {
      entries.replace(digest, UInt32(outcomes))
    }
    return meetings.removeValue(forKey: digest) ?? 0
  }
}
