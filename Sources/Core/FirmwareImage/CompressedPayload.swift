import NORFlash

/// A compressed payload: how it is compressed, and the sizes that bound what is done with it.
public struct CompressedPayload: Equatable, Sendable {
  /// The algorithm.
  public var algorithm: CompressionAlgorithm
  /// The number of bytes of the stream, with the parameters in front of it.
  public var compressedSize: UInt32
  /// The zeros that encryption filled the stream up with: 0 to 15.
  public var paddingSize: UInt32
  /// The number of bytes that come out, as it was signed.
  public var decompressedSize: UInt32

  /// Describes a payload.
  ///
  /// - Precondition: `compressedSize + paddingSize` is below 4 GiB.
  public init(
    algorithm: CompressionAlgorithm, compressedSize: UInt32, paddingSize: UInt32,
    decompressedSize: UInt32
  ) {
    self.algorithm = algorithm
    self.compressedSize = compressedSize
    self.paddingSize = paddingSize
    self.decompressedSize = decompressedSize
  }

  /// The number of bytes of the payload in the image.
  public var storedSize: UInt32 { compressedSize + paddingSize }

  /// Whether a device can unpack it, as far as is known in front of the payload; the dictionary of
  /// an LZMA2 payload is known with its first two bytes only.
  ///
  /// - Throws: `CompressionRefusal.algorithmUnavailable` or `.windowTooLarge`.
  public func check<D: PayloadDecompressor & ~Copyable>(
    for decompressor: borrowing D
  ) throws(CompressionRefusal) {
    guard decompressor.supports(algorithm) else { throw .algorithmUnavailable(algorithm) }
    guard case .zlib(let windowBits) = algorithm else { return }
    let method = CompressionMethod.zlib(windowBits: windowBits)
    guard method.windowSize <= decompressor.largestWindow else {
      throw .windowTooLarge(method.windowSize, largest: decompressor.largestWindow)
    }
  }
}

/// Unpacks one payload, and holds it to the sizes that were signed.
///
/// However much a stream promises, no more than `decompressedSize` bytes come out of here; and no
/// stream passes that gives less, ends early, or is followed by anything but the zeros with which
/// encryption fills up.
public struct BoundedDecompression: Sendable {
  /// The payload.
  public let payload: CompressedPayload
  /// The number of bytes of the stored payload that were taken.
  public private(set) var consumed: UInt32 = 0
  /// The number of bytes that came out.
  public private(set) var produced: UInt32 = 0
  private var firstByte: UInt8 = 0
  private var state = State.beforeStart
  /// Whether the decompressor may hold output back for which there was no room.
  private var isOutputWaiting = false

  private enum State {
    case beforeStart
    case inStream
    case ended
  }

  /// Begins in front of the first byte of a payload.
  public init(_ payload: CompressedPayload) { self.payload = payload }

  /// Whether the whole payload was taken and everything came out.
  public var isComplete: Bool { state == .ended && consumed == payload.storedSize }

  /// Whether `step` can do something without input.
  public var needsNoInput: Bool { isOutputWaiting }

  /// Takes some of the input and gives some of the output.
  ///
  /// Call it until it has taken the input and `needsNoInput` is `false`.
  ///
  /// - Parameters:
  ///   - input: The next bytes of the stored payload, after decryption.
  ///   - output: Room for what comes out, not empty.
  /// - Throws: `CompressionRefusal`. The payload cannot be continued then.
  /// - Complexity: O(`input.count + output.count`)
  public mutating func step<D: PayloadDecompressor & ~Copyable>(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>, with decompressor: inout D
  ) throws(CompressionRefusal) -> (consumed: Int, produced: Int) {
    switch state {
    case .beforeStart:
      let taken = try start(input, with: &decompressor)
      consumed += UInt32(taken)
      return (taken, 0)
    case .inStream:
      return try advance(input, into: &output, with: &decompressor)
    case .ended:
      guard input.count == Self.smaller(input.count, payload.storedSize - consumed),
        input.isFilled(with: 0)
      else {
        throw .bytesLeftOver(payload.storedSize - consumed)
      }
      consumed += UInt32(input.count)
      return (input.count, 0)
    }
  }

  /// Takes the parameters in front of a stream, and starts the decompressor.
  private mutating func start<D: PayloadDecompressor & ~Copyable>(
    _ input: Span<UInt8>, with decompressor: inout D
  ) throws(CompressionRefusal) -> Int {
    let method: CompressionMethod
    var taken = 0
    switch payload.algorithm {
    case .zlib(let windowBits): method = .zlib(windowBits: windowBits)
    case .lzma2(let filter):
      guard payload.compressedSize >= UInt32(LZMA2Parameters.encodedSize) else {
        throw .endsEarly(produced: 0, expected: payload.decompressedSize)
      }
      guard !input.isEmpty else { return 0 }
      if consumed == 0 {
        firstByte = input[0]
        if input.count == 1 { return 1 }
        taken = 1
      }
      method = .lzma2(try LZMA2Parameters(firstByte, input[taken]), filter)
      taken += 1
    }
    guard method.windowSize <= decompressor.largestWindow else {
      throw .windowTooLarge(method.windowSize, largest: decompressor.largestWindow)
    }
    do throws(DecompressorError) {
      try decompressor.start(method)
    } catch {
      throw CompressionRefusal(error)
    }
    state = .inStream
    return taken
  }

  private mutating func advance<D: PayloadDecompressor & ~Copyable>(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>, with decompressor: inout D
  ) throws(CompressionRefusal) -> (consumed: Int, produced: Int) {
    let streamLeft = payload.compressedSize - consumed
    let stream = input.extracting(first: Self.smaller(input.count, streamLeft))
    let room = Self.smaller(output.count, payload.decompressedSize - produced)
    // When everything is there, the end of the stream may still be to come, but no more output.
    var excess: [1 of UInt8] = .init(repeating: 0)
    var excessSpan = excess.mutableSpan
    let step: DecompressionStep
    do throws(DecompressorError) {
      if room > 0 {
        var target = output._mutatingExtracting(first: room)
        step = try decompressor.decompress(stream, into: &target)
      } else {
        step = try decompressor.decompress(stream, into: &excessSpan)
      }
    } catch {
      throw CompressionRefusal(error)
    }
    guard step.produced <= room else { throw .tooLong(limit: payload.decompressedSize) }
    consumed += UInt32(step.consumed)
    produced += UInt32(step.produced)
    isOutputWaiting = !step.isAtEnd && room > 0 && step.produced == room
    if step.isAtEnd {
      state = .ended
      guard produced == payload.decompressedSize else {
        throw .endsEarly(produced: produced, expected: payload.decompressedSize)
      }
      guard consumed == payload.compressedSize else {
        throw .bytesLeftOver(payload.compressedSize - consumed)
      }
    } else if consumed == payload.compressedSize, !isOutputWaiting {
      throw .endsEarly(produced: produced, expected: payload.decompressedSize)
    } else if step.consumed == 0, step.produced == 0, !stream.isEmpty {
      throw .damaged
    }
    return (step.consumed, step.produced)
  }

  /// The smaller of two sizes, of which the second may be too large for an `Int` of 32 bits.
  private static func smaller(_ count: Int, _ size: UInt32) -> Int {
    Int(min(UInt32(truncatingIfNeeded: count), size))
  }
}

extension CompressionRefusal {
  /// Classifies the error of a decompressor.
  init(_ error: DecompressorError) {
    switch error {
    case .damaged: self = .damaged
    case .failed(let code): self = .decompressorFailed(code: code)
    }
  }
}
