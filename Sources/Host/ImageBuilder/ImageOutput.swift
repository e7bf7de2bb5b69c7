public import FirmwareImage
public import OpenSSLCrypto

/// Where an image goes while it is made: bytes in order, each once.
public protocol ImageOutput: ~Copyable {
  /// What an output may throw.
  associatedtype Failure: Error

  /// Takes the next bytes.
  ///
  /// - Throws: `Failure` if they cannot be kept; what was taken so far is then no image.
  mutating func append(_ bytes: Span<UInt8>) throws(Failure)
}

/// An image in memory.
public struct MemoryOutput: ImageOutput {
  /// What came so far.
  public private(set) var bytes: [UInt8] = []

  /// Makes an empty output with room for `capacity` bytes.
  public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// Takes the next bytes.
  public mutating func append(_ bytes: Span<UInt8>) throws(Never) {
    unsafe bytes.withUnsafeBufferPointer { unsafe self.bytes.append(contentsOf: $0) }
  }
}

/// An image that was made.
public struct BuiltImage: Equatable, Sendable {
  /// The header.
  public var header: ImageHeader
  /// The hash of header, plain payload and protected entries.
  public var digest: ImageDigest
  /// The security counter, or `nil` if there is none.
  public var securityCounter: UInt32?
  /// What became of the compression; `nil` if the recipe asks for none.
  public var compression: CompressionOutcome? = nil
  /// The size in bytes of the file: from the header to the end of the TLV areas, or of the slot if
  /// there is a trailer, or with the leaf list behind it.
  public var size: Int
  /// The digests of the leaves, if the image has a digest tree.
  public var leafList: LeafList?
}
