import Foundation

/// What a child process needed.
struct ChildUsage {
  var wallSeconds: Double
  /// Of all its threads.
  var cpuSeconds: Double
  /// The largest resident set, in bytes.
  var peakMemory: Int
}

/// Programs that are run to be measured.
enum ChildProcess {
  /// A program ended with another status than 0.
  struct Failure: Error, CustomStringConvertible {
    var command: [String]
    var status: Int32

    var description: String {
      let reason = status < 0 ? "cannot be started" : "ends with status \(status)"
      return "'\(command.joined(separator: " "))' \(reason): run it by hand to see why"
    }
  }

  /// Runs a program to its end.
  ///
  /// - Parameter output: The file that takes what it prints; `nil` if nobody reads it.
  /// - Throws: `Failure` if it does not end with status 0.
  @discardableResult
  static func run(_ command: [String], output: String? = nil) throws -> ChildUsage {
    let report =
      NSTemporaryDirectory() + "brickproof-usage-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: report) }
    let process = Process()
    process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent()
      .appendingPathComponent("usage")
    process.arguments = [report, output ?? "/dev/null"] + command
    do { try process.run() } catch { throw Failure(command: command, status: -1) }
    process.waitUntilExit()
    let text = (try? String(contentsOfFile: report, encoding: .utf8)) ?? ""
    let fields = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    guard fields.count == 4 else { throw Failure(command: command, status: -1) }
    guard fields[3] == 0 else { throw Failure(command: command, status: Int32(fields[3])) }
    return ChildUsage(
      wallSeconds: fields[0], cpuSeconds: fields[1], peakMemory: Int(fields[2]))
  }

  /// What a program prints.
  ///
  /// - Throws: `Failure`, or that its output cannot be read.
  static func output(of command: [String], in folder: String) throws -> String {
    let path = "\(folder)/output"
    try run(command, output: path)
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  /// The path of a program, looked for in these folders and then in those of the PATH.
  static func find(_ name: String, in folders: [String] = []) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let all = folders + path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
    return all.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
