public import FirmwareImage
import FlashEmulator
public import ImageBuilder
import NORFlash
public import OpenSSLCrypto

/// Signed images for tests.
public enum ImageFixture {
  /// The key that devices of the tests trust.
  public static let key = makeKey(.ecdsaP256)
  /// Another key.
  public static let otherKey = makeKey(.ecdsaP256)

  /// Makes a key.
  public static func makeKey(_ kind: PrivateKey.Kind) -> PrivateKey {
    do throws(PrivateKeyError) { return try PrivateKey(generating: kind) } catch {
      fatalError("cannot make a key: \(error)")
    }
  }

  /// Bytes without a pattern, the same for the same seed.
  public static func payload(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  /// An image whose payload follows from its major version.
  public static func image(
    _ major: UInt8, payloadSize: Int = 2_000, signedBy key: PrivateKey? = key,
    _ change: (inout ImageRecipe) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    var recipe = ImageRecipe(version: ImageVersion(major: major, minor: 0, revision: 0))
    try change(&recipe)
    let payload = payload(payloadSize, seed: UInt64(major))
    return try recipe.build(payload: payload.span, signingKey: key)
  }

  /// The tag by which the boot record knows an image.
  public static func tag(of image: [UInt8]) throws -> UInt64 { try summary(of: image).digest.tag }

  /// The facts of an image, whatever signed it.
  public static func summary(
    of image: [UInt8]
  ) throws -> ImageSummary {
    var crypto = try OpenSSLProvider(trustedKeys: [])
    var storage = MemoryStorage(image)
    return try ImageVerifier.examine(
      &storage, crypto: &crypto,
      requirements: ImageRequirements(
        signature: .hashOnly, bootability: .notRequired, compression: .accepted))
  }
}
