#if !hasFeature(Embedded)
  extension CompressionRefusal: CustomStringConvertible {
    /// The reason in one line: what, where, and what was expected.
    public var description: String {
      switch self {
      case .entryMissing(let type): "compressed, but TLV \(type) is missing"
      case .areasTooLarge(let size, let limit):
        "the TLV areas have \(size) bytes; of a compressed image they have at most \(limit)"
      case .contradictory(let flags):
        "the compression flags 0x\(String(flags.rawValue, radix: 16)) contradict each other or the"
          + " TLVs"
      case .bootable:
        "compressed with zlib, but not flagged as non-bootable; a loader might run it as it is"
      case .compressedSize(let size, let payloadSize):
        "the compressed payload is said to have \(size) bytes, which does not fit the"
          + " \(payloadSize) that are there"
      case .lzma1: "compressed with LZMA1, which is not supported; use LZMA2"
      case .unknownAlgorithm(let version, let algorithm):
        "compressed with algorithm \(algorithm), format \(version), which is not known"
      case .parameters(let first, let second):
        "the compression parameters \(first), \(second) are not defined"
      case .algorithmUnavailable(let algorithm):
        "compressed with \(algorithm.words), which the device cannot unpack; use another algorithm"
      case .windowTooLarge(let size, let largest):
        "needs a decompression window of \(size) bytes, the device has \(largest); compress it with"
          + " a smaller one"
      case .ciphertextAtRest:
        "compressed and encrypted, but the device keeps payloads encrypted in flash: it would have"
          + " to use the same key for other content; encrypt it without compression"
      case .damaged: "the compressed payload is damaged"
      case .endsEarly(let produced, let expected):
        "the compressed payload ends after \(produced) of \(expected) bytes"
      case .tooLong(let limit):
        "the compressed payload holds more than the \(limit) bytes that were signed"
      case .bytesLeftOver(let count):
        "\(count) bytes follow the end of the compressed payload"
      case .decompressorFailed(let code): "the decompressor failed with code \(code); try again"
      }
    }
  }

  extension CompressionAlgorithm {
    /// The name, as people write it.
    public var words: String {
      switch self {
      case .lzma2(.none): "LZMA2"
      case .lzma2(.armThumb): "LZMA2 behind the ARM-Thumb filter"
      case .zlib: "zlib"
      }
    }
  }
#endif
