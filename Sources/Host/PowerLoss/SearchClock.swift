#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Measures what a search costs.
struct SearchClock: Sendable {
  private let startedAt = Self.wallNow()
  private let cpuAtStart = Self.cpuNow()

  /// The time since the start, in seconds.
  var wallSeconds: Double { Self.wallNow() - startedAt }

  /// The processor time of this process since the start, in seconds.
  var cpuSeconds: Double { Self.cpuNow() - cpuAtStart }

  /// The largest resident memory of this process so far, in bytes.
  static var peakMemory: Int { usage().ru_maxrss * 1_024 }

  private static func wallNow() -> Double { ProcessInfo.processInfo.systemUptime }

  private static func cpuNow() -> Double {
    let usage = usage()
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  private static func usage() -> rusage {
    var usage = rusage()
    // 0 is RUSAGE_SELF, which the C libraries declare with different types.
    unsafe _ = getrusage(0, &usage)
    return usage
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000
  }
}
