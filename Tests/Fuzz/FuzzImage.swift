import FirmwareImage
import ImageCompression
import NORFlash

/// Examines and verifies arbitrary bytes as an image, in every way there is; nothing may trap.
///
/// The image is the whole input, so that real images are seeds; its last two bytes choose what the
/// device asks for. A provider that is easily pleased lets the run get behind the signatures.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzImage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = unsafe FuzzInput(start, count)
  let choices = input.bytes.suffix(2)
  let first = choices.first ?? 0
  let last = choices.last ?? 0
  var requirements = ImageRequirements()
  if last & 1 != 0 { requirements.signature = .hashOnly }
  if last & 2 != 0 { requirements.vendorID = .init(repeating: first) }
  if last & 4 != 0 { requirements.classID = .init(repeating: first) }
  if last & 8 != 0 { requirements.bootability = .notRequired }
  if last & 16 != 0 { requirements.slotAddress = UInt32(first) << 16 }
  if last & 32 != 0 { requirements.dependencies = .checked }
  if last & 64 != 0 { requirements.minimumSecurityCounter = UInt32(first) }
  if last & 128 != 0 { requirements.revokedKeys = UInt32(first) }

  for form in [StoredForm.plain, .ciphertext] {
    for size in [ImageVerifier.minimumBufferSize, 4096] {
      var storage = ArrayStorage(bytes: input.bytes)
      var crypto = PleasedProvider()
      var memory = [UInt8](repeating: 0, count: size)
      var buffer = memory.mutableSpan
      do throws(ImageCheckError<FlashError>) {
        let summary = try ImageVerifier.verify(
          &storage, crypto: &crypto, requirements: requirements, storedForm: form, buffer: &buffer)
        precondition(Int(summary.imageSize) <= input.bytes.count, "an image behind the end")
      } catch {
        if case .storage = error { fatalError("a read behind the end of the storage") }
      }
    }
  }
  examinePrologue(input.bytes, requirements)
  unpackImage(input.bytes, requirements)
  unpackStream(input.bytes)
  var storage = ArrayStorage(bytes: input.bytes)
  do throws(FlashError) {
    _ = try ImageTrailer(reading: &storage)
  } catch { fatalError("a trailer was looked for behind the end of the storage") }
  return 0
}

private func examinePrologue(_ bytes: [UInt8], _ requirements: ImageRequirements) {
  var storage = ArrayStorage(bytes: bytes)
  var crypto = PleasedProvider()
  do throws(ImagePrologueReadError<FlashError>) {
    var prologue = try ImagePrologue(reading: &storage)
    do throws(ImageCheckError<ImagePrologueError>) {
      let summary = try ImageVerifier.examine(
        &prologue, crypto: &crypto, requirements: requirements)
      if summary.contentKeyWrap != nil {
        _ = try ImageVerifier.contentKey(of: summary, in: &prologue, crypto: &crypto)
      }
    } catch {
      if case .storage = error { fatalError("a read outside the prologue") }
    }
    examineTree(of: &prologue)
  } catch {}
  guard bytes.count > 64 else { return }
  do throws(ImagePrologueError) {
    _ = try ImagePrologue(header: bytes.span, areas: bytes.span.extracting(32...))
  } catch {}
}

/// Takes the input for a compressed image; what comes out must have the size that it says.
private func unpackImage(_ bytes: [UInt8], _ requirements: ImageRequirements) {
  var storage = ArrayStorage(bytes: bytes)
  guard var prologue = try? ImagePrologue(reading: &storage),
    let image = try? CompressedImage(&prologue)
  else { return }
  for form in [StoredForm.plain, .ciphertext] {
    var crypto = PleasedProvider()
    var memory = [UInt8](repeating: 0, count: 4096)
    var buffer = memory.mutableSpan
    var sink = CountingSink()
    do throws(CompressedImageError<FlashError>) {
      let summary = try image.verify(
        &storage, crypto: &crypto, plainCrypto: PleasedProvider(),
        decompressor: StreamDecompressor(), requirements: requirements, storedForm: form,
        buffer: &buffer, sink: &sink)
      precondition(
        UInt64(sink.count) == summary.plain.header.tlvOffset, "a payload of another size")
    } catch {
      if case .delivered(.storage) = error { fatalError("a read behind the end of the storage") }
    }
  }
}

