/// The flags of an image header (MCUboot `IMAGE_F_…`).
public struct ImageFlags: OptionSet, Equatable, Sendable {
  /// The flags as they stand in the header.
  public var rawValue: UInt32

  /// Makes a set from the header's bits; unknown bits are kept.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Position independent; no loader supports it.
  public static var positionIndependent: ImageFlags { ImageFlags(rawValue: 0x001) }
  /// The payload is encrypted with AES-128-CTR.
  public static var encryptedAES128: ImageFlags { ImageFlags(rawValue: 0x004) }
  /// The payload is encrypted with AES-256-CTR.
  public static var encryptedAES256: ImageFlags { ImageFlags(rawValue: 0x008) }
  /// The image is valid but must never be booted.
  public static var nonBootable: ImageFlags { ImageFlags(rawValue: 0x010) }
  /// The image runs from RAM at `loadAddress`.
  public static var loadsToRAM: ImageFlags { ImageFlags(rawValue: 0x020) }
  /// The image was linked for the flash address `loadAddress`.
  public static var fixedAddress: ImageFlags { ImageFlags(rawValue: 0x100) }
  /// The payload is compressed with LZMA1.
  public static var compressedLZMA1: ImageFlags { ImageFlags(rawValue: 0x200) }
  /// The payload is compressed with LZMA2.
  public static var compressedLZMA2: ImageFlags { ImageFlags(rawValue: 0x400) }
  /// The ARM-Thumb filter was applied before the compression.
  public static var armThumbFilter: ImageFlags { ImageFlags(rawValue: 0x800) }

  // Sets are numbers here, not array literals: a literal of several flags needs a heap.

  /// Either of the two encryption flags.
  public static var encrypted: ImageFlags { ImageFlags(rawValue: 0x00C) }
  /// Any of the compression flags.
  public static var compressed: ImageFlags { ImageFlags(rawValue: 0xE00) }
  /// All flags that the format defines.
  static var known: ImageFlags { ImageFlags(rawValue: 0xF3D) }

  /// Whether any of `flags` is set.
  func intersects(_ flags: ImageFlags) -> Bool { rawValue & flags.rawValue != 0 }
}
