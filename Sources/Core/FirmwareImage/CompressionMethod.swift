/// How a payload is compressed, as far as an image says so in front of its payload.
public enum CompressionAlgorithm: Equatable, Sendable {
  /// Raw LZMA2 behind two bytes with its parameters, as MCUboot defines it.
  case lzma2(InstructionFilter)
  /// A zlib stream (RFC 1950) with a window of 2 to the power of `windowBits` bytes.
  case zlib(windowBits: UInt8)
}

/// What was done to the instructions in a payload before it was compressed, to make it smaller.
public enum InstructionFilter: UInt8, Equatable, Sendable {
  /// Nothing.
  case none
  /// The targets of ARM-Thumb branches are absolute instead of relative.
  case armThumb
}

/// The parameters of an LZMA2 payload: its first two bytes.
///
/// Source: imgtool `create_lzma2_header`; the first byte is the one of the xz format.
public struct LZMA2Parameters: Equatable, Sendable {
  /// The number of bytes in front of the stream.
  public static var encodedSize: Int { 2 }

  /// The size of the dictionary in bytes: how far back the decompressor looks.
  public var dictionarySize: UInt32
  /// The number of high bits of the previous byte that predict a literal, 0 to 4.
  public var literalContextBits: UInt8
  /// The number of low bits of the position that predict a literal, 0 to 4.
  public var literalPositionBits: UInt8
  /// The number of low bits of the position that predict a match, 0 to 4.
  public var positionBits: UInt8

  /// What imgtool compresses with: a dictionary of 128 KiB, lc 3, lp 1, pb 2.
  public static var imageTool: LZMA2Parameters {
    LZMA2Parameters(
      dictionarySize: 131_072, literalContextBits: 3, literalPositionBits: 1, positionBits: 2)
  }

  /// Makes parameters; see the properties for ranges.
  public init(
    dictionarySize: UInt32, literalContextBits: UInt8, literalPositionBits: UInt8,
    positionBits: UInt8
  ) {
    self.dictionarySize = dictionarySize
    self.literalContextBits = literalContextBits
    self.literalPositionBits = literalPositionBits
    self.positionBits = positionBits
  }

  /// Reads the two bytes in front of a stream.
  ///
  /// - Throws: `CompressionRefusal.parameters` if they are not defined.
  public init(_ first: UInt8, _ second: UInt8) throws(CompressionRefusal) {
    let (position, rest) = (second / 45, second % 45)
    guard first <= 40, second < 225, rest / 9 + rest % 9 <= 4 else {
      throw .parameters(first, second)
    }
    dictionarySize =
      first == 40 ? .max : (2 | UInt32(first & 1)) << (UInt32(first) / 2 + 11)
    literalContextBits = rest % 9
    literalPositionBits = rest / 9
    positionBits = position
  }

  /// The two bytes in front of a stream; a dictionary of another size is rounded up.
  public var encoded: (UInt8, UInt8) {
    var code: UInt8 = 0
    while code < 40, (2 | UInt32(code & 1)) << (UInt32(code) / 2 + 11) < dictionarySize {
      code += 1
    }
    return (code, (positionBits * 5 + literalPositionBits) * 9 + literalContextBits)
  }
}

/// Everything that a decompressor has to know.
public enum CompressionMethod: Equatable, Sendable {
  /// Raw LZMA2.
  case lzma2(LZMA2Parameters, InstructionFilter)
  /// A zlib stream with a window of 2 to the power of `windowBits` bytes, 9 to 15.
  case zlib(windowBits: UInt8)

  /// How far back the decompressor has to look, in bytes: the memory that it needs at least.
  public var windowSize: UInt32 {
    switch self {
    case .lzma2(let parameters, _): parameters.dictionarySize
    case .zlib(let bits): 1 << UInt32(bits)
    }
  }
}

/// The entry that marks a payload compressed in a way that MCUboot does not know.
///
/// ```
/// 0  version of this entry, 1      1  algorithm: 1 is zlib
/// 2  log2 of the window, 9 to 15   3  zero
/// ```
///
/// It is a protected entry of the vendor range. The header carries the non-bootable flag, so that a
/// loader that does not know the entry never runs compressed bytes. `DECOMP_SIZE`, `DECOMP_SHA`,
/// `DECOMP_SIGNATURE` and, if the payload is encrypted, `COMP_DEC_SIZE` are those of MCUboot; the
/// flag is not set in the header that `DECOMP_SHA` covers.
public struct CompressionEntry: Equatable, Sendable {
  /// The number of bytes of the entry.
  public static var encodedSize: Int { 4 }
  /// log2 of the window in bytes: 9 to 15.
  public static var windowBits: ClosedRange<UInt8> { 9...15 }

  /// What the entry says.
  public var algorithm: CompressionAlgorithm

  /// Reads the content of an entry.
  ///
  /// - Precondition: There are `encodedSize` bytes.
  /// - Throws: `CompressionRefusal.unknownAlgorithm` or `.parameters`.
  public init(decoding bytes: Span<UInt8>) throws(CompressionRefusal) {
    guard bytes[0] == 1, bytes[1] == 1 else {
      throw .unknownAlgorithm(version: bytes[0], algorithm: bytes[1])
    }
    guard Self.windowBits.contains(bytes[2]), bytes[3] == 0 else {
      throw .parameters(bytes[2], bytes[3])
    }
    algorithm = .zlib(windowBits: bytes[2])
  }

  /// The content of the entry for a zlib payload.
  public static func encoded(windowBits: UInt8) -> [4 of UInt8] { [1, 1, windowBits, 0] }
}
