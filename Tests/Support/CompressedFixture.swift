public import FirmwareImage
import ImageBuilder
import ImageCompression
import NORFlash
public import OpenSSLCrypto

/// A compressed image put together by hand, so that every part of it can be wrong and still be signed.
public struct CompressedFixture: Sendable {
  /// The plain payload.
  public var payload: [UInt8]
  /// How it is compressed.
  public var method: CompressionMethod
  /// The major version.
  public var major: UInt8 = 2
  /// What is in the image instead of the payload as it was compressed.
  public var stream: [UInt8]?
  /// What DECOMP_SIZE says instead of the size.
  public var decompressedSize: UInt32?
  /// What our entry says instead of the method.
  public var entry: [UInt8]?
  /// Flags instead of those of the method.
  public var flags: ImageFlags?
  /// Further protected entries.
  public var protected: [(type: UInt16, value: [UInt8])] = []
  /// Entries that are left out.
  public var missing: Set<TLVType> = []
  /// Hashes of keys that are named in front of the one that signs.
  public var otherKeyHashes: [[UInt8]] = []
  /// The key of the plain image, if it is not that of the compressed one.
  public var innerKey: PrivateKey?

  /// Describes a good image.
  public init(_ payload: [UInt8], _ method: CompressionMethod) {
    self.payload = payload
    self.method = method
  }

  /// A payload that compresses to about a quarter: words out of a small vocabulary.
  public static func payload(_ count: Int, seed: UInt64 = 5) -> [UInt8] {
    let words = ImageFixture.payload(64 * 12, seed: seed)
    let order = ImageFixture.payload(count / 12 + 1, seed: seed &+ 1)
    return Array(
      order.flatMap { words[Int($0 % 64) * 12..<Int($0 % 64) * 12 + 12] }.prefix(count))
  }

  /// The methods that tests go through.
  public static let methods: [CompressionMethod] = [
    .zlib(windowBits: 9), .zlib(windowBits: 15), .lzma2(.imageTool, .none),
    .lzma2(.imageTool, .armThumb),
  ]

  /// The plain image, as it has to lie in the slot.
  public func plainImage(signedBy key: PrivateKey = ImageFixture.key) throws -> [UInt8] {
    try ImageRecipe(version: ImageVersion(major: major, minor: 0, revision: 0))
      .build(payload: payload.span, signingKey: key)
  }

  /// What the compressor makes of the payload.
  public func compressed() throws -> [UInt8] {
    var compressor = try PayloadCompressor(method)
    return try compressor.compress(payload.span) + compressor.finish()
  }

  /// The compressed image, and the plain one that belongs to it.
  public func build(
    signedBy key: PrivateKey = ImageFixture.key
  ) throws -> (image: [UInt8], plain: [UInt8]) {
    let plain = try plainImage(signedBy: innerKey ?? key)
    let payload = try stream ?? compressed()
    let protected = try area(0x6908, protectedEntries(of: plain))
    var image = [UInt8](repeating: 0, count: 32)
    var header = image.mutableSpan
    ImageHeader(
      headerSize: 32, protectedSize: UInt16(protected.count), payloadSize: UInt32(payload.count),
      flags: flags ?? methodFlags, version: ImageVersion(major: major, minor: 0, revision: 0)
    ).encode(into: &header)
    image += payload + protected
    let digest = try sha256(image)
    let hash = (0..<32).map { digest.storage[$0] }
    image += area(
      0x6907,
      [(0x10, hash)] + otherKeyHashes.map { (0x01, $0) }
        + [(0x01, key.publicKey.hash(.sha256)), (0x22, try key.sign(digest))])
    return (image, plain)
  }

  private var methodFlags: ImageFlags {
    switch method {
    case .zlib: .nonBootable
    case .lzma2(_, .none): .compressedLZMA2
    case .lzma2(_, .armThumb): ImageFlags(rawValue: 0xC00)
    }
  }

  private func protectedEntries(
    of plain: [UInt8]
  ) throws -> [(type: UInt16, value: [UInt8])] {
    let size = decompressedSize ?? UInt32(payload.count)
    // Behind the payload of the plain image: area, hash, hash of the key, signature.
    let hash = plain.dropFirst(32 + payload.count + 4 + 4).prefix(32)
    let signature = plain.dropFirst(32 + payload.count + 4 + 36 + 36 + 4)
    var entries: [(type: UInt16, value: [UInt8])] = [
      (0x70, littleEndian(size)), (0x71, Array(hash)), (0x72, Array(signature)),
    ]
    if let entry {
      entries.append((0xBFA0, entry))
    } else if case .zlib(let bits) = method {
      entries.append((0xBFA0, [1, 1, bits, 0]))
    }
    return protected + entries.filter { !missing.contains(TLVType(rawValue: $0.type)) }
  }

  private func area(_ magic: UInt16, _ entries: [(type: UInt16, value: [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      bytes += littleEndian(entry.type) + littleEndian(UInt16(entry.value.count)) + entry.value
    }
    return littleEndian(magic) + littleEndian(UInt16(bytes.count + 4)) + bytes
  }

  private func sha256(_ bytes: [UInt8]) throws -> ImageDigest {
    var crypto = try OpenSSLProvider(trustedKeys: [])
    try crypto.startDigest(.sha256)
    try crypto.updateDigest(bytes.span)
    return try crypto.finishDigest()
  }

  private func littleEndian(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
