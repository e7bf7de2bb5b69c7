import NORFlash
import OpenSSLCrypto
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A storage read by several threads that shows on a terminal how much of it was read, when that
/// takes longer than a second.
struct WatchedSharedStorage: ~Copyable, SharedStorage {
  private let base: FileStorage
  private let what: String
  private let line: ProgressLine?
  private let startedAt = ProcessInfo.processInfo.systemUptime
  private let done = Atomic<UInt64>(0)
  private let shownTenths = Atomic<Int>(10)
  /// The size of the storage in bytes.
  var size: UInt32 { base.size }

  /// Watches a storage; `what` says in a word or two what is being done, such as `verifying app.img`.
  init(_ base: consuming FileStorage, _ what: String) {
    self.base = base
    self.what = what
    line = ProgressLine()
  }

  deinit { line?.finish() }

  /// Lends bytes as the storage below does.
  func withBytes<Result>(
    at address: UInt32, count: Int, buffer: inout MutableSpan<UInt8>,
    _ body: (Span<UInt8>) -> Result
  ) throws(FileStorageError) -> Result {
    let result = try base.withBytes(at: address, count: count, buffer: &buffer, body)
    guard let line else { return result }
    let total = done.wrappingAdd(UInt64(count), ordering: .relaxed).newValue
    let elapsed = ProcessInfo.processInfo.systemUptime - startedAt
    let tenths = Int(elapsed * 10)
    let shown = shownTenths.load(ordering: .relaxed)
    guard tenths > shown,
      shownTenths.compareExchange(expected: shown, desired: tenths, ordering: .relaxed).exchanged
    else { return result }
    line.show(
      "\(what): \(total * 100 / UInt64(max(size, 1))) % of \(size >> 20) MiB, "
        + "\(Int(Double(total) / elapsed) >> 20) MiB/s")
    return result
  }
}
