import Foundation

/// A program of somebody else that the tests ask for its opinion.
public struct Tool: Sendable {
  let path: String

  /// Names a program by its path.
  public init(path: String) { self.path = path }

  /// What it answered.
  public struct Answer {
    /// The exit status.
    public var status: Int32
    /// What it printed.
    public var output: String
  }

  /// The tool of MCUboot.
  public static let imgtool = find("imgtool")
  /// OpenSSL's command.
  public static let openssl = find("openssl")

  /// Python with the package that `decode.py` needs.
  public static let python: Tool? = {
    guard let python = find("python3"),
      let answer = try? python.run(["-c", "import cryptography"]), answer.status == 0
    else { return nil }
    return python
  }()

  private static func find(_ name: String) -> Tool? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    for folder in folders {
      let path = "\(folder)/\(name)"
      if FileManager.default.isExecutableFile(atPath: path) { return Tool(path: path) }
    }
    return nil
  }

  /// Runs the program; standard error is part of the output.
  public func run(_ arguments: [String]) throws -> Answer {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Answer(
      status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
  }
}
