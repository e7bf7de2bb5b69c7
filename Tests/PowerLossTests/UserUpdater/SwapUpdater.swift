import NORFlash

/// Copies a staged image over the running one, in place, one erase block after the other.
///
///     0x0000  slot:     the running image, 256 bytes in each of two erase blocks
///     0x2000  staged:   the update, laid out in the same way; it is never written here
///     0x4000  journal:  a block for each part, with the mark "this part of that update is in place"
///
/// A part without its mark is copied again from the start, and a mark is written only behind a
/// finished copy. Nothing that was begun in an earlier life is ever continued: each write starts with
/// an erase, so neither a torn program nor a block that only looks erased is built upon. The staged
/// image stays as it is, hence any number of cuts costs time and nothing else.
struct SwapUpdater {
  /// What is written first; marking first is a defect on purpose.
  enum Order: Sendable { case copyThenMark, markThenCopy }
  enum Outcome: String { case updated, nothingStaged, corrupt }
  enum Failure: Error { case readBack(address: Int) }

  static let blockSize = 0x1000
  static let parts = 2
  static let partSize = 256
  static let slot = 0x0000
  static let staged = 0x2000
  static let journal = 0x4000

  var order = Order.copyThenMark

  /// Brings the staged update into the slot, or finds it there and writes nothing.
  func update<Flash: FlashDevice & ~Copyable>(_ flash: inout Flash) throws -> Outcome {
    let update = try Self.readImage(&flash, at: Self.staged)
    guard Self.isIntact(update) else {
      return Self.isIntact(try Self.readImage(&flash, at: Self.slot)) ? .nothingStaged : .corrupt
    }
    for part in 0..<Self.parts {
      let offset = part * Self.blockSize
      let content = Array(update[(part * Self.partSize)..<((part + 1) * Self.partSize)])
      let mark = Self.mark(part: part, of: update)
      if try Self.read(&flash, at: Self.journal + offset, count: mark.count) == mark { continue }
      switch order {
      case .copyThenMark:
        try Self.replace(&flash, at: Self.slot + offset, with: content)
        try Self.replace(&flash, at: Self.journal + offset, with: mark)
      case .markThenCopy:
        try Self.replace(&flash, at: Self.journal + offset, with: mark)
        try Self.replace(&flash, at: Self.slot + offset, with: content)
      }
    }
    let running = try Self.readImage(&flash, at: Self.slot)
    return Self.isIntact(running) && running == update ? .updated : .corrupt
  }

  /// Writes a device as it leaves the factory and has then downloaded an update.
  static func manufacture<Flash: FlashDevice & ~Copyable>(
    _ flash: inout Flash, running: [UInt8], staged update: [UInt8]
  ) throws {
    for part in 0..<parts {
      let range = (part * partSize)..<((part + 1) * partSize), offset = part * blockSize
      try flash.program(at: numericCast(slot + offset), Array(running[range]).span)
      try flash.program(at: numericCast(staged + offset), Array(update[range]).span)
      let mark = mark(part: part, of: running)
      try flash.program(at: numericCast(journal + offset), mark.span)
    }
  }

  /// An image of 512 bytes: a payload, and the CRC-32 over it in the last four.
  static func image(filledWith byte: UInt8) -> [UInt8] {
    let payload = (0..<(parts * partSize - 4)).map { UInt8(truncatingIfNeeded: $0) ^ byte }
    return payload + littleEndian(crc32(payload[...]))
  }

  static func isIntact(_ image: [UInt8]) -> Bool {
    Array(image.suffix(4)) == littleEndian(crc32(image.dropLast(4)))
  }

  /// The checksum in it ties a mark to one update, so that marks of the update before do not count.
  private static func mark(part: Int, of image: [UInt8]) -> [UInt8] {
    [0x44, 0x4F, 0x4E, UInt8(part)] + image.suffix(4)
  }

  private static func replace<Flash: FlashDevice & ~Copyable>(
    _ flash: inout Flash, at address: Int, with bytes: [UInt8]
  ) throws {
    try flash.erase(at: numericCast(address), count: numericCast(blockSize))
    try flash.program(at: numericCast(address), bytes.span)
    guard try read(&flash, at: address, count: bytes.count) == bytes else {
      throw Failure.readBack(address: address)
    }
  }

  private static func readImage<Flash: FlashDevice & ~Copyable>(
    _ flash: inout Flash, at address: Int
  ) throws -> [UInt8] {
    try read(&flash, at: address, count: partSize)
      + read(&flash, at: address + blockSize, count: partSize)
  }

  private static func read<Flash: FlashDevice & ~Copyable>(
    _ flash: inout Flash, at address: Int, count: Int
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    try flash.read(at: numericCast(address), into: &span)
    return bytes
  }

  private static func littleEndian(_ word: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
  }

  private static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB8_8320 }
    }
    return ~crc
  }
}
