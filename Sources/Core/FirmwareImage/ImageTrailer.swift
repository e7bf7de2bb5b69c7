public import NORFlash

/// The trailer that MCUboot keeps at the end of a slot, and that image tools can write in advance.
///
/// Read for display and for import only: a trailer is never evidence for a boot decision here.
/// Counted from the end of the slot, with *A* the largest alignment (8, 16 or 32 bytes):
///
/// ```
/// 16                magic: for A = 8 sixteen fixed bytes, else A as u16 and fourteen fixed bytes
/// 16 + A, aligned   image_ok   1 byte, at the start of a unit of A bytes
/// … + A             copy_done  1 byte
/// … + A             swap_info  1 byte: low nibble kind of swap, high nibble number of the image
/// ```
///
/// Source: MCUboot `bootutil_priv.h` and `boot_swap_info_off`.
public struct ImageTrailer: Equatable, Sendable {
  /// The state of the magic, which is written last and vouches for the rest.
  public enum Magic: UInt8, Equatable, Sendable {
    /// The magic of a trailer.
    case good
    /// Erased: no trailer.
    case unset
    /// Something else.
    case bad
  }

  /// The state of a flag.
  public enum Flag: UInt8, Equatable, Sendable {
    /// The value 1.
    case set
    /// Erased.
    case unset
    /// Anything else.
    case bad
  }

  /// The state of the magic.
  public var magic: Magic
  /// The largest alignment in bytes: 8, 16 or 32; 8 if the magic does not say.
  public var alignment: UInt8
  /// Whether the image is confirmed.
  public var imageOK: Flag
  /// Whether a swap has finished.
  public var copyDone: Flag
  /// Kind of swap and number of the image as they stand there; `nil` if erased.
  public var swapInformation: UInt8?

  /// The kind of swap: 1 none, 2 test, 3 permanent, 4 revert; `nil` if erased.
  public var swapKind: UInt8? { swapInformation.map { $0 & 0x0F } }
  /// The number of the image in a device with several; `nil` if erased.
  public var imageNumber: UInt8? { swapInformation.map { $0 >> 4 } }

  /// Reads the trailer at the end of a storage, which must be a whole slot.
  ///
  /// - Returns: `nil` if the storage is too small for a trailer.
  /// - Throws: What the storage throws.
  public init?<S: ReadableStorage & ~Copyable>(
    reading storage: inout S, erased: ErasedContent = .ones
  ) throws(S.Failure) {
    let size = storage.size
    // The flags of the largest alignment end 64 bytes before the magic's end; three units of 32.
    guard size >= 16 + 4 * 32 else { return nil }
    var bytes: [16 of UInt8] = .init(repeating: 0)
    var buffer = bytes.mutableSpan
    try storage.read(at: size - 16, into: &buffer)
    var magic = Magic.bad
    var alignment: UInt32 = 8
    if bytes.span.isEqual(to: Self.magicOfAlignment8.span) {
      magic = .good
    } else if bytes.span.extracting(2...).isEqual(to: Self.magicEnd.span),
      bytes[1] == 0, bytes[0] == 16 || bytes[0] == 32
    {
      magic = .good
      alignment = UInt32(bytes[0])
    } else if bytes.span.isFilled(with: erased.byte) {
      magic = .unset
    }
    let imageOK = (size - 16 - alignment) & ~(alignment - 1)
    self.magic = magic
    self.alignment = UInt8(alignment)
    self.imageOK = Self.flag(try storage.byte(at: imageOK), erased)
    copyDone = Self.flag(try storage.byte(at: imageOK - alignment), erased)
    let swap = try storage.byte(at: imageOK - 2 * alignment)
    swapInformation = swap == erased.byte ? nil : swap
  }

  private static func flag(_ byte: UInt8, _ erased: ErasedContent) -> Flag {
    byte == 1 ? .set : byte == erased.byte ? .unset : .bad
  }

  private static let magicOfAlignment8: [16 of UInt8] = [
    0x77, 0xC2, 0x95, 0xF3, 0x60, 0xD2, 0xEF, 0x7F, 0x35, 0x52, 0x50, 0x0F, 0x2C, 0xB6, 0x79, 0x80,
  ]

  private static let magicEnd: [14 of UInt8] = [
    0x2D, 0xE1, 0x5D, 0x29, 0x41, 0x0B, 0x8D, 0x77, 0x67, 0x9C, 0x11, 0x0F, 0x1F, 0x8A,
  ]
}

extension ReadableStorage where Self: ~Copyable {
  fileprivate mutating func byte(at address: UInt32) throws(Failure) -> UInt8 {
    var bytes: [1 of UInt8] = [0]
    var buffer = bytes.mutableSpan
    try read(at: address, into: &buffer)
    return bytes[0]
  }
}
