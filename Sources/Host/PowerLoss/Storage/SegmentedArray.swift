/// An array that only grows, in segments that never move.
///
/// An `Array` of a million elements is copied when it grows, and both copies are in memory then; here
/// growth costs one more segment.
struct SegmentedArray<Element> {
  private static var segmentShift: Int { 12 }
  private static var segmentSize: Int { 1 << segmentShift }

  private var segments: [[Element]] = []
  /// The number of elements.
  private(set) var count = 0

  /// The numbers of all elements.
  var indices: Range<Int> { 0..<count }

  /// Adds an element behind the last.
  mutating func append(_ element: Element) {
    if count & (Self.segmentSize - 1) == 0 {
      segments.append([])
      segments[segments.count - 1].reserveCapacity(Self.segmentSize)
    }
    segments[segments.count - 1].append(element)
    count += 1
  }

  /// The element with a number.
  subscript(index: Int) -> Element {
    get { segments[index >> Self.segmentShift][index & (Self.segmentSize - 1)] }
    _modify { yield &segments[index >> Self.segmentShift][index & (Self.segmentSize - 1)] }
  }
}
