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
