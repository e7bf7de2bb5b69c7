/// Old content of ranges, newest last, in one raw buffer.
///
/// A record is the old cells, the old weak masks (if any were set anywhere), the old unit states (if
/// the part has them), and behind them a `Trailer`, so that the log is read backwards.
@safe
struct UndoLog: ~Copyable {
  /// Describes the record in front of it.
  struct Trailer {
    var start: UInt32
    var count: UInt32
    var hasWeakMasks: Bool
  }

  private(set) var bytes: UnsafeMutableRawPointer?
  private(set) var count = 0
  private var capacity = 0
  /// The log positions of the checkpoints in use, with their numbers.
  var checkpoints: [(number: UInt64, position: Int)] = []
  var nextNumber: UInt64 = 0

  init() { unsafe bytes = nil }

  deinit { unsafe bytes?.deallocate() }

  var isRecording: Bool { !checkpoints.isEmpty }

  /// Makes room for `size` more bytes and returns where they go.
  mutating func append(_ size: Int) -> UnsafeMutableRawPointer {
    if count + size > capacity {
      capacity = max(capacity * 2, count + size, 4_096)
      let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
      if let bytes = unsafe bytes {
        unsafe larger.copyMemory(from: bytes, byteCount: count)
        unsafe bytes.deallocate()
      }
      unsafe bytes = larger
    }
    guard let bytes = unsafe bytes else { preconditionFailure("the undo log has no buffer") }
    defer { count += size }
    return unsafe bytes + count
  }

  /// Removes the last `size` bytes and returns where they are.
  mutating func removeLast(_ size: Int) -> UnsafeMutableRawPointer {
    guard let bytes = unsafe bytes, size <= count else {
      preconditionFailure("the undo log is shorter than its records")
    }
    count -= size
    return unsafe bytes + count
  }

  /// Forgets everything but keeps the memory.
  mutating func removeAll() {
    count = 0
    checkpoints.removeAll(keepingCapacity: true)
  }
}
