import OpenSSLCrypto

/// Keys that commands take as arguments; whatever is wrong with one is wrong usage.
enum KeyInput {
  /// Loads a private key.
  static func privateKey(_ path: String) throws(CommandFailure) -> PrivateKey {
    do { return try PrivateKey(contentsOf: path) } catch { throw .usage("\(error)") }
  }

  /// Loads a public key that verifies signatures.
  static func publicKey(_ path: String) throws(CommandFailure) -> PublicKey {
    let key: PublicKey
    do { key = try PublicKey(contentsOf: path) } catch { throw .usage("\(error)") }
    guard key.algorithm != nil else {
      throw .usage(
        "\(path): is a key of type \(key.kindDescription), which signs no images;"
          + " use RSA-2048, RSA-3072, EC P-256, EC P-384 or Ed25519")
    }
    return key
  }

  /// Says on standard error if a file given for a public key holds a private one.
  static func noteIfPrivate(_ path: String) {
    guard (try? PrivateKey(contentsOf: path)) != nil else { return }
    StandardError.print("note: \(path): holds a private key; its public half is enough")
  }

  /// Loads the key of a device.
  static func decryptionKey(_ path: String) throws(CommandFailure) -> DecryptionKey {
    do { return try DecryptionKey(contentsOf: path) } catch { throw .usage("\(error)") }
  }

  /// Loads the key an image is encrypted to.
  static func encryptionKey(_ path: String) throws(CommandFailure) -> EncryptionKey {
    do { return try EncryptionKey(contentsOf: path) } catch { throw .usage("\(error)") }
  }
}
