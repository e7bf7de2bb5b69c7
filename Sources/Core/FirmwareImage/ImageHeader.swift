import NORFlash

/// The header of an MCUboot image: the 32 bytes it starts with.
///
/// ```
///  0  magic 0x96F3B83D      4  load address
///  8  header size  u16     10  size of the protected TLV area  u16
/// 12  payload size u32     16  flags u32
/// 20  version: major u8, minor u8, revision u16, build u32
/// 28  zero
/// ```
///
/// All numbers are little-endian. Source: MCUboot `bootutil/image.h`.
public struct ImageHeader: Equatable, Sendable {
  /// The first four bytes of every image.
  public static var magic: UInt32 { 0x96F3_B83D }
  /// The number of bytes that are defined; the header may be longer.
  public static var encodedSize: Int { 32 }

  /// The address to run from, when the flags say that it means anything.
  public var loadAddress: UInt32
  /// The distance from the start of the image to its payload, in bytes.
  public var headerSize: UInt16
  /// The size of the protected TLV area with its 4-byte information, or 0 if there is none.
  public var protectedSize: UInt16
  /// The size of the payload in bytes.
  public var payloadSize: UInt32
  /// The flags.
  public var flags: ImageFlags
  /// The version.
  public var version: ImageVersion

  /// Makes a header; see the properties for units.
  public init(
    loadAddress: UInt32 = 0, headerSize: UInt16, protectedSize: UInt16 = 0, payloadSize: UInt32,
    flags: ImageFlags = [], version: ImageVersion
  ) {
    self.loadAddress = loadAddress
    self.headerSize = headerSize
    self.protectedSize = protectedSize
    self.payloadSize = payloadSize
    self.flags = flags
    self.version = version
  }

  /// The offset of the first TLV area from the start of the image.
  public var tlvOffset: UInt64 { UInt64(headerSize) + UInt64(payloadSize) }
  /// The offset just behind the last byte that the image hash covers.
  public var hashedEnd: UInt64 { tlvOffset + UInt64(protectedSize) }

  /// Writes the 32 defined bytes to the start of `buffer`.
  ///
  /// - Precondition: `buffer` holds at least `encodedSize` bytes.
  public func encode(into buffer: inout MutableSpan<UInt8>) {
    buffer.store(littleEndian: Self.magic, at: 0)
    buffer.store(littleEndian: loadAddress, at: 4)
    buffer.store(littleEndian: headerSize, at: 8)
    buffer.store(littleEndian: protectedSize, at: 10)
    buffer.store(littleEndian: payloadSize, at: 12)
    buffer.store(littleEndian: flags.rawValue, at: 16)
    buffer[20] = version.major
    buffer[21] = version.minor
    buffer.store(littleEndian: version.revision, at: 22)
    buffer.store(littleEndian: version.build, at: 24)
    buffer.store(littleEndian: UInt32(0), at: 28)
  }
}
