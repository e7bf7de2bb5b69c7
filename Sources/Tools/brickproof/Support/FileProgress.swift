import OpenSSLCrypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension FileStorage {
  /// The file, watched: a terminal shows how much of it was read if that takes longer than a second.
  ///
  /// - Parameter work: What is being done, in a word or two, such as `verifying app.img`.
  consuming func shown(as work: String) -> ObservedStorage<FileStorage> {
    let line = ProgressLine()
    let startedAt = ProcessInfo.processInfo.systemUptime
    var shownAt = 0.0
    return ObservedStorage(self) { progress in
      guard let line else { return .goOn }
      let elapsed = ProcessInfo.processInfo.systemUptime - startedAt
      guard elapsed > 1, elapsed - shownAt > 0.1 else { return .goOn }
      shownAt = elapsed
      let percent = UInt64(progress.position) * 100 / UInt64(max(progress.size, 1))
      let rate = Int(Double(progress.position) / elapsed) >> 20
      line.show("\(work): \(percent) % of \(progress.size >> 20) MiB, \(rate) MiB/s")
      return .goOn
    }
  }
}
