import Dispatch
import Synchronization

/// Bytes on the way from one thread to one other.
///
/// A wake-up costs as much as hashing some ten kilobytes, so there is none for each chunk: a thread
/// that waits is woken when the ring is half full, or half empty again, or at the end. What is in the
/// ring is published with atomics; a semaphore is used to sleep and to wake only.
@safe
final class ByteRing: Sendable {
  /// The number of bytes that a ring holds.
  static let capacity = 256 << 10
  /// The most bytes that the reader gets at once.
  private static let largestPiece = 32 << 10
  /// How often a thread looks again before it sleeps.
  private static let spins = 2_000

  nonisolated(unsafe) private let bytes: UnsafeMutablePointer<UInt8>
  /// The bytes that were ever written and read.
  private let written = Atomic<Int>(0)
  private let read = Atomic<Int>(0)
  private let writer = Sleeper()
  private let reader = Sleeper()
  private let isClosed = Atomic<Bool>(false)

  init() { unsafe bytes = .allocate(capacity: Self.capacity) }

  deinit { unsafe bytes.deallocate() }

  // MARK: - The writer

  /// Copies bytes into the ring; waits while it is full.
  func write(_ source: Span<UInt8>) {
    var taken = 0
    while taken < source.count {
      let end = written.load(ordering: .relaxed)
      let room = Self.capacity - (end - read.load(ordering: .acquiring))
      if room == 0 {
        waitUntilHalfEmpty()
        continue
      }
      let place = end % Self.capacity
      let count = min(room, source.count - taken, Self.capacity - place)
      unsafe source.extracting(taken..<taken + count).withUnsafeBufferPointer { piece in
        guard let start = piece.baseAddress else { return }
        unsafe (bytes + place).update(from: start, count: count)
      }
      taken += count
      written.store(end + count, ordering: .sequentiallyConsistent)
      let fill = end + count - read.load(ordering: .relaxed)
      if fill >= Self.capacity / 2 { reader.wake() }
    }
  }

  /// Waits until the reader is done with everything that was written.
  func drain() {
    reader.wake()
    wait(writer) { isEmpty }
  }

  /// Tells the reader that nothing more will come.
  func close() {
    isClosed.store(true, ordering: .sequentiallyConsistent)
    reader.wake()
  }

  // MARK: - The reader

  /// Hands what was written to `body`, piece by piece and in order, until the ring is closed.
  func readAll(_ body: (Span<UInt8>) -> Void) {
    while true {
      let start = read.load(ordering: .relaxed)
      let count = written.load(ordering: .acquiring) - start
      if count == 0 {
        if isClosed.load(ordering: .acquiring) { return }
        wait(reader) { !isEmpty || isClosed.load(ordering: .sequentiallyConsistent) }
        continue
      }
      let place = start % Self.capacity
      let piece = min(count, Self.largestPiece, Self.capacity - place)
      let buffer = unsafe UnsafeBufferPointer(start: bytes + place, count: piece)
      body(unsafe buffer.span)
      read.store(start + piece, ordering: .sequentiallyConsistent)
      let fill = written.load(ordering: .relaxed) - start - piece
      if fill <= Self.capacity / 2 { writer.wake() }
    }
  }

  // MARK: - Sleeping

  private var isEmpty: Bool {
    written.load(ordering: .sequentiallyConsistent) == read.load(ordering: .sequentiallyConsistent)
  }

  private func waitUntilHalfEmpty() {
    wait(writer) {
      let start = read.load(ordering: .sequentiallyConsistent)
      return written.load(ordering: .sequentiallyConsistent) - start <= Self.capacity / 2
    }
  }

  private func wait(_ sleeper: Sleeper, until isOver: () -> Bool) {
    for _ in 0..<Self.spins where isOver() { return }
    sleeper.sleep(until: isOver)
  }
}

/// One thread that sleeps until another one wakes it.
private final class Sleeper: Sendable {
  private let isAsleep = Atomic<Bool>(false)
  private let semaphore = DispatchSemaphore(value: 0)

  /// Returns when `isOver` holds; it is asked again after each `wake`.
  func sleep(until isOver: () -> Bool) {
    while true {
      isAsleep.store(true, ordering: .sequentiallyConsistent)
      if isOver() { break }
      semaphore.wait()
    }
    // Whoever took the flag meanwhile has signalled, or is about to.
    if !isAsleep.exchange(false, ordering: .sequentiallyConsistent) { semaphore.wait() }
  }

  /// Wakes the thread, if it sleeps.
  func wake() {
    guard isAsleep.load(ordering: .sequentiallyConsistent),
      isAsleep.exchange(false, ordering: .sequentiallyConsistent)
    else { return }
    semaphore.signal()
  }
}
