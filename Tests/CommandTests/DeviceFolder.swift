import Foundation
import Testing

/// A folder with keys, images and a device on a small part, driven through the command alone.
final class DeviceFolder {
  let folder: CommandFolder

  static let table = """
    factory, app,  factory, 0x0,     48K, readonly
    ota_0,   app,  ota_0,   0xc000,  48K,
    ota_1,   app,  ota_1,   0x18000, 48K,
    log,     data, 0x40,    0x24000, 12K,

    """

  /// Makes keys and the images `v1` to `v4`; `v2` is encrypted, and `v1` has a lower counter.
  init() throws {
    folder = try CommandFolder()
    try folder.write(Data(Self.table.utf8), "table.csv")
    try folder.write(Data((0..<30_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }), "app.bin")
    for (type, name) in [("ed25519", "key"), ("ed25519", "other"), ("x25519", "device")] {
      try good("key generate --type \(type) --output \(name).pem")
      try good("key public \(name).pem --output \(name).pub")
    }
    try image("v1", "--key key.pem --version 1.0.0 --security-counter 1")
    try image("v2", "--key key.pem --version 2.0.0 --security-counter 2 --encrypt-to device.pub")
    try image("v3", "--key key.pem --version 3.0.0 --security-counter 2")
  }

  /// Makes the device `dev`.
  func create(_ options: String = "", part: String = "AT25XE041B") throws {
    try good(
      "device create dev --part \(part) --table table.csv --key key.pub"
        + " --decryption-key device.pem --factory v1.img \(options)")
  }

  func image(_ name: String, _ options: String) throws {
    try good("image create app.bin \(name).img \(options)")
  }

  /// Runs a command that must end with 0.
  @discardableResult
  func good(_ line: String) throws -> String {
    let answer = try folder.run(line)
    #expect(answer.status == 0, "\(line): \(answer.errors)")
    return answer.output
  }

  /// Runs a command that must be refused with one line of error; returns that line.
  func refused(_ line: String, status: Int32 = 1) throws -> String {
    let answer = try folder.run(line)
    #expect(answer.status == status, "\(line): \(answer.output)\(answer.errors)")
    let lines = answer.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(line): \(answer.errors)")
    let error = lines.first.map(String.init) ?? ""
    #expect(error.hasPrefix("error: "), "\(line): \(error)")
    return error
  }

  /// Runs a command with `--json`; its output must be one object with a format version.
  func json(_ line: String, status: Int32 = 0) throws -> [String: Any] {
    let answer = try folder.run(line + " --json")
    #expect(answer.status == status, "\(line): \(answer.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
    let report = try #require(object as? [String: Any])
    #expect(report["formatVersion"] as? Int == 1)
    return report
  }

  /// Boots, and returns slot, reason and attempt of the report.
  func boot(_ options: String = "", status: Int32 = 0) throws -> Decision {
    Decision(try json("device boot dev \(options)", status: status))
  }

  /// Boots and lives, and returns slot, reason and attempt of the report.
  func run(_ application: String, _ options: String = "") throws -> Decision {
    let report = try json("device run dev --app \(application) \(options)")
    return Decision(try #require(report["boot"] as? [String: Any]))
  }
}

/// What a boot report says, as far as a test compares it.
struct Decision: Equatable {
  var slot: String?
  var reason: String?
  var attempt: Int?
  var attemptsLeft: Int?

  init(_ slot: String?, _ reason: String, attempt: Int? = nil, left: Int? = nil) {
    self.slot = slot
    self.reason = reason
    self.attempt = attempt
    attemptsLeft = left
  }

  init(_ report: [String: Any]) {
    slot = report["slot"] as? String
    reason = report["reason"] as? String
    attempt = report["attempt"] as? Int
    attemptsLeft = report["attemptsLeft"] as? Int
  }
}
