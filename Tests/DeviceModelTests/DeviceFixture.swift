import BootState
import DeviceModel
import FirmwareImage
import FlashEmulator
import FlashPartitions
import ImageBuilder
import NORFlash
import OpenSSLCrypto

/// Devices and signed images for tests.
enum DeviceFixture {
  static let key: PrivateKey = {
    do throws(PrivateKeyError) { return try PrivateKey(generating: .ecdsaP256) } catch {
      fatalError("cannot make a key: \(error)")
    }
  }()

  /// A table of equal slots on the first blocks of a part: factory, slot A, slot B, metadata.
  static func table(
    on part: FlashPart, slotBlocks: UInt32, metadataBlocks: UInt32 = 2, firstBlock: UInt32 = 0
  ) throws -> PartitionTable {
    var table = PartitionTable()
    var block = firstBlock
    func take(_ count: UInt32) throws -> FlashRange {
      let first = part.geometry.eraseBlock(at: block)!
      let last = part.geometry.eraseBlock(at: block + count - 1)!
      block += count
      return FlashRange(start: first.start, count: UInt32(last.end) - first.start)
    }
    try table.append(
      Partition(label: "factory", kind: .factory, range: take(slotBlocks), flags: .readOnly))
    try table.append(Partition(label: "slot-a", kind: .ota(0), range: take(slotBlocks)))
    try table.append(Partition(label: "slot-b", kind: .ota(1), range: take(slotBlocks)))
    try table.append(Partition(label: "metadata", kind: .bootState, range: take(metadataBlocks)))
    return table
  }

  static func payload(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  static func image(
    _ version: String, payloadSize: Int = 10_000, signedBy key: PrivateKey = key,
    _ change: (inout ImageRecipe) -> Void = { _ in }
  ) throws -> [UInt8] {
    var recipe = ImageRecipe(version: try ImageVersion(version))
    change(&recipe)
    let seed = version.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
    let payload = payload(payloadSize, seed: seed)
    return try recipe.build(payload: payload.span, signingKey: key)
  }

  /// The tag by which the boot record knows an image.
  static func imageTag(of image: inout MemoryStorage) throws -> UInt64 {
    var crypto = try OpenSSLProvider(trustedKeys: [key.publicKey])
    return try ImageVerifier.examine(&image, crypto: &crypto).digest.tag
  }

  static func description(
    part name: String = "W25Q16JV", slotBlocks: UInt32 = 8
  ) throws -> DeviceDescription {
    let part = try FlashPart.named(name)
    return DeviceDescription(
      part: part, table: try table(on: part, slotBlocks: slotBlocks),
      trustedKeys: [key.publicKey])
  }
}
