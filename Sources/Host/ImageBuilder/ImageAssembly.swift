import FirmwareImage
import NORFlash
import OpenSSLCrypto

/// The steps that put an image together.
enum ImageAssembly {
  /// Hands bytes to an output, with the error of a builder.
  static func append<Output: ImageOutput & ~Copyable>(
    _ bytes: Span<UInt8>, to output: inout Output
  ) throws(ImageBuilderError) {
    do throws(Output.Failure) {
      try output.append(bytes)
    } catch { throw .outputFailed(reason: "\(error)") }
  }

  /// Appends the key's name and its signature.
  ///
  /// - Parameter message: What a pure signature covers.
  static func appendSignature(
    of message: Span<UInt8>, _ digest: ImageDigest, _ plan: ImagePlan,
    to area: inout TLVAreaBuilder
  ) throws(ImageBuilderError) {
    if plan.recipe.signatureForm == .pure { try area.append(.signaturePure, [1]) }
    guard let signature = try signature(of: message, digest, plan),
      let algorithm = plan.signingKey?.kind.signatureAlgorithm
    else { return }
    switch plan.recipe.publicKeyForm {
    case .hash: try area.append(.keyHash, plan.publicKeyHash)
    case .full: try area.append(.publicKey, plan.publicKey)
    }
    try area.append(signatureType(algorithm), signature)
  }

  /// Signs an image; `nil` without a key.
  ///
  /// - Parameter message: What a pure signature covers.
  static func signature(
    of message: Span<UInt8>, _ digest: ImageDigest, _ plan: ImagePlan
  ) throws(ImageBuilderError) -> [UInt8]? {
    guard let key = plan.signingKey, let algorithm = key.kind.signatureAlgorithm else {
      return nil
    }
    var signature: [UInt8]
    do {
      signature =
        plan.recipe.signatureForm == .pure ? try key.signPure(message) : try key.sign(digest)
    } catch {
      throw .signing(error)
    }
    if plan.recipe.signaturePadding == .zeros {
      let size = algorithm == .ecdsaP256 ? 72 : 103
      signature += repeatElement(0, count: max(0, size - signature.count))
    }
    return signature
  }

  /// Fills the slot up to its end and writes the trailer there.
  ///
  /// - Returns: The number of bytes with the trailer, or `imageSize` without one.
  static func appendTrailer<Output: ImageOutput & ~Copyable>(
    of recipe: ImageRecipe, to output: inout Output, from imageSize: Int
  ) throws(ImageBuilderError) -> Int {
    guard recipe.trailer != .none, let slot = recipe.slot else { return imageSize }
    let magic = SlotTrailer.magic(maximumAlignment: slot.maximumAlignment)
    let end = Int(slot.size) - magic.count
    let flag = Int(slot.size) - slot.confirmationDistance
    // In blocks, because a slot may be large.
    let block = [UInt8](repeating: recipe.erasedValue, count: 65_536)
    func fill(from start: Int, to end: Int) throws(ImageBuilderError) {
      var position = start
      while position < end {
        let count = min(block.count, end - position)
        try append(block.span.extracting(first: count), to: &output)
        position += count
      }
    }
    if recipe.trailer == .confirmed {
      try fill(from: imageSize, to: flag)
      try append([1].span, to: &output)
      try fill(from: flag + 1, to: end)
    } else {
      try fill(from: imageSize, to: end)
    }
    try append(magic.span, to: &output)
    return Int(slot.size)
  }

  static func bytes(of digest: ImageDigest) -> [UInt8] {
    (0..<digest.algorithm.size).map { digest.storage[$0] }
  }

  static func digestType(_ algorithm: DigestAlgorithm) -> TLVType {
    switch algorithm {
    case .sha256: .sha256
    case .sha384: .sha384
    case .sha512: .sha512
    }
  }

  static func signatureType(_ algorithm: SignatureAlgorithm) -> TLVType {
    switch algorithm {
    case .rsa2048: .rsa2048PSS
    case .rsa3072: .rsa3072PSS
    case .ecdsaP256, .ecdsaP384: .ecdsaSignature
    case .ed25519: .ed25519
    }
  }

  static func wrapType(_ algorithm: KeyWrapAlgorithm) -> TLVType {
    switch algorithm {
    case .rsaOAEP: .encryptionRSA2048
    case .aesKeyWrap: .encryptionKeyWrap
    case .eciesP256: .encryptionECIESP256
    case .eciesX25519: .encryptionECIESX25519
    case .eciesX25519SHA512: .encryptionECIESX25519SHA512
    }
  }
}
