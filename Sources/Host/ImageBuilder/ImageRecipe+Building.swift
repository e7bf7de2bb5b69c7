import FirmwareImage
public import NORFlash
public import OpenSSLCrypto

extension ImageRecipe {
  /// Makes the image in one pass over the payload, byte for byte as imgtool 2.5.0 makes it.
  ///
  /// An image is header, payload, protected TLVs (counter, boot record, dependencies, hardware ids,
  /// vendor entries, digest tree) and unprotected TLVs (hash, key, signature, wrapped content key),
  /// in this order; a leaf list may follow. Unlike with imgtool, a recipe for an image that no device can use is refused. Memory does
  /// not grow with the payload, except for a pure signature, which covers the image in one piece.
  /// A compressed payload is read once as well, and goes through a temporary file.
  ///
  /// - Parameters:
  ///   - payload: The firmware.
  ///   - signingKey: The key that signs, or `nil` for an image with a hash only.
  ///   - output: Where the image goes; with a trailer it has the size of the slot. What it got is no
  ///     image if this throws.
  /// - Throws: `ImageBuilderError`.
  /// - Complexity: O(`payload.size`)
  @discardableResult
  public func build<
    Payload: ReadableStorage & ~Copyable, Output: ImageOutput & ~Copyable
  >(
    payload: inout Payload, signingKey: PrivateKey?, into output: inout Output
  ) throws(ImageBuilderError) -> BuiltImage {
    try build(
      payloadSize: Int(payload.size), signingKey: signingKey, into: &output
    ) { (offset, buffer) throws(ImageBuilderError) in
      do throws(Payload.Failure) {
        try payload.read(at: UInt32(offset), into: &buffer)
      } catch { throw .payloadUnreadable(reason: "\(error)") }
    }
  }

  /// Makes the image in memory, as `build(payload:signingKey:into:)` does.
  ///
  /// - Parameters:
  ///   - payload: The firmware; it is copied once, into the result.
  ///   - signingKey: The key that signs, or `nil` for an image with a hash only.
  /// - Returns: The image; with a trailer it has the size of the slot.
  /// - Throws: `ImageBuilderError`.
  /// - Complexity: O(`payload.count`) time and memory
  public func build(
    payload: Span<UInt8>, signingKey: PrivateKey?
  ) throws(ImageBuilderError) -> [UInt8] {
    let plan = try ImagePlan(self, payloadSize: payload.count, signingKey: signingKey)
    var output = MemoryOutput(capacity: plan.capacity)
    _ = try build(payloadSize: payload.count, signingKey: signingKey, into: &output) {
      (offset, buffer) in
      buffer.copy(payload.extracting(offset..<offset + buffer.count))
    }
    return output.bytes
  }

  private func build<Output: ImageOutput & ~Copyable>(
    payloadSize: Int, signingKey: PrivateKey?, into output: inout Output,
    reading payload: ImagePlan.PayloadReader
  ) throws(ImageBuilderError) -> BuiltImage {
    if let compression {
      return try buildCompressed(
        compression, payloadSize: payloadSize, signingKey: signingKey, into: &output,
        reading: payload)
    }
    let plan = try ImagePlan(self, payloadSize: payloadSize, signingKey: signingKey)
    return try plan.write(to: &output, reading: payload)
  }
}
