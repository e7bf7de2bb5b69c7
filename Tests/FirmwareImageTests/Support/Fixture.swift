import FirmwareImage
import Foundation
import OpenSSLCrypto

/// The images and keys that image tools made, and how to load them.
enum Fixture {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")

  static func path(_ name: String) -> String { folder.appending(path: name).path() }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  /// A public key of `Fixtures/keys`, by its name without suffix.
  static func publicKey(_ name: String) throws -> PublicKey {
    try PublicKey(contentsOf: path("keys/\(name)-pub.pem"))
  }

  static func provider(
    trusting names: [String], decryptingWith decryptionKey: String? = nil
  ) throws -> OpenSSLProvider {
    try OpenSSLProvider(
      trustedKeys: names.map { try publicKey($0) },
      decryptionKey: decryptionKey.map { try DecryptionKey(contentsOf: path("keys/\($0)")) })
  }
}

/// One entry of the manifest of images.
struct Vector: Decodable, Sendable, CustomStringConvertible {
  var file: String
  var signingKey: String?
  var decryptionKey: String?
  var payload: String

  var description: String { file }

  var keyNames: [String] {
    signingKey.map { [String($0.dropFirst("keys/".count).dropLast("-pub.pem".count))] } ?? []
  }

  var decryptionKeyName: String? { decryptionKey.map { String($0.dropFirst("keys/".count)) } }

  /// `--clear`: flagged as encrypted, stored in clear.
  var isStoredClear: Bool { decryptionKey == nil || file.contains("-clear") }

  /// Those that are not plain images of a device, with the reason that their note gives.
  var refusal: ImageRefusal? {
    switch file {
    case "images/60-lzma2.bin": .compressed([.compressedLZMA2])
    case "images/62-lzma2-enc.bin": .compressed([.compressedLZMA2, .encryptedAES128])
    case "images/70-bigendian.bin": .bigEndian
    case "images/90-encp384.bin": .contentKeyMissing
    default: nil
    }
  }

  static let all: [Vector] = {
    guard let data = try? Data(contentsOf: Fixture.folder.appending(path: "manifest.json")),
      let vectors = try? JSONDecoder().decode([Vector].self, from: data)
    else { return [] }
    return vectors
  }()

  static var accepted: [Vector] { all.filter { $0.refusal == nil } }
  static var refused: [Vector] { all.filter { $0.refusal != nil } }
}
