/// The slot an image is made for, as far as its size and trailer depend on it.
///
/// The trailer from the end of the slot, MA being the maximum alignment:
///
/// ```
/// size - 16                 magic
/// size - align(16, MA) - MA image_ok: 1 = confirmed
///                     ... - copy_done, swap_info, swap_size: MA bytes each
///                     ... - content keys of both slots, for encrypted images
///                     ... - swap status: 3 write units for each sector
/// ```
///
/// Source: MCUboot `bootutil_public.h`; imgtool 2.5.0.
public struct SlotLayout: Equatable, Sendable {
  /// How the loader brings an update into the slot it runs from.
  public enum UpgradeMode: Equatable, Sendable {
    /// It swaps both slots, and keeps the progress in the trailer.
    case swap
    /// It copies; there is no way back, so nothing is ever confirmed.
    case overwriteOnly
  }

  /// The size of the slot in bytes.
  public var size: UInt32
  /// The smallest write of the flash in bytes: 1, 2, 4, 8, 16 or 32.
  public var writeAlignment: Int
  /// The distance of the fields of the trailer in bytes: 8, 16 or 32, at least the write alignment.
  public var maximumAlignment: Int
  /// The number of sectors the swap status has room for.
  public var maximumSectorCount: Int
  /// How the loader brings an update into the slot.
  public var upgradeMode: UpgradeMode

  /// Makes a layout; see the properties for units.
  ///
  /// - Parameter maximumAlignment: `nil` for the write alignment, but at least 8.
  public init(
    size: UInt32, writeAlignment: Int = 1, maximumAlignment: Int? = nil,
    maximumSectorCount: Int = 128, upgradeMode: UpgradeMode = .swap
  ) {
    self.size = size
    self.writeAlignment = writeAlignment
    self.maximumAlignment = maximumAlignment ?? max(8, writeAlignment)
    self.maximumSectorCount = maximumSectorCount
    self.upgradeMode = upgradeMode
  }

  /// The room that a loader needs at the end of the slot, in bytes.
  ///
  /// imgtool reserves 16 bytes a key for AES-256 too, and so passes images that the loader later
  /// has no room for; this reserves what the key needs.
  ///
  /// - Parameter contentKeySize: 16 or 32 for an encrypted image, `nil` for a plain one.
  public func trailerSize(contentKeySize: Int?) -> Int {
    let magicSize = Self.alignUp(SlotTrailer.magicSize, maximumAlignment)
    guard upgradeMode == .swap else { return 2 * maximumAlignment + magicSize }
    let status = maximumSectorCount * 3 * writeAlignment
    let keys = contentKeySize.map { 2 * Self.alignUp($0, maximumAlignment) } ?? 0
    return status + keys + 4 * maximumAlignment + magicSize
  }

  /// The distance of the `image_ok` byte from the end of the slot.
  var confirmationDistance: Int {
    Self.alignUp(SlotTrailer.magicSize, maximumAlignment) + maximumAlignment
  }

  /// Checks the fields against each other.
  func validate() throws(ImageBuilderError) {
    guard [1, 2, 4, 8, 16, 32].contains(writeAlignment) else {
      throw .invalidWriteAlignment(writeAlignment)
    }
    guard [8, 16, 32].contains(maximumAlignment) else {
      throw .invalidMaximumAlignment(maximumAlignment)
    }
    guard writeAlignment <= maximumAlignment else {
      throw .writeAlignmentExceedsMaximum(
        writeAlignment: writeAlignment, maximumAlignment: maximumAlignment)
    }
    guard Int(size) % maximumAlignment == 0 else {
      throw .slotSizeNotAligned(size: size, alignment: maximumAlignment)
    }
    guard (1...65_536).contains(maximumSectorCount) else {
      throw .invalidSectorCount(maximumSectorCount)
    }
  }

  static func alignUp(_ number: Int, _ alignment: Int) -> Int {
    (number + alignment - 1) / alignment * alignment
  }
}

/// The trailer at the end of a slot.
public enum SlotTrailer: Equatable, Sendable {
  /// None: the file ends with the image.
  case none
  /// The file fills the slot and ends with the magic: the loader tries the image once.
  case pending
  /// As `pending`, and marked as confirmed: the loader keeps the image.
  case confirmed

  static var magicSize: Int { 16 }

  /// The magic that a trailer ends with, which tells the maximum alignment.
  public static func magic(maximumAlignment: Int) -> [UInt8] {
    guard maximumAlignment != 8 else {
      return [
        0x77, 0xC2, 0x95, 0xF3, 0x60, 0xD2, 0xEF, 0x7F, 0x35, 0x52, 0x50, 0x0F, 0x2C, 0xB6, 0x79,
        0x80,
      ]
    }
    return [UInt8(truncatingIfNeeded: maximumAlignment), 0] + [
      0x2D, 0xE1, 0x5D, 0x29, 0x41, 0x0B, 0x8D, 0x77, 0x67, 0x9C, 0x11, 0x0F, 0x1F, 0x8A,
    ]
  }
}
