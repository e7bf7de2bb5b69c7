import FirmwareImage
import Foundation
public import ImageBuilder
public import OpenSSLCrypto

/// A device's decryption key and what images for it are encrypted to.
public struct WrapKeys: Sendable, CustomStringConvertible {
  /// What the image builder uses.
  public let encryption: ImageEncryption
  /// What the device has.
  public let decryption: DecryptionKey
  /// The name in test reports.
  public let description: String

  /// Each key wrap, with both ciphers.
  public static let all: [WrapKeys] = {
    do {
      return try [
        pair(.rsa2048, .aes128), pair(.ecdsaP256, .aes128), pair(.ecdsaP256, .aes256),
        pair(.x25519, .aes128), pair(.x25519, .aes256, hash: .sha512),
        shared(size: 16), shared(size: 32),
      ]
    } catch { fatalError("cannot make keys: \(error)") }
  }()

  /// AES key wrap with AES-128: the cheapest.
  public static let simple: WrapKeys = {
    do { return try shared(size: 16) } catch { fatalError("cannot make a key: \(error)") }
  }()

  private static func shared(size: Int) throws -> WrapKeys {
    let bytes = ImageFixture.payload(size, seed: 99)
    return WrapKeys(
      encryption: ImageEncryption(to: try EncryptionKey(keyEncryptionKey: bytes)),
      decryption: try DecryptionKey(keyEncryptionKey: bytes), description: "kek-\(size)")
  }

  private static func pair(
    _ kind: PrivateKey.Kind, _ cipher: ContentCipher, hash: DigestAlgorithm = .sha256
  ) throws -> WrapKeys {
    let key = ImageFixture.makeKey(kind)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    try key.writePEM(to: file.path)
    var encryption = ImageEncryption(to: try EncryptionKey(publicHalfOf: key), cipher: cipher)
    encryption.wrapHash = hash
    return WrapKeys(
      encryption: encryption, decryption: try DecryptionKey(contentsOf: file.path),
      description: "\(kind.rawValue)-\(cipher)-\(hash)")
  }
}
