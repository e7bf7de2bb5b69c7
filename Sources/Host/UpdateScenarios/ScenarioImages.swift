internal import DeviceModel
internal import FirmwareImage
internal import OpenSSLCrypto

/// The signed images of the scenarios.
///
/// Checked in, for a signature with a new key would make every replay file invalid; `Images/make`
/// made them.
enum ScenarioImages {
  static let signingKey: PublicKey = {
    do throws(KeyError) {
      return try PublicKey(pem: String(decoding: PackageResources.signing_key_pem, as: UTF8.self))
    } catch {
      preconditionFailure("the key of the scenarios cannot be read: \(error)")
    }
  }()

  static let decryptionKey: DeviceDecryptionKey = {
    do throws(KeyError) {
      return try DeviceDecryptionKey(fileBytes: PackageResources.key_encryption_key_bin)
    } catch {
      preconditionFailure("the decryption key of the scenarios cannot be read: \(error)")
    }
  }()

  /// Version 1 and 2 have security counter 1, later ones have 2.
  static func version(_ major: Int) -> [UInt8] {
    switch major {
    case 1: PackageResources.version_1_img
    case 2: PackageResources.version_2_img
    case 3: PackageResources.version_3_img
    case 4: PackageResources.version_4_img
    default: PackageResources.version_5_img
    }
  }

  /// Version 3, its payload encrypted.
  static var encryptedVersion3: [UInt8] { PackageResources.version_3_encrypted_img }

  /// An image whose signed facts are right and whose payload is not, as after a bad transfer.
  static func damaged(_ image: [UInt8]) -> [UInt8] {
    var image = image
    image[100] ^= 0x10
    return image
  }

  /// The tag by which the boot record knows an image.
  static func tag(of image: [UInt8]) -> UInt64 {
    var storage = MemoryStorage(image)
    do {
      var crypto = try OpenSSLProvider(
        trustedKeys: [signingKey], decryptionKey: decryptionKey.key)
      return try ImageVerifier.examine(&storage, crypto: &crypto).digest.tag
    } catch {
      preconditionFailure("an image of the scenarios does not verify: \(error)")
    }
  }
}
