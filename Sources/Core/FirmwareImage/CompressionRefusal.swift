/// Why a compressed image cannot be unpacked.
public enum CompressionRefusal: Error, Equatable, Sendable {
  // The entries.

  /// An entry that every compressed image has is missing.
  case entryMissing(TLVType)
  /// The TLV areas have `size` bytes, more than fit where the plain image is made.
  case areasTooLarge(size: UInt32, limit: UInt32)
  /// The flags contradict each other or the entries: two algorithms, or a filter without one.
  case contradictory(ImageFlags)
  /// A payload that MCUboot could not unpack is not flagged as non-bootable.
  case bootable
  /// The compressed payload is said to have `size` bytes, which does not fit the image's payload.
  case compressedSize(UInt32, payloadSize: UInt32)
  /// The payload is compressed with LZMA1, which no image tool writes.
  case lzma1
  /// The algorithm in our own entry is not known.
  case unknownAlgorithm(version: UInt8, algorithm: UInt8)
  /// The two bytes with the parameters of the algorithm are not defined.
  case parameters(UInt8, UInt8)

  // The device.

  /// The decompressor of the device does not have this algorithm.
  case algorithmUnavailable(CompressionAlgorithm)
  /// The payload needs a larger window than the device can serve, in bytes.
  case windowTooLarge(UInt32, largest: UInt32)
  /// The device stores payloads encrypted. Of this one it would have to encrypt another plaintext
  /// with the same key and counter, which would give both away.
  case ciphertextAtRest

  // The stream.

  /// The stream is not one of this algorithm.
  case damaged
  /// The stream ends before the signed size is reached.
  case endsEarly(produced: UInt32, expected: UInt32)
  /// The stream gives more than the signed size.
  case tooLong(limit: UInt32)
  /// Bytes are left behind the end of the stream.
  case bytesLeftOver(UInt32)
  /// The decompressor failed; the code is its own, and says nothing about the image.
  case decompressorFailed(code: UInt32)
}

extension CompressionRefusal {
  /// A stable identifier, for machine-readable output.
  public var name: StaticString {
    switch self {
    case .entryMissing: "compression-entry-missing"
    case .areasTooLarge: "compression-areas-too-large"
    case .contradictory: "compression-contradictory"
    case .bootable: "compression-bootable"
    case .compressedSize: "compression-size"
    case .lzma1, .unknownAlgorithm: "compression-unknown"
    case .parameters: "compression-parameters"
    case .algorithmUnavailable: "compression-unavailable"
    case .windowTooLarge: "compression-window-too-large"
    case .ciphertextAtRest: "compression-ciphertext-at-rest"
    case .damaged: "compression-damaged"
    case .endsEarly: "compression-ends-early"
    case .tooLong: "compression-too-long"
    case .bytesLeftOver: "compression-bytes-left-over"
    case .decompressorFailed: "decompressor-failed"
    }
  }
}
