import FirmwareImage

/// Collects the entries of a TLV area.
struct TLVAreaBuilder {
  let area: TLVAreaKind
  private var entries: [UInt8] = []

  init(_ area: TLVAreaKind) { self.area = area }

  mutating func append(_ type: TLVType, _ value: [UInt8]) throws(ImageBuilderError) {
    guard let length = UInt16(exactly: value.count) else {
      throw .tlvTooLong(type, size: value.count)
    }
    entries += Self.littleEndian(type.rawValue) + Self.littleEndian(length) + value
  }

  mutating func append(_ type: TLVType, _ number: UInt32) throws(ImageBuilderError) {
    try append(type, Self.littleEndian(number))
  }

  mutating func append(_ type: TLVType, _ uuid: [16 of UInt8]) throws(ImageBuilderError) {
    var bytes: [UInt8] = []
    for index in uuid.indices { bytes.append(uuid[index]) }
    try append(type, bytes)
  }

  /// The size of the area with `more` bytes of entries to come.
  func encodedSize(with more: Int = 0) throws(ImageBuilderError) -> UInt16 {
    guard entries.count + more > 0 else { return 0 }
    let size = TLVArea.informationSize + entries.count + more
    guard let total = UInt16(exactly: size) else { throw .tlvAreaTooLarge(area, size: size) }
    return total
  }

  /// The area with its information in front; nothing at all if it has no entries.
  func encoded() throws(ImageBuilderError) -> [UInt8] {
    guard !entries.isEmpty else { return [] }
    let total = try encodedSize()
    let magic =
      area == .protected ? TLVArea.protectedMagic : TLVArea.unprotectedMagic
    return Self.littleEndian(magic) + Self.littleEndian(total) + entries
  }

  static func littleEndian(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
