import FirmwareImage
import NORFlash

/// What the value of a TLV entry says, in a few words.
enum TLVMeaning {
  /// The meaning of a value; of a malformed one, that it is so.
  static func text(_ type: TLVType, _ value: [UInt8]) -> String {
    switch type {
    case .keyHash: "the key of the next signature has the hash \(short(value))"
    case .publicKey: "the key of the next signature, \(value.count) bytes of DER"
    case .sha256, .sha384, .sha512: "the image has the hash \(Hexadecimal.text(of: value))"
    case .rsa2048PSS, .rsa3072PSS, .ecdsaSignature, .ed25519: "signature \(short(value))"
    case .signaturePure:
      value == [1] ? "the signature covers the image itself" : "malformed: \(short(value))"
    case .encryptionRSA2048: "content key, wrapped with RSA-OAEP"
    case .encryptionKeyWrap: "AES-\(max(0, value.count - 8) * 8) content key, AES key wrap"
    case .encryptionECIESP256: "content key, wrapped with ECIES on P-256"
    case .encryptionECIESX25519: "content key, wrapped with ECIES on X25519 and SHA-256"
    case .encryptionECIESX25519SHA512: "content key, wrapped with ECIES on X25519 and SHA-512"
    case .vendorID, .classID: uuid(value)
    case .bootRecord: "measured-boot record, \(value.count) bytes of CBOR"
    case .decompressedHash: "the decompressed image has the hash \(short(value))"
    case .decompressedSignature: "signature of the decompressed image"
    case .securityCounter, .decompressedSize, .compressedSize: number(value)
    case .compressionMethod: compression(value)
    case .dependency: dependency(value)
    case .digestTree: digestTree(value)
    case .digestTreeSignature: treeSignature(value)
    default: Hexadecimal.text(of: value.prefix(32)) + (value.count > 32 ? "…" : "")
    }
  }

  private static func short(_ value: [UInt8]) -> String {
    Hexadecimal.text(of: value.prefix(8)) + (value.count > 8 ? "…" : "")
  }

  private static func number(_ value: [UInt8]) -> String {
    guard value.count == 4 else { return "malformed: \(short(value))" }
    return "\(value.span.littleEndianUInt32(at: 0))"
  }

  private static func compression(_ value: [UInt8]) -> String {
    guard value.count == CompressionEntry.encodedSize,
      let entry = try? CompressionEntry(decoding: value.span),
      case .zlib(let windowBits) = entry.algorithm
    else { return "malformed, or not known: \(short(value))" }
    return "the payload is compressed with zlib, window of \(1 << UInt32(windowBits)) bytes"
  }

  private static func dependency(_ value: [UInt8]) -> String {
    guard value.count == 12 else { return "malformed: \(short(value))" }
    let version = ImageVersion(
      major: value[4], minor: value[5], revision: value.span.littleEndianUInt16(at: 6),
      build: value.span.littleEndianUInt32(at: 8))
    return "needs image \(value[0]) in version \(version) or later"
  }

  private static func digestTree(_ value: [UInt8]) -> String {
    guard value.count == DigestTree.encodedSize, value[0] == DigestTree.version,
      DigestTree.leafSizeExponents.contains(value[2])
    else { return "malformed: \(short(value))" }
    let leaves = Count.text(Int(value.span.littleEndianUInt32(at: 4)), "leaf", "leaves")
    let size = ByteSize.text(1 << UInt64(value[2]))
    return "digest tree, \(leaves) of \(size), root \(Hexadecimal.text(of: value[8...]))"
  }

  private static func treeSignature(_ value: [UInt8]) -> String {
    guard value.count > 38, value[0] == DigestTree.version else {
      return "malformed: \(short(value))"
    }
    return "signature of the digest tree by the key with the hash \(short(Array(value[4...])))"
  }

  private static func uuid(_ value: [UInt8]) -> String {
    guard value.count == 16 else { return "malformed: \(short(value))" }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16]
      .map { Hexadecimal.text(of: value[$0]) }.joined(separator: "-")
  }
}
