import NORFlash

/// An updater as a user of the library would write one: two slots, a new image that waits in a third
/// place, and a header in front of each image that says how new it is.
///
/// It knows nothing of the search; all it needs is a `FlashDevice`.
struct TwoSlotUpdater {
  /// When the header of a slot is written.
  enum HeaderOrder {
    /// When the image is complete and was read back.
    case afterImage
    /// Before the image: a defect, for a header then says nothing.
    case beforeImage
  }

  /// What a boot trusts.
  enum Trust {
    case headerAndImage
    /// A defect together with `HeaderOrder.beforeImage`.
    case headerOnly
  }

  static let slots: [UInt32] = [0x1000, 0x2000]
  static let waiting: UInt32 = 0x3000
  static let slotSize: UInt32 = 0x1000
  static let imageSize = 600

  var order = HeaderOrder.afterImage
  var trust = Trust.headerAndImage

  /// Number, size and checksum of an image, and a checksum of these.
  struct Header: Equatable {
    static let size = 16
    var number: UInt32
    var imageSize: UInt32
    var imageChecksum: UInt32

    var bytes: [UInt8] {
      var bytes = [UInt8](repeating: 0, count: Self.size)
      var span = bytes.mutableSpan
      span.store(littleEndian: number, at: 0)
      span.store(littleEndian: imageSize, at: 4)
      span.store(littleEndian: imageChecksum, at: 8)
      span.store(littleEndian: CRC32.checksum(of: span.span.extracting(0..<12)), at: 12)
      return bytes
    }

    init(number: UInt32, image: [UInt8]) {
      self.number = number
      imageSize = UInt32(image.count)
      imageChecksum = CRC32.checksum(of: image.span)
    }

    init?(_ bytes: [UInt8]) {
      let span = bytes.span
      guard span.littleEndianUInt32(at: 12) == CRC32.checksum(of: span.extracting(0..<12)) else {
        return nil
      }
      number = span.littleEndianUInt32(at: 0)
      imageSize = span.littleEndianUInt32(at: 4)
      imageChecksum = span.littleEndianUInt32(at: 8)
    }
  }

  /// The slot with the newest image that can be trusted, and its number.
  func newest<F: FlashDevice & ~Copyable>(
    on flash: inout F
  ) throws(F.Failure) -> (slot: UInt32, number: UInt32)? {
    var best: (slot: UInt32, number: UInt32)?
    for slot in Self.slots {
      guard let header = Header(try bytes(Header.size, at: slot, on: &flash)),
        header.imageSize == UInt32(Self.imageSize), header.number > best?.number ?? 0
      else { continue }
      if trust == .headerAndImage {
        let image = try bytes(Self.imageSize, at: slot + UInt32(Header.size), on: &flash)
        guard CRC32.checksum(of: image.span) == header.imageChecksum else { continue }
      }
      best = (slot, header.number)
    }
    return best
  }

  /// Boots the newest image; installs the one that waits first, if it is newer.
  ///
  /// - Returns: The image that runs, or `nil` if there is none: a brick.
  func boot<F: FlashDevice & ~Copyable>(on flash: inout F) throws(F.Failure) -> [UInt8]? {
    guard var running = try newest(on: &flash) else { return nil }
    let image = try bytes(Self.imageSize, at: Self.waiting + UInt32(Header.size), on: &flash)
    if let header = Header(try bytes(Header.size, at: Self.waiting, on: &flash)),
      header.number > running.number, CRC32.checksum(of: image.span) == header.imageChecksum
    {
      let target = running.slot == Self.slots[0] ? Self.slots[1] : Self.slots[0]
      try install(image, header, at: target, on: &flash)
      running = try newest(on: &flash) ?? running
    }
    return try bytes(Self.imageSize, at: running.slot + UInt32(Header.size), on: &flash)
  }

  private func install<F: FlashDevice & ~Copyable>(
    _ image: [UInt8], _ header: Header, at slot: UInt32, on flash: inout F
  ) throws(F.Failure) {
    let head = header.bytes
    try flash.erase(at: slot, count: Self.slotSize)
    if order == .beforeImage { try flash.program(at: slot, head.span) }
    try flash.program(at: slot + UInt32(Header.size), image.span)
    guard try bytes(image.count, at: slot + UInt32(Header.size), on: &flash) == image else {
      return
    }
    if order == .afterImage { try flash.program(at: slot, head.span) }
  }

  private func bytes<F: FlashDevice & ~Copyable>(
    _ count: Int, at address: UInt32, on flash: inout F
  ) throws(F.Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    try flash.read(at: address, into: &span)
    return bytes
  }
}
