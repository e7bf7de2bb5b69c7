import FirmwareImage
import FlashEmulator
public import FlashPartitions
public import ImageBuilder
import NORFlash
public import OpenSSLCrypto

/// Keys, payloads and images that are made anew for each run of the measurements.
public enum Material {
  /// Bytes that do not compress, the same for the same seed.
  public static func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      var position = 0
      while position < count {
        let word = generator.next()
        for shift in 0..<min(8, count - position) {
          unsafe buffer[position + shift] = UInt8(truncatingIfNeeded: word >> (8 * shift))
        }
        position += 8
      }
      initialized = count
    }
  }

  /// Bytes that compress about as well as machine code: short runs drawn from what came before.
  public static func codeLikeBytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    var bytes = randomBytes(min(count, 4_096), seed: seed)
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let word = generator.next()
      if word & 3 == 0 {
        for shift in 0..<min(6, count - bytes.count) {
          bytes.append(UInt8(truncatingIfNeeded: word >> (8 * shift + 8)))
        }
      } else {
        let distance = 1 + Int(word >> 8) % min(bytes.count, 32_768)
        let length = min(4 + Int(word >> 40) % 12, count - bytes.count)
        for _ in 0..<length { bytes.append(bytes[bytes.count - distance]) }
      }
    }
    return bytes
  }

  /// A signed image with an incompressible payload.
  public static func image(
    _ version: String, payloadSize: Int, key: PrivateKey,
    change: (inout ImageRecipe) -> Void = { _ in }
  ) throws -> [UInt8] {
    var recipe = ImageRecipe(version: try ImageVersion(version))
    change(&recipe)
    let payload = randomBytes(payloadSize, seed: 1)
    return try recipe.build(payload: payload.span, signingKey: key)
  }

  /// The key encryption key of the encrypted images.
  public static let keyEncryptionKey = [UInt8](repeating: 0x42, count: 16)

  /// A table with a factory image, two slots and a metadata partition of two blocks, from address 0.
  public static func table(slot: UInt32, block: UInt32) throws -> PartitionTable {
    var table = PartitionTable()
    func range(_ slots: UInt32) -> FlashRange { FlashRange(start: slots * slot, count: slot) }
    try table.append(Partition(label: "factory", kind: .factory, range: range(0)))
    try table.append(Partition(label: "slot-a", kind: .ota(0), range: range(1)))
    try table.append(Partition(label: "slot-b", kind: .ota(1), range: range(2)))
    try table.append(
      Partition(
        label: "metadata", kind: .bootState, range: FlashRange(start: 3 * slot, count: 2 * block)))
    return table
  }
}
