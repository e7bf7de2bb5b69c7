/// The CRC-32 of IEEE 802.3, zlib and PNG: reflected polynomial 0xEDB88320, initial value and final
/// inversion all ones.
///
/// Computed with a table of 16 entries: a quarter of a kilobyte less code than the usual 256 words,
/// and fast enough for the records of a log.
public struct CRC32: Sendable {
  private var register: UInt32 = 0xFFFF_FFFF

  /// Starts a checksum.
  public init() {}

  /// Adds bytes to the checksum.
  ///
  /// - Complexity: O(`bytes.count`)
  public mutating func update(_ bytes: Span<UInt8>) {
    for index in bytes.indices {
      register ^= UInt32(bytes[index])
      register = Self.table[Int(register & 0xF)] ^ (register >> 4)
      register = Self.table[Int(register & 0xF)] ^ (register >> 4)
    }
  }

  /// The checksum of all bytes so far.
  public var value: UInt32 { ~register }

  // Exists once: a boot loader's size matters more than this call.

  /// The checksum of `bytes`.
  ///
  /// - Complexity: O(`bytes.count`)
  @inline(never)
  public static func checksum(of bytes: Span<UInt8>) -> UInt32 {
    var checksum = CRC32()
    checksum.update(bytes)
    return checksum.value
  }

  private static let table: [16 of UInt32] = [
    0x0000_0000, 0x1DB7_1064, 0x3B6E_20C8, 0x26D9_30AC, 0x76DC_4190, 0x6B6B_51F4, 0x4DB2_6158,
    0x5005_713C, 0xEDB8_8320, 0xF00F_9344, 0xD6D6_A3E8, 0xCB61_B38C, 0x9B64_C2B0, 0x86D3_D2D4,
    0xA00A_E278, 0xBDBD_F21C,
  ]
}
