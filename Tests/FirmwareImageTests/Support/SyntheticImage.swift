import FirmwareImage
import NORFlash
import OpenSSLCrypto

/// An image put together by hand, so that every field can be wrong on purpose.
struct SyntheticImage {
  typealias Entry = (type: TLVType, data: [UInt8])

  var header = ImageHeader(
    headerSize: 32, payloadSize: 100, version: ImageVersion(major: 1, minor: 2, revision: 3))
  var headerFill: [UInt8] = []
  var payload = [UInt8](0..<100)
  var protected: [Entry] = []
  var unprotected: [Entry] = []
  /// Bytes behind the last entry, inside the area.
  var protectedRest: [UInt8] = []
  var unprotectedRest: [UInt8] = []
  var protectedMagic = TLVArea.protectedMagic
  var unprotectedMagic = TLVArea.unprotectedMagic
  /// The hash that is put in front of the unprotected entries, made to fit; `nil` for none.
  var digest: DigestAlgorithm? = .sha256

  init() {}

  /// Takes an image apart.
  init(_ bytes: [UInt8]) throws {
    header = try ImageHeader(decoding: bytes.span)
    headerFill = Array(bytes[32..<Int(header.headerSize)])
    payload = Array(bytes[Int(header.headerSize)..<Int(header.tlvOffset)])
    digest = nil
    var storage = MemoryStorage(bytes)
    var cursor = try TLVCursor(header: header, storageSize: storage.size)
    while let entry = try cursor.next(in: &storage) {
      let start = Int(entry.dataOffset)
      let data = Array(bytes[start..<start + Int(entry.length)])
      if entry.area == .protected {
        protected.append((entry.type, data))
      } else {
        unprotected.append((entry.type, data))
      }
    }
  }

  /// The image; sizes in the header are made to fit what is there.
  func bytes() throws -> [UInt8] {
    var header = self.header
    let protectedArea =
      protected.isEmpty && protectedRest.isEmpty
      ? [] : Self.area(protectedMagic, protected, protectedRest)
    header.payloadSize = UInt32(payload.count)
    header.protectedSize = UInt16(protectedArea.count)
    var image = [UInt8](repeating: 0, count: 32)
    var target = image.mutableSpan
    header.encode(into: &target)
    image += headerFill + payload + protectedArea
    var entries = unprotected
    if let digest { entries.insert(try Self.hashEntry(digest, of: image), at: 0) }
    return image + Self.area(unprotectedMagic, entries, unprotectedRest)
  }

  func entry(_ type: TLVType) -> Entry? { (protected + unprotected).first { $0.type == type } }

  static func encoded(_ entry: Entry) -> [UInt8] {
    number(entry.type.rawValue) + number(UInt16(entry.data.count)) + entry.data
  }

  private static func area(_ magic: UInt16, _ entries: [Entry], _ rest: [UInt8]) -> [UInt8] {
    let content = entries.flatMap(encoded) + rest
    return number(magic) + number(UInt16(content.count + 4)) + content
  }

  private static func number(_ value: UInt16) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)]
  }

  private static func hashEntry(
    _ algorithm: DigestAlgorithm, of content: [UInt8]
  ) throws -> Entry {
    var provider = try OpenSSLProvider(trustedKeys: [])
    try provider.startDigest(algorithm)
    try provider.updateDigest(content.span)
    let digest = try provider.finishDigest()
    let type: TLVType =
      algorithm == .sha256 ? .sha256 : algorithm == .sha384 ? .sha384 : .sha512
    return (type, (0..<algorithm.size).map { digest.storage[$0] })
  }
}
