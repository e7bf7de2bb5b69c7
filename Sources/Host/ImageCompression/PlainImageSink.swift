import FirmwareImage
import NORFlash
import OpenSSLCrypto

/// Unpacks a compressed image while it is being verified, and hashes the plain image that comes out.
struct PlainImageSink<
  Crypto: CryptoProvider & ~Copyable, Decompressor: PayloadDecompressor & ~Copyable,
  Downstream: PayloadSink
>: PayloadSink, ~Copyable {
  private var crypto: Crypto
  private var decompressor: Decompressor
  private(set) var downstream: Downstream
  private var plain: ImagePrologue
  private let summary: ImageSummary
  private let requirements: ImageRequirements
  private var decompression: BoundedDecompression
  private var plainOffset: UInt32 = 0
  /// The plain image, if it is needed in one piece.
  private var kept: [UInt8]?
  /// Why the payload did not come out; what `receive` throws does not tell.
  private(set) var failure: ImageCheckError<ImagePrologueError>?

  /// Begins in front of the header.
  ///
  /// - Parameters:
  ///   - summary: The facts of the plain image.
  ///   - crypto: A provider of its own: the hash of the compressed image runs meanwhile.
  /// - Throws: `ImageCheckError.refused` if the decompressor cannot serve the image, `.crypto`.
  init(
    _ image: CompressedImage, _ summary: ImageSummary, requirements: ImageRequirements,
    crypto: consuming Crypto, decompressor: consuming Decompressor, downstream: Downstream
  ) throws(ImageCheckError<ImagePrologueError>) {
    do throws(CompressionRefusal) {
      try image.payload.check(for: decompressor)
    } catch { throw .refused(.compression(error)) }
    var crypto = crypto
    do throws(CryptoError) {
      try crypto.startDigest(summary.digest.algorithm)
    } catch { throw .crypto(error) }
    self.crypto = crypto
    self.decompressor = decompressor
    self.downstream = downstream
    self.summary = summary
    self.requirements = requirements
    plain = image.plainPrologue
    decompression = BoundedDecompression(image.payload)
    if summary.isPureSignature, requirements.signature == .trustedKey { kept = [] }
  }

  mutating func receive(
    _ bytes: Span<UInt8>, at imageOffset: UInt32
  ) throws(PayloadSinkError) {
    do throws(ImageCheckError<ImagePrologueError>) {
      if imageOffset < UInt32(plain.header.headerSize) {
        try pass(bytes, at: imageOffset)
      } else {
        try unpack(bytes)
      }
    } catch {
      failure = error
      throw .failed(code: 0)
    }
  }

  /// Compares the hash of the plain image with the one that was signed.
  ///
  /// - Throws: `ImageCheckError.refused`; `.crypto`.
  mutating func finish() throws(ImageCheckError<ImagePrologueError>) {
    guard decompression.isComplete else {
      throw .refused(
        .compression(
          .endsEarly(
            produced: decompression.produced, expected: decompression.payload.decompressedSize)))
    }
    let areas = try areas()
    let digest: ImageDigest
    do throws(CryptoError) {
      try crypto.updateDigest(areas.span.extracting(first: Int(plain.header.protectedSize)))
      digest = try crypto.finishDigest()
    } catch { throw .crypto(error) }
    guard digest == summary.digest else { throw .refused(.hashMismatch) }
    if let kept { try checkPureSignature(of: kept + areas) }
  }

  /// Both TLV areas of the plain image.
  private mutating func areas() throws(ImageCheckError<ImagePrologueError>) -> [UInt8] {
    let start = UInt32(plain.header.tlvOffset)
    var bytes = [UInt8](repeating: 0, count: Int(plain.size - start))
    var span = bytes.mutableSpan
    do throws(ImagePrologueError) {
      try plain.read(at: start, into: &span)
    } catch { throw .storage(error) }
    return bytes
  }

  private mutating func checkPureSignature(
    of image: [UInt8]
  ) throws(ImageCheckError<ImagePrologueError>) {
    var storage = MemoryStorage(image)
    var buffer = [UInt8](repeating: 0, count: image.count + ImageVerifier.minimumBufferSize)
    var span = buffer.mutableSpan
    do throws(ImageCheckError<FlashError>) {
      _ = try ImageVerifier.verify(
        &storage, crypto: &crypto, requirements: requirements, buffer: &span)
    } catch {
      switch error {
      case .refused(let refusal): throw .refused(refusal)
      case .crypto(let error): throw .crypto(error)
      case .sink(let error): throw .sink(error)
      case .storage: throw .refused(.headerChanged)
      }
    }
  }

  /// Passes the header on, as the plain image has it.
  private mutating func pass(
    _ bytes: Span<UInt8>, at imageOffset: UInt32
  ) throws(ImageCheckError<ImagePrologueError>) {
    var header = [UInt8](repeating: 0, count: ImageHeader.encodedSize)
    var encoded = header.mutableSpan
    plain.header.encode(into: &encoded)
    var copy = [UInt8](repeating: 0, count: bytes.count)
    for index in copy.indices {
      let offset = Int(imageOffset) + index
      copy[index] = offset < header.count ? header[offset] : bytes[index]
    }
    try deliver(copy.span)
  }

  private mutating func unpack(_ bytes: Span<UInt8>) throws(ImageCheckError<ImagePrologueError>) {
    var room = [UInt8](repeating: 0, count: 65_536)
    var taken = 0
    while taken < bytes.count || decompression.needsNoInput {
      let produced: Int
      do throws(CompressionRefusal) {
        var output = room.mutableSpan
        let step = try decompression.step(
          bytes.extracting(taken...), into: &output, with: &decompressor)
        taken += step.consumed
        produced = step.produced
      } catch { throw .refused(.compression(error)) }
      try deliver(room.span.extracting(first: produced))
    }
  }

  private mutating func deliver(_ bytes: Span<UInt8>) throws(ImageCheckError<ImagePrologueError>) {
    do throws(CryptoError) {
      try crypto.updateDigest(bytes)
    } catch { throw .crypto(error) }
    do throws(PayloadSinkError) {
      try downstream.receive(bytes, at: plainOffset)
    } catch { throw .sink(error) }
    plainOffset += UInt32(bytes.count)
    if kept != nil {
      unsafe bytes.withUnsafeBufferPointer { unsafe kept?.append(contentsOf: $0) }
    }
  }
}
