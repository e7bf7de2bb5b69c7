public import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// The two TLV areas of an image.
public enum TLVAreaKind: UInt8, Equatable, Sendable {
  /// The area that hash and signature cover.
  case protected
  /// The area behind it, with hash and signatures.
  case unprotected
}

/// An entry of a TLV area: where it is, not what it holds.
public struct TLVEntry: Equatable, Sendable {
  /// The type.
  public var type: TLVType
  /// The area it stands in.
  public var area: TLVAreaKind
  /// The offset of its 4-byte head from the start of the image.
  public var offset: UInt32
  /// The length of its data in bytes, without the head.
  public var length: UInt16

  /// The offset of its data from the start of the image.
  public var dataOffset: UInt32 { offset + UInt32(TLVArea.entryHeadSize) }
}

/// Walks the entries of both TLV areas of an image, in the order in which they stand.
///
/// Only heads are read. The structure is checked on the way: magic and size of the areas, entries
/// that end inside their area, no bytes left over.
public struct TLVCursor: Sendable {
  /// The largest number of entries that are walked in one image.
  public static var maximumEntryCount: Int { 64 }

  // Nothing below overflows: position <= areaEnd <= storageSize at every time.
  private let storageSize: UInt32
  private let protectedSize: UInt16
  private var area: TLVAreaKind?
  private var position: UInt32
  private var areaEnd: UInt32
  private var entriesLeft: UInt8

  /// Starts in front of the first entry of an image that begins at address 0 of a storage.
  ///
  /// - Throws: `ImageRefusal.headerTooSmall` or `.truncated` if the storage is too small for what
  ///   the header describes.
  public init(header: ImageHeader, storageSize: UInt32) throws(ImageRefusal) {
    try header.checkLayout(inside: storageSize)
    self.storageSize = storageSize
    protectedSize = header.protectedSize
    position = UInt32(truncatingIfNeeded: header.tlvOffset)
    areaEnd = position
    entriesLeft = UInt8(Self.maximumEntryCount)
  }

  /// The size of the image from the header to the end of the TLV areas; known only when `next` has
  /// returned `nil`.
  public var imageSize: UInt32 { areaEnd }

  /// Returns the next entry, or `nil` behind the last one.
  ///
  /// - Throws: `ImageCheckError.storage`, or `.refused` with `areaMagic`, `areaSize`,
  ///   `areaTrailingBytes`, `entryTooLong` or `tooManyEntries`.
  @inline(never)
  public mutating func next<S: ReadableStorage & ~Copyable>(
    in storage: inout S
  ) throws(ImageCheckError<S.Failure>) -> TLVEntry? {
    while position == areaEnd {
      if area == .unprotected { return nil }
      try openArea(in: &storage)
    }
    let left = areaEnd &- position
    guard left >= UInt32(TLVArea.entryHeadSize) else {
      throw .refused(.areaTrailingBytes(offset: position))
    }
    guard entriesLeft > 0 else {
      throw .refused(.tooManyEntries(limit: Self.maximumEntryCount))
    }
    entriesLeft &-= 1
    let (type, length) = try readPair(in: &storage)
    let entry = TLVEntry(
      type: TLVType(rawValue: type), area: area ?? .unprotected, offset: position, length: length)
    guard UInt32(length) <= left &- UInt32(TLVArea.entryHeadSize) else {
      throw .refused(.entryTooLong(entry.type, offset: position, length: length))
    }
    position = entry.dataOffset &+ UInt32(length)
    return entry
  }

  /// Steps over the 4-byte information of the area at `position`.
  @inline(never)
  private mutating func openArea<S: ReadableStorage & ~Copyable>(
    in storage: inout S
  ) throws(ImageCheckError<S.Failure>) {
    let opened: TLVAreaKind = area == nil && protectedSize != 0 ? .protected : .unprotected
    let expected = opened == .protected ? TLVArea.protectedMagic : TLVArea.unprotectedMagic
    guard storageSize &- position >= UInt32(TLVArea.informationSize) else {
      throw .refused(
        .truncated(
          needed: UInt64(position) + UInt64(TLVArea.informationSize), available: storageSize))
    }
    let (magic, size) = try readPair(in: &storage)
    guard magic == expected else {
      throw .refused(.areaMagic(offset: position, expected: expected, found: magic))
    }
    let limit = opened == .protected ? UInt32(protectedSize) : storageSize &- position
    guard size >= UInt16(TLVArea.informationSize), UInt32(size) <= limit,
      opened == .unprotected || size == protectedSize
    else { throw .refused(.areaSize(offset: position, found: size, expected: limit)) }
    area = opened
    areaEnd = position &+ UInt32(size)
    position &+= UInt32(TLVArea.informationSize)
  }

  /// Reads the two 16-bit numbers at `position`.
  @inline(never)
  private func readPair<S: ReadableStorage & ~Copyable>(
    in storage: inout S
  ) throws(ImageCheckError<S.Failure>) -> (UInt16, UInt16) {
    var bytes: [4 of UInt8] = .init(repeating: 0)
    var buffer = bytes.mutableSpan
    try storage.readImage(at: position, into: &buffer)
    return (bytes.span.littleEndianUInt16(at: 0), bytes.span.littleEndianUInt16(at: 2))
  }
}

extension ReadableStorage where Self: ~Copyable {
  /// Reads as `read` does, with the error of an examination.
  @inline(never)
  mutating func readImage(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(ImageCheckError<Failure>) {
    do throws(Failure) { try read(at: address, into: &buffer) } catch { throw .storage(error) }
  }
}
