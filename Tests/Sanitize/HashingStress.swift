import FirmwareImage
import Foundation
import ImageBuilder
import NORFlash
import OpenSSLCrypto

// Runs what shares memory between threads, and what handles raw memory, below a sanitizer.

/// Numbers without a pattern, the same on every run.
struct Numbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

func payload(_ count: Int, seed: UInt64) -> [UInt8] {
  var numbers = Numbers(seed: seed)
  return (0..<count).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
}

/// Verifies an image; returns whether it is good.
func isGood(
  _ image: [UInt8], key: PublicKey, decryptionKey: DecryptionKey, _ place: HashingPlace, chunk: Int
) throws -> Bool {
  var storage = MemoryStorage(image)
  var crypto = try OpenSSLProvider(
    trustedKeys: [key], decryptionKey: decryptionKey, hashing: place)
  var buffer = [UInt8](repeating: 0, count: chunk)
  var span = buffer.mutableSpan
  do throws(ImageCheckError<FlashError>) {
    _ = try ImageVerifier.verify(
      &storage, crypto: &crypto, storedForm: .ciphertext, buffer: &span)
    return true
  } catch {
    return false
  }
}

/// Builds, verifies and damages images on the calling thread.
func runRound(_ round: Int, key: PrivateKey, deviceKey: [UInt8]) throws {
  var numbers = Numbers(seed: UInt64(round))
  let size = Int(numbers.next() % 6_000_000) + 1
  var recipe = ImageRecipe(version: ImageVersion(major: 1, minor: 0, revision: 0))
  recipe.encryption = ImageEncryption(to: try EncryptionKey(keyEncryptionKey: deviceKey))
  var image = try recipe.build(payload: payload(size, seed: UInt64(round)).span, signingKey: key)
  let decryptionKey = try DecryptionKey(keyEncryptionKey: deviceKey)
  for place in [HashingPlace.callingThread, .secondThread, .automatic] {
    for chunk in [4_096, 65_536, 1 << 20] {
      guard
        try isGood(
          image, key: key.publicKey, decryptionKey: decryptionKey, place, chunk: chunk)
      else { fatalError("round \(round): a good image of \(size) bytes was refused (\(place))") }
    }
  }
  image[32 + Int(numbers.next() % UInt64(size))] ^= 1
  guard
    try !isGood(
      image, key: key.publicKey, decryptionKey: decryptionKey, .secondThread, chunk: 65_536)
  else { fatalError("round \(round): a damaged image was accepted") }
  let whole = try LeafList(
    over: MemoryStorage(image), coveredSize: UInt32(image.count), leafSizeExponent: 12, threads: 3)
  let alone = try LeafList(
    over: MemoryStorage(image), coveredSize: UInt32(image.count), leafSizeExponent: 12, threads: 1)
  guard whole.tree == alone.tree else { fatalError("round \(round): two trees of one image") }
  // A provider that goes while its thread works.
  var crypto = try OpenSSLProvider(trustedKeys: [], hashing: .secondThread)
  try crypto.startDigest(.sha256)
  try crypto.updateDigest(image.span)
}

@main struct HashingStress {
  static func main() throws {
    let rounds = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 12 : 12
    let key = try PrivateKey(generating: .ecdsaP256)
    let deviceKey = payload(16, seed: 99)
    DispatchQueue.concurrentPerform(iterations: rounds) { round in
      do { try runRound(round, key: key, deviceKey: deviceKey) } catch { fatalError("\(error)") }
    }
    print("hashing: \(rounds) rounds, nothing found")
  }
}
