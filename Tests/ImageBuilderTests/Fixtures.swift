import FirmwareImage
import Foundation
import ImageBuilder
import OpenSSLCrypto

/// The images and keys that imgtool made; the tests of the image parser keep them.
enum Fixtures {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("FirmwareImageTests/Fixtures").path

  static func path(_ name: String) -> String { "\(folder)/\(name)" }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  static func privateKey(_ name: String) throws -> PrivateKey {
    try PrivateKey(contentsOf: path("keys/\(name).der"))
  }

  static func encryptionKey(_ name: String) throws -> EncryptionKey {
    try EncryptionKey(contentsOf: path("keys/\(name)"))
  }

  /// The recipe of every vector, unless its command says otherwise.
  static var recipe: ImageRecipe {
    var recipe = ImageRecipe(
      version: ImageVersion(major: 1, minor: 2, revision: 3, build: 4))
    recipe.slot = SlotLayout(size: 0x20000)
    return recipe
  }
}

/// A folder that lives as long as a test.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "brickproof-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
  }
}

/// A program of somebody else that the tests ask for its opinion.
struct Tool: Sendable {
  let path: String

  struct Answer {
    var status: Int32
    var output: String
  }

  static let imgtool = find("imgtool")
  static let openssl = find("openssl")

  /// Python with the package that `decode.py` needs.
  static let python: Tool? = {
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
  func run(_ arguments: [String]) throws -> Answer {
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
