/// The type of an entry in a TLV area.
///
/// Values of MCUboot `bootutil/image.h`.
public struct TLVType: RawRepresentable, Equatable, Hashable, Sendable {
  /// The 16-bit number that stands in the image.
  public var rawValue: UInt16

  /// Makes a type from the number in the image; any value is accepted.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Hash of the public key that made the next signature.
  public static var keyHash: TLVType { TLVType(rawValue: 0x01) }
  /// The public key that made the next signature, in full.
  public static var publicKey: TLVType { TLVType(rawValue: 0x02) }
  /// SHA-256 of the image.
  public static var sha256: TLVType { TLVType(rawValue: 0x10) }
  /// SHA-384 of the image.
  public static var sha384: TLVType { TLVType(rawValue: 0x11) }
  /// SHA-512 of the image.
  public static var sha512: TLVType { TLVType(rawValue: 0x12) }
  /// RSA-2048 signature, PSS padding.
  public static var rsa2048PSS: TLVType { TLVType(rawValue: 0x20) }
  /// ECDSA signature as DER, P-256 or P-384.
  public static var ecdsaSignature: TLVType { TLVType(rawValue: 0x22) }
  /// RSA-3072 signature, PSS padding.
  public static var rsa3072PSS: TLVType { TLVType(rawValue: 0x23) }
  /// Ed25519 signature.
  public static var ed25519: TLVType { TLVType(rawValue: 0x24) }
  /// Marks that the signature covers the image itself, not its hash.
  public static var signaturePure: TLVType { TLVType(rawValue: 0x25) }
  /// Content key wrapped with RSA-OAEP.
  public static var encryptionRSA2048: TLVType { TLVType(rawValue: 0x30) }
  /// Content key wrapped with AES key wrap.
  public static var encryptionKeyWrap: TLVType { TLVType(rawValue: 0x31) }
  /// Content key wrapped with ECIES over P-256.
  public static var encryptionECIESP256: TLVType { TLVType(rawValue: 0x32) }
  /// Content key wrapped with ECIES over X25519, HMAC-SHA-256.
  public static var encryptionECIESX25519: TLVType { TLVType(rawValue: 0x33) }
  /// Content key wrapped with ECIES over X25519, HMAC-SHA-512.
  public static var encryptionECIESX25519SHA512: TLVType { TLVType(rawValue: 0x34) }
  /// Another image this one needs, with its lowest version.
  public static var dependency: TLVType { TLVType(rawValue: 0x40) }
  /// Security counter, 32 bits.
  public static var securityCounter: TLVType { TLVType(rawValue: 0x50) }
  /// Measured-boot record, CBOR.
  public static var bootRecord: TLVType { TLVType(rawValue: 0x60) }
  /// Size of the payload after decompression.
  public static var decompressedSize: TLVType { TLVType(rawValue: 0x70) }
  /// Hash of the image after decompression.
  public static var decompressedHash: TLVType { TLVType(rawValue: 0x71) }
  /// Signature of the image after decompression.
  public static var decompressedSignature: TLVType { TLVType(rawValue: 0x72) }
  /// Length of the compressed payload before it was encrypted.
  public static var compressedSize: TLVType { TLVType(rawValue: 0x73) }
  /// Vendor id, 16 bytes.
  public static var vendorID: TLVType { TLVType(rawValue: 0x74) }
  /// Class id, 16 bytes.
  public static var classID: TLVType { TLVType(rawValue: 0x75) }
  /// How the payload is compressed, if MCUboot does not know the algorithm: see `CompressionEntry`.
  ///
  /// It is ours, in the vendor range.
  public static var compressionMethod: TLVType { TLVType(rawValue: 0xBFA0) }
}

/// The 4-byte information in front of a TLV area, and the 4-byte head of each entry.
public enum TLVArea {
  /// Magic of the protected area, which the image hash covers.
  public static var protectedMagic: UInt16 { 0x6908 }
  /// Magic of the unprotected area, which holds hash and signatures.
  public static var unprotectedMagic: UInt16 { 0x6907 }
  /// The size of the information in front of an area: u16 magic, u16 total size with itself.
  public static var informationSize: Int { 4 }
  /// The size of the head of an entry: u16 type, u16 length of the data behind it.
  public static var entryHeadSize: Int { 4 }
}
