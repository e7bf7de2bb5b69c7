import DeviceModel
import OpenSSLCrypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The keys of the demo, new in every run.
struct DemoKeys {
  /// Signs the images that the device trusts.
  let signing: PrivateKey
  /// Signs as well, but no device knows it.
  let stranger: PrivateKey
  /// The pair that images are encrypted to.
  let encryption: PrivateKey
  /// The private half of that pair, as the device holds it.
  let device: DeviceDecryptionKey

  /// Makes the keys.
  ///
  /// - Throws: `CommandFailure` with status 70.
  init(keepingIn folder: DemoFolder?) throws(CommandFailure) {
    do {
      signing = try PrivateKey(generating: .ecdsaP256)
      stranger = try PrivateKey(generating: .ecdsaP256)
      encryption = try PrivateKey(generating: .x25519)
      // A private key leaves libcrypto through a file only; without a folder for good it is gone
      // again at once.
      let path = folder?.path(of: DemoFolder.deviceKey) ?? Self.temporaryPath()
      defer { if folder == nil { try? FileManager.default.removeItem(atPath: path) } }
      try encryption.writePEM(to: path)
      device = try DeviceDecryptionKey(fileBytes: InputFile.read(path))
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw .failure("\(error)")
    }
  }

  private static func temporaryPath() -> String {
    FileManager.default.temporaryDirectory
      .appendingPathComponent("brickproof-\(UUID().uuidString).pem").path
  }
}
