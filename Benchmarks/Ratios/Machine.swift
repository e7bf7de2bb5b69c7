import Foundation

/// What the machine is, as far as a reader can use it.
struct Machine {
  var processor: String
  var cores: Int
  var memory: UInt64
  var system: String
  var libcrypto: String

  init(_ folder: String) {
    let facts = Self.text("/proc/cpuinfo")
    let model = facts.split(separator: "\n").first { $0.hasPrefix("model name") }
    processor =
      model?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "unknown processor"
    cores = ProcessInfo.processInfo.activeProcessorCount
    memory = ProcessInfo.processInfo.physicalMemory
    let name = Self.text("/etc/os-release").split(separator: "\n")
      .first { $0.hasPrefix("PRETTY_NAME=") }
    system =
      name?.split(separator: "=").last.map { $0.trimmingCharacters(in: ["\""]) } ?? "Linux"
    let version = try? ChildProcess.output(of: ["openssl", "version"], in: folder)
    libcrypto = version?.split(separator: " ").prefix(2).joined(separator: " ") ?? "OpenSSL"
  }

  /// In one line.
  var text: String {
    let gibibytes = (memory + 1 << 29) >> 30
    return "\(processor), \(cores) cores, \(gibibytes) GiB, \(system), \(libcrypto)"
  }

  private static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
