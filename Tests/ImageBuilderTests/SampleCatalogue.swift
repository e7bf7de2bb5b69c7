import FirmwareImage
import Foundation
import ImageBuilder
import OpenSSLCrypto
import Testing

/// `Images/catalogue.json`.
struct Catalogue: Decodable {
  struct Made: Decodable {
    var files: [String]
    var recipe: [String]
  }
  struct Group: Decodable { var images: [Sample] }

  var formatVersion: Int
  var keys: [Made]
  var payloads: [Made]
  var groups: [Group]

  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Images")

  var samples: [Sample] { groups.flatMap(\.images) }

  static func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  static func load() throws -> Catalogue {
    try JSONDecoder().decode(Catalogue.self, from: Data(text("catalogue.json").utf8))
  }
}

/// An image of the catalogue.
struct Sample: Decodable, Sendable, CustomTestStringConvertible {
  var file: String
  var purpose: String
  /// Lines for a shell in the folder.
  var recipe: [String]
  /// Whether the recipe makes the same bytes each time.
  var deterministic: Bool
  var checks: [Check]

  var testDescription: String { file }

  /// The row of the table in README.md.
  var row: String {
    let recipe = recipe.map { "`\($0)`" }
    return "| `\(file)` | \(purpose) | \(recipe.joined(separator: "<br>"))"
      + " | \(checks.map(\.cell).joined(separator: "<br>")) |"
  }
}

/// A look at an image by a command, alone or as a device with requirements.
struct Check: Decodable, Sendable {
  var command: String
  var status: Int32
  /// `good`, or the name of the refusal.
  var verdict: String
  var says: String

  var cell: String { "`\(command)`: status \(status), `\(says)`" }

  /// The values of an option of the command.
  func values(of option: String) -> [String] {
    let words = command.split(separator: " ").map(String.init)
    return zip(words, words.dropFirst()).filter { $0.0 == option }.map(\.1)
  }

  var keys: [String] { values(of: "--key") }

  /// Whether the image is looked at by its hash, as the library does here, and not by its tree.
  var isByHash: Bool { !command.hasSuffix(" --parallel") }

  /// The options that say what the device is.
  private static var deviceOptions: [String] {
    ["--security-floor", "--vendor-id", "--class-id", "--image", "--slot-address"]
  }

  func requirements() throws -> ImageRequirements {
    let asksDevice = Self.deviceOptions.contains { !values(of: $0).isEmpty }
    var requirements = ImageRequirements(
      signature: keys.isEmpty ? .hashOnly : .trustedKey,
      bootability: asksDevice ? .required : .notRequired)
    for floor in values(of: "--security-floor") {
      requirements.minimumSecurityCounter = try #require(UInt32(floor))
    }
    for address in values(of: "--slot-address") {
      let digits = String(address.dropFirst(2))
      requirements.slotAddress = try #require(UInt32(digits, radix: 16) as UInt32?)
    }
    let vendor = try values(of: "--vendor-id").first.map { try HardwareIdentifier($0) }
    requirements.vendorID = vendor?.vendorUUID()
    for name in values(of: "--class-id") {
      requirements.classID = try HardwareIdentifier(name).classUUID(of: vendor)
    }
    for image in values(of: "--image") {
      let parts = image.split(separator: ":")
      requirements.dependencies = .checked
      try requirements.availableImages.insert(
        AvailableImage(id: #require(UInt8(parts[0])), version: ImageVersion(String(parts[1]))))
    }
    return requirements
  }
}
