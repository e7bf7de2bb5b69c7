import Foundation
import NORFlash

/// A storage that shows on a terminal how much of it was read, when it takes longer than a second.
struct WatchedStorage<Base: ReadableStorage & ~Copyable>: ~Copyable, ReadableStorage {
  private var base: Base
  private let what: String
  private let line: ProgressLine?
  private let startedAt = ProcessInfo.processInfo.systemUptime
  private var shownAt = 0.0
  /// The size of the storage in bytes.
  var size: UInt32 { base.size }

  /// Watches a storage; `what` says in a word or two what is being done, such as `verifying app.img`.
  init(_ base: consuming Base, _ what: String) {
    self.base = base
    self.what = what
    line = ProgressLine()
  }

  deinit { line?.finish() }

  /// Reads as the storage below does.
  mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(Base.Failure) {
    try base.read(at: address, into: &buffer)
    guard let line else { return }
    let elapsed = ProcessInfo.processInfo.systemUptime - startedAt
    guard elapsed > 1, elapsed - shownAt > 0.1 else { return }
    shownAt = elapsed
    let done = UInt64(address) + UInt64(buffer.count)
    line.show(
      "\(what): \(done * 100 / UInt64(max(size, 1))) % of \(size >> 20) MiB, "
        + "\(Int(Double(done) / elapsed) >> 20) MiB/s")
  }
}
