import NORFlash

/// What the updaters of the gallery call the blocks of their flash.
enum Block {
  static let primary: UInt32 = 0x000
  static let secondary: UInt32 = 0x100
  static let scratch: UInt32 = 0x200
  static let primaryTrailer: UInt32 = 0x300
  static let secondaryTrailer: UInt32 = 0x400
  static let spare: UInt32 = 0x500
  static let size: UInt32 = 0x100
}

/// A mark: one program unit, with ones and zeros mixed, so that neither an erased unit nor one that
/// an erase has pre-programmed to zeros can be taken for it.
private let mark: [UInt8] = [0x4D, 0x41, 0x52, 0x4B, 0xB2, 0xBE, 0xAD, 0xB4]

extension FlashDevice where Self: ~Copyable {
  mutating func bytes(at address: UInt32, count: Int) throws(Failure) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    var span = buffer.mutableSpan
    try read(at: address, into: &span)
    return buffer
  }

  mutating func program(_ bytes: [UInt8], at address: UInt32) throws(Failure) {
    try program(at: address, bytes.span)
  }

  /// The size of the first erase block; all have the same.
  var blockSize: UInt32 { geometry.region(at: 0).eraseBlock }

  mutating func erase(_ block: UInt32) throws(Failure) {
    try erase(at: block, count: blockSize)
  }

  mutating func isBlank(_ block: UInt32) throws(Failure) -> Bool {
    try bytes(at: block, count: Int(blockSize)).allSatisfy { $0 == 0xFF }
  }

  /// Erases `target` and copies the image of a block to it.
  mutating func copyImage(from source: UInt32, to target: UInt32) throws(Failure) {
    try erase(target)
    try program(try bytes(at: source, count: 128), at: target)
  }

  mutating func setMark(_ address: UInt32) throws(Failure) { try program(mark, at: address) }

  mutating func hasMark(_ address: UInt32) throws(Failure) -> Bool {
    try bytes(at: address, count: mark.count) == mark
  }

  /// The name of the image at `address`, or `nil` if header or checksum do not fit.
  mutating func imageName(at address: UInt32) throws(Failure) -> String? {
    guard let header = try imageHeader(at: address) else { return nil }
    return try imageName(at: address, header)
  }

  /// The header at `address`, or `nil` if there is none.
  mutating func imageHeader(at address: UInt32) throws(Failure) -> BrickImage.Header? {
    BrickImage.Header(try bytes(at: address, count: 8))
  }

  /// The name in `header`, or `nil` if the image at `address` does not fit it.
  mutating func imageName(
    at address: UInt32, _ header: BrickImage.Header
  ) throws(Failure) -> String? {
    let all = try bytes(at: address, count: header.size)
    let sum = all.span.littleEndianUInt32(at: header.size - 4)
    return CRC32.checksum(of: all.span.extracting(0..<header.size - 4)) == sum ? header.name : nil
  }
}

/// The images that the updaters of the gallery install: a header of 8 bytes, a body, a checksum.
enum BrickImage: UInt8, CaseIterable {
  case old = 1
  case new = 2
  /// A new image that starts, hangs, and never confirms itself.
  case bad = 3

  /// Name and size, checked for a magic byte and its complement.
  struct Header {
    var name: String
    var size: Int

    init?(_ bytes: [UInt8]) {
      guard bytes[0] == 0xB6, bytes[1] == 0x49, let image = BrickImage(rawValue: bytes[2]) else {
        return nil
      }
      size = Int(bytes[4]) | Int(bytes[5]) << 8
      guard (16...512).contains(size) else { return nil }
      name = "\(image)"
    }
  }

  func bytes(count: Int = 128) -> [UInt8] {
    var all: [UInt8] = [
      0xB6, 0x49, rawValue, 0, UInt8(truncatingIfNeeded: count), UInt8(count >> 8), 0, 0,
    ]
    while all.count < count - 4 {
      all.append(UInt8(truncatingIfNeeded: all.count &* 37 &+ Int(rawValue) &* 101))
    }
    let sum = CRC32.checksum(of: all.span)
    for shift in [0, 8, 16, 24] as [UInt32] { all.append(UInt8(truncatingIfNeeded: sum >> shift)) }
    return all
  }
}
