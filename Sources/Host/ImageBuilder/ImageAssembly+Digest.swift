import FirmwareImage
import NORFlash
import OpenSSLCrypto

extension ImageAssembly {
  /// Hash and cipher of libcrypto, without keys.
  static func engine() throws(ImageBuilderError) -> OpenSSLProvider {
    do { return try OpenSSLProvider(trustedKeys: []) } catch { throw .engine(error) }
  }

  /// Hashes with libcrypto.
  static func hash(
    _ bytes: Span<UInt8>, _ algorithm: DigestAlgorithm,
    with crypto: inout OpenSSLProvider
  ) throws(ImageBuilderError) -> ImageDigest {
    do {
      try crypto.startDigest(algorithm)
      try crypto.updateDigest(bytes)
      return try crypto.finishDigest()
    } catch {
      throw .crypto(error)
    }
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
