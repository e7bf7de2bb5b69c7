/// Digests of the chunks of a flash, brought up to date only where something changed.
///
/// The digest of the whole is the sum of the digests of its chunks, each seeded with its index, so
/// that a change costs only its own chunks.
@safe
final class ContentTracking {
  private enum Mark {
    static let dirty: UInt8 = 1
    static let touched: UInt8 = 2
    static let setApart: UInt8 = 4
  }

  let chunkShift: Int
  let chunkCount: Int
  let digests: UnsafeMutablePointer<ContentDigest>
  private let marks: UnsafeMutablePointer<UInt8>
  /// Chunks whose digest is out of date.
  private(set) var dirty: [UInt32] = []
  /// Chunks that may have changed since `forgetTouched()`.
  private(set) var touched: [UInt32] = []
  var sum = ContentDigest.zero
  /// The sum of the chunks that a search represents by something else.
  var sumSetApart = ContentDigest.zero

  init(size: Int, chunkShift: Int) {
    self.chunkShift = chunkShift
    chunkCount = size >> chunkShift
    unsafe digests = .allocate(capacity: chunkCount)
    unsafe digests.initialize(repeating: .zero, count: chunkCount)
    unsafe marks = .allocate(capacity: chunkCount)
    unsafe marks.initialize(repeating: 0, count: chunkCount)
  }

  deinit {
    unsafe digests.deallocate()
    unsafe marks.deallocate()
  }

  /// Notes that the bytes may change.
  func touch(_ start: Int, _ count: Int) {
    guard count > 0 else { return }
    for index in (start >> chunkShift)...((start + count - 1) >> chunkShift) {
      let mark = unsafe marks[index]
      guard mark & (Mark.dirty | Mark.touched) != Mark.dirty | Mark.touched else { continue }
      if mark & Mark.dirty == 0 { dirty.append(UInt32(index)) }
      if mark & Mark.touched == 0 { touched.append(UInt32(index)) }
      unsafe marks[index] = mark | Mark.dirty | Mark.touched
    }
  }

  func setApart(_ chunks: Range<Int>) {
    for index in chunks { unsafe marks[index] |= Mark.setApart }
  }

  func isSetApart(_ index: Int) -> Bool { unsafe marks[index] & Mark.setApart != 0 }

  func forgetTouched() {
    for index in touched { unsafe marks[Int(index)] &= ~Mark.touched }
    touched.removeAll(keepingCapacity: true)
  }

  /// Replaces the digest of a chunk in the sum it belongs to.
  func update(_ index: Int, to digest: ContentDigest) {
    unsafe marks[index] &= ~Mark.dirty
    let old = unsafe digests[index]
    guard old != digest else { return }
    if unsafe marks[index] & Mark.setApart != 0 {
      sumSetApart -= old
      sumSetApart += digest
    } else {
      sum -= old
      sum += digest
    }
    unsafe digests[index] = digest
  }

  func forgetDirty() { dirty.removeAll(keepingCapacity: true) }
}
