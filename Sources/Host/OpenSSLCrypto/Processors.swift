#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The processors that this process may run on.
package enum Processors {
  /// Their number, at least 1; what `taskset` and cpusets of containers forbid does not count.
  ///
  /// `ProcessInfo.activeProcessorCount` says the same, and takes more than a mebibyte of memory.
  package static let count = allowedCount ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  /// sched_getaffinity(2) is not imported, but the same mask is in a file.
  private static var allowedCount: Int? {
    let file = unsafe open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let status = unsafe [UInt8](unsafeUninitializedCapacity: 8_192) { buffer, count in
      count = max(0, unsafe read(file, buffer.baseAddress, buffer.count))
    }
    return allowedCount(inStatus: status)
  }

  /// The bits of the mask in `/proc/self/status`; `nil` without one.
  static func allowedCount(inStatus status: [UInt8]) -> Int? {
    let key = "Cpus_allowed:".utf8
    guard
      let line = status.split(separator: UInt8(ascii: "\n")).first(where: { $0.starts(with: key) })
    else { return nil }
    let bits = line.dropFirst(key.count).reduce(0) { count, byte in
      count + (Character(UnicodeScalar(byte)).hexDigitValue?.nonzeroBitCount ?? 0)
    }
    return bits > 0 ? bits : nil
  }
}