/// Takes the input for a compressed payload; its last bytes choose the method and the sizes.
private func unpackStream(_ bytes: [UInt8]) {
  guard bytes.count > 8 else { return }
  let stream = bytes.dropLast(4)
  let choices = Array(bytes.suffix(4))
  let algorithms: [CompressionAlgorithm] = [
    .lzma2(.none), .lzma2(.armThumb), .zlib(windowBits: 9 + choices[0] % 7),
  ]
  let size = UInt32(choices[1]) << 4 + UInt32(choices[2])
  var decompression = BoundedDecompression(
    CompressedPayload(
      algorithm: algorithms[Int(choices[3] % 3)], compressedSize: UInt32(stream.count),
      paddingSize: 0, decompressedSize: size))
  var decompressor = StreamDecompressor()
  var produced: UInt32 = 0
  var taken = stream.startIndex
  var room = [UInt8](repeating: 0, count: 1 + Int(choices[0]))
  do throws(CompressionRefusal) {
    while taken < stream.endIndex || decompression.needsNoInput {
      let end = min(taken + 1 + Int(choices[3] >> 2), stream.endIndex)
      let piece = Array(stream[taken..<end])
      var output = room.mutableSpan
      let step = try decompression.step(piece.span, into: &output, with: &decompressor)
      taken += step.consumed
      produced += UInt32(step.produced)
      precondition(produced <= size, "more came out than was signed")
    }
    precondition(decompression.isComplete && produced == size, "a stream ends without an end")
  } catch {}
}

private struct CountingSink: PayloadSink {
  var count = 0

  mutating func receive(_ bytes: Span<UInt8>, at imageOffset: UInt32) throws(PayloadSinkError) {
    precondition(Int(imageOffset) == count, "bytes out of order")
    count += bytes.count
  }
}

private func examineTree(of prologue: inout ImagePrologue) {
  var crypto = PleasedProvider()
  do throws(DigestTreeRefusal) {
    guard let tree = try DigestTree(of: &prologue) else { return }
    precondition(
      tree.range(ofLeaf: tree.leafCount - 1).upperBound == tree.coveredSize, "leaves end elsewhere")
    do throws(DigestTreeError) { _ = try DigestTree.signer(of: &prologue, crypto: &crypto) } catch {
    }
  } catch {}
}

struct ArrayStorage: ReadableStorage {
  var bytes: [UInt8]
  var size: UInt32 { UInt32(bytes.count) }

  mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(FlashError) {
    guard UInt64(address) + UInt64(buffer.count) <= UInt64(bytes.count) else {
      throw .outOfBounds(address: address, count: UInt32(buffer.count))
    }
    buffer.copy(bytes.span.extracting(Int(address)..<Int(address) + buffer.count))
  }
}

/// A provider with a key of each kind that accepts nearly everything; its hash is a sum of bytes.
struct PleasedProvider: ~Copyable, CryptoProvider {
  private var algorithm = DigestAlgorithm.sha256
  private var sum: UInt8 = 0

  var trustedKeyCount: Int { 5 }

  func trustedKeyAlgorithm(at index: Int) -> SignatureAlgorithm {
    SignatureAlgorithm(rawValue: UInt8(index)) ?? .ed25519
  }

  func trustedKey(at index: Int, hasHash hash: Span<UInt8>) -> Bool {
    !hash.isEmpty && Int(hash[0] % 6) == index
  }

  func trustedKey(at index: Int, isPublicKey key: Span<UInt8>) -> Bool {
    !key.isEmpty && Int(key[key.count - 1] % 6) == index
  }

  mutating func startDigest(_ algorithm: DigestAlgorithm) throws(CryptoError) {
    self.algorithm = algorithm
    sum = 0
  }

  mutating func updateDigest(_ bytes: Span<UInt8>) throws(CryptoError) {
    for index in bytes.indices { sum &+= bytes[index] }
  }

  mutating func finishDigest() throws(CryptoError) -> ImageDigest {
    var digest = ImageDigest(algorithm: algorithm)
    digest.storage[0] = sum & 1
    return digest
  }

  mutating func isValidSignature(
    _ signature: Span<UInt8>, of digest: ImageDigest, byTrustedKeyAt index: Int
  ) throws(CryptoError) -> Bool { signature.isEmpty || signature[signature.count - 1] & 3 != 0 }

  mutating func isValidPureSignature(
    _ signature: Span<UInt8>, ofMessage message: Span<UInt8>, byTrustedKeyAt index: Int
  ) throws(CryptoError) -> Bool { !message.isEmpty && signature[0] & 3 != 0 }

  mutating func unwrapContentKey(
    _ wrapped: Span<UInt8>, algorithm: KeyWrapAlgorithm, keySize: Int
  ) throws(CryptoError) -> ContentKey {
    guard wrapped.count == algorithm.wrappedSize(ofKeySize: keySize) else {
      fatalError("a wrapped key of the wrong length")
    }
    return ContentKey(size: keySize)
  }

  mutating func startCipher(key: ContentKey, payloadOffset offset: UInt32) throws(CryptoError) {
    precondition(offset % 16 == 0, "the cipher starts inside a block")
  }

  mutating func applyCipher(to bytes: inout MutableSpan<UInt8>) throws(CryptoError) {
    for index in bytes.indices { bytes[index] ^= 0x5A }
  }
}
