import CReference
import FirmwareImage
import NORFlash
public import OpenSSLCrypto

/// The check of one signature with a key that is prepared already.
public enum SignatureWorkloads {
  /// The kinds of keys by the name that stands in reports, and how many checks take about six
  /// milliseconds.
  public static let kinds: [(name: String, kind: PrivateKey.Kind, count: Int)] = [
    ("ECDSA P-256", .ecdsaP256, 100), ("ECDSA P-384", .ecdsaP384, 10),
    ("Ed25519", .ed25519, 60), ("RSA-2048", .rsa2048, 350), ("RSA-3072", .rsa3072, 160),
  ]

  /// `count` checks by the provider, and as many straight through EVP.
  public static func pair(
    _ name: String, _ kind: PrivateKey.Kind, count: Int
  ) throws -> (provider: Workload, reference: Workload) {
    let key = try PrivateKey(generating: kind)
    let digest = try digest(of: kind)
    let bytes = (0..<digest.algorithm.size).map { digest.storage[$0] }
    let signature = try key.sign(digest)
    let checker = try Checker(key.publicKey)
    let reference = ReferenceKey(key.publicKey.subjectPublicKeyInfo)
    return (
      Workload("signature check, \(name)", .operations(count)) {
        for _ in 0..<count { try checker.check(signature, digest) }
      },
      Workload("libcrypto verify, \(name)", .operations(count)) {
        for _ in 0..<count { try reference.check(signature, bytes) }
      }
    )
  }

  private static func digest(of kind: PrivateKey.Kind) throws -> ImageDigest {
    var crypto = try OpenSSLProvider(trustedKeys: [])
    try crypto.startDigest(kind == .ecdsaP384 ? .sha384 : .sha256)
    try crypto.updateDigest(Material.randomBytes(100, seed: 3).span)
    return try crypto.finishDigest()
  }

  private final class Checker {
    private var crypto: OpenSSLProvider

    init(_ key: PublicKey) throws { crypto = try OpenSSLProvider(trustedKeys: [key]) }

    func check(_ signature: [UInt8], _ digest: ImageDigest) throws {
      guard try crypto.isValidSignature(signature.span, of: digest, byTrustedKeyAt: 0) else {
        throw WrongResult("a good signature was refused")
      }
    }
  }

  @safe
  private final class ReferenceKey {
    private let key: OpaquePointer?

    init(_ der: [UInt8]) { unsafe key = reference_key_make(der, der.count) }

    deinit { unsafe reference_key_free(key) }

    func check(_ signature: [UInt8], _ digest: [UInt8]) throws {
      guard
        unsafe reference_key_verify(key, signature, signature.count, digest, digest.count) == 1
      else { throw WrongResult("libcrypto refused a good signature") }
    }
  }
}
