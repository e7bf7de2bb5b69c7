import FirmwareImage
import ImageCompression
import NORFlash
import OpenSSLCrypto

/// What compression did to an image.
public enum CompressionOutcome: Equatable, Sendable {
  /// The payload is compressed; it has this size without.
  case compressed(payloadSize: Int)
  /// Compressed, the image would not be smaller: the payload is as it was.
  case notSmaller(compressedSize: Int, payloadSize: Int)
}

extension ImageRecipe {
  /// Makes the image with its payload compressed, or as it is if that is no smaller.
  ///
  /// The plain image is hashed and signed while its payload is compressed into a temporary file;
  /// then the compressed image is made from that. So nothing is compressed twice, and memory does
  /// not grow.
  func buildCompressed<Output: ImageOutput & ~Copyable>(
    _ method: CompressionMethod, payloadSize: Int, signingKey: PrivateKey?,
    into output: inout Output, reading payload: ImagePlan.PayloadReader
  ) throws(ImageBuilderError) -> BuiltImage {
    let plain = try ImagePlan(
      self, payloadSize: payloadSize, signingKey: signingKey, form: .unpacked)
    var spool = try CompressedSpool(method, payloadOf: plain.header)
    var content = try ImageContent(plain)
    let digest = try plain.writeContent(&content, payload, to: &spool).digest
    let signature = try ImageAssembly.signature(of: content.message.span, digest, plain)
    try plain.checkSlot(imageSize: plain.imageSize(signatureSize: signature?.count))
    try spool.finish()

    let size = Int(plain.header.payloadSize)
    var entries = CompressedEntries(
      method: method, decompressedSize: plain.header.payloadSize, decompressedHash: digest,
      decompressedSignature: signature, compressedSize: nil)
    guard spool.streamSize + entries.valueSize < size else {
      var built = try ImagePlan(self, payloadSize: payloadSize, signingKey: signingKey)
        .write(to: &output, reading: payload)
      built.compression = .notSmaller(compressedSize: spool.streamSize, payloadSize: size)
      return built
    }
    if encryption != nil { entries.compressedSize = UInt32(spool.size) }
    // The header of such an image is filled as that of a plain one, here with zeros.
    let room = headerRoom == .inPayload ? headerSize : 0
    let plan = try ImagePlan(
      self, payloadSize: room + spool.size, signingKey: signingKey, form: .compressed(entries))
    var built = try plan.write(to: &output) { (offset, buffer) throws(ImageBuilderError) in
      if offset < room {
        for index in buffer.indices { buffer[index] = 0 }
      } else {
        try spool.read(at: offset - room, into: &buffer)
      }
    }
    built.compression = .compressed(payloadSize: size)
    return built
  }

  func validateCompression() throws(ImageBuilderError) {
    guard let compression else { return }
    if case .zlib(let bits) = compression {
      guard CompressionEntry.windowBits.contains(bits) else { throw .windowBitsOutOfRange(bits) }
      // The flag says that the payload is compressed, and goes when it is unpacked.
      guard isBootable else { throw .zlibNeedsBootable }
    }
  }
}

/// What a compressed image says about its plain one.
struct CompressedEntries {
  var method: CompressionMethod
  var decompressedSize: UInt32
  var decompressedHash: ImageDigest
  var decompressedSignature: [UInt8]?
  /// The size of the payload before it was filled up, if it is encrypted.
  var compressedSize: UInt32?

  /// The flags that stand for the method.
  var flags: ImageFlags {
    switch method {
    case .zlib: .nonBootable
    case .lzma2(_, .none): .compressedLZMA2
    case .lzma2(_, .armThumb): [.compressedLZMA2, .armThumbFilter]
    }
  }

  /// What imgtool counts as the cost of compression: the entries without their heads.
  var valueSize: Int {
    var size = 4 + decompressedHash.algorithm.size + (decompressedSignature?.count ?? 0)
    if case .zlib = method { size += CompressionEntry.encodedSize }
    return size
  }

  func append(to area: inout TLVAreaBuilder) throws(ImageBuilderError) {
    try area.append(.decompressedSize, decompressedSize)
    try area.append(.decompressedHash, ImageAssembly.bytes(of: decompressedHash))
    if let decompressedSignature {
      try area.append(.decompressedSignature, decompressedSignature)
    }
    if let compressedSize { try area.append(.compressedSize, compressedSize) }
    if case .zlib(let windowBits) = method {
      let entry = CompressionEntry.encoded(windowBits: windowBits)
      try area.append(.compressionMethod, entry.indices.map { entry[$0] })
    }
  }
}
