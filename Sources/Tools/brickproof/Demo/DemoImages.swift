import FirmwareImage
import ImageBuilder
import OpenSSLCrypto

/// An image of the demo.
struct DemoImage {
  /// The version, short.
  let version: String
  /// The name of its file.
  var file: String { "firmware-\(version).img" }
  /// The bytes of its file.
  let bytes: [UInt8]
}

/// The images of the demo.
struct DemoImages {
  /// What leaves the factory.
  let factory: DemoImage
  /// A good update, encrypted.
  let update: DemoImage
  /// An update that will hang.
  let hanging: DemoImage
  /// A good update, encrypted, that a power cut will interrupt.
  let interrupted: DemoImage
  /// Properly signed, but from before the security fix that the update brought.
  let outdated: DemoImage
  /// Signed with a key that the device does not know.
  let forged: DemoImage

  /// All of them.
  var all: [DemoImage] { [factory, update, hanging, interrupted, outdated, forged] }

  /// Signs and encrypts the images.
  ///
  /// - Throws: `CommandFailure` with status 70.
  init(_ payloads: DemoPayloads, _ keys: DemoKeys) throws(CommandFailure) {
    do {
      let recipient = try EncryptionKey(publicHalfOf: keys.encryption)
      func image(
        _ version: String, _ payload: [UInt8], counter: UInt32, encrypted: Bool = false,
        key: PrivateKey
      ) throws -> DemoImage {
        var recipe = ImageRecipe(version: try ImageVersion(version))
        recipe.securityCounter = .value(counter)
        if encrypted { recipe.encryption = ImageEncryption(to: recipient, cipher: .aes256) }
        return DemoImage(
          version: version, bytes: try recipe.build(payload: payload.span, signingKey: key))
      }
      let (original, new) = (payloads.original, payloads.update)
      factory = try image("1.0.0", original, counter: 1, key: keys.signing)
      update = try image("2.0.0", new, counter: 2, encrypted: true, key: keys.signing)
      hanging = try image("3.0.0", original, counter: 2, key: keys.signing)
      interrupted = try image("4.0.0", new, counter: 2, encrypted: true, key: keys.signing)
      outdated = try image("1.5.0", original, counter: 1, key: keys.signing)
      forged = try image("9.0.0", new, counter: 9, key: keys.stranger)
    } catch {
      throw .failure("cannot make the images of the demo: \(error)")
    }
  }
}
