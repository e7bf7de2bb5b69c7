import NORFlash

extension ImageHeader {
  /// Reads a header from the first 32 bytes of an image.
  ///
  /// Only the magic is judged; sizes and flags are taken as they are.
  ///
  /// - Throws: `ImageRefusal.truncated`, `.erased`, `.bigEndian`, `.outdatedFormat` or
  ///   `.notAnImage`.
  public init(decoding bytes: Span<UInt8>) throws(ImageRefusal) {
    guard bytes.count >= Self.encodedSize else {
      throw .truncated(needed: UInt64(Self.encodedSize), available: UInt32(bytes.count))
    }
    let magic = bytes.littleEndianUInt32(at: 0)
    guard magic == Self.magic else {
      switch magic {
      case 0x0000_0000, 0xFFFF_FFFF: throw .erased
      case Self.magic.byteSwapped: throw .bigEndian
      case Self.magic - 1: throw .outdatedFormat
      default: throw .notAnImage(magic: magic)
      }
    }
    self.init(
      loadAddress: bytes.littleEndianUInt32(at: 4),
      headerSize: bytes.littleEndianUInt16(at: 8),
      protectedSize: bytes.littleEndianUInt16(at: 10),
      payloadSize: bytes.littleEndianUInt32(at: 12),
      flags: ImageFlags(rawValue: bytes.littleEndianUInt32(at: 16)),
      version: ImageVersion(
        major: bytes[20], minor: bytes[21], revision: bytes.littleEndianUInt16(at: 22),
        build: bytes.littleEndianUInt32(at: 24)))
  }

  /// Checks that header, payload, protected area and the head of the unprotected area lie inside
  /// `size` bytes.
  ///
  /// After this check `tlvOffset` and `hashedEnd` fit 32 bits.
  ///
  /// - Throws: `ImageRefusal.headerTooSmall` or `.truncated`.
  public func checkLayout(inside size: UInt32) throws(ImageRefusal) {
    guard headerSize >= Self.encodedSize else { throw .headerTooSmall(size: headerSize) }
    let needed = hashedEnd + UInt64(TLVArea.informationSize)
    guard needed <= UInt64(size) else { throw .truncated(needed: needed, available: size) }
  }

  /// Checks that the flags are defined, do not contradict each other, and ask for nothing that is
  /// not supported.
  ///
  /// MCUboot ignores unknown flags; a flag may change the meaning of the payload, so they are
  /// refused here.
  ///
  /// - Throws: `ImageRefusal.compressed` unless that is accepted, `.positionIndependent`,
  ///   `.contradictoryEncryption` or `.unknownFlags`.
  public func checkFlags(compression: CompressionPolicy = .refused) throws(ImageRefusal) {
    if compression == .refused, flags.intersects(.compressed) { throw .compressed(flags) }
    if flags.intersects(.positionIndependent) { throw .positionIndependent }
    if flags.rawValue & ImageFlags.encrypted.rawValue == ImageFlags.encrypted.rawValue {
      throw .contradictoryEncryption
    }
    let unknown = flags.rawValue & ~ImageFlags.known.rawValue
    if unknown != 0 { throw .unknownFlags(ImageFlags(rawValue: unknown)) }
  }

  /// Whether the payload is encrypted, as far as the header knows.
  public var isEncrypted: Bool { flags.intersects(.encrypted) }

  /// The size of the content key in bytes, 16 or 32; 0 if the image is not encrypted.
  public var contentKeySize: Int {
    flags.intersects(.encryptedAES256) ? 32 : flags.intersects(.encryptedAES128) ? 16 : 0
  }
}
