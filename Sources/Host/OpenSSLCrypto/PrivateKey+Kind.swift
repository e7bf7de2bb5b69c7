public import FirmwareImage

extension PrivateKey {
  /// The kinds of keys that images are signed and encrypted with; the raw values are their names on
  /// the command line, the same as imgtool's.
  public enum Kind: String, CaseIterable, Sendable {
    /// RSA with 2048 bits: signs, or wraps content keys.
    case rsa2048 = "rsa-2048"
    /// RSA with 3072 bits: signs.
    case rsa3072 = "rsa-3072"
    /// EC on P-256: signs, or wraps content keys.
    case ecdsaP256 = "ecdsa-p256"
    /// EC on P-384: signs.
    case ecdsaP384 = "ecdsa-p384"
    /// Ed25519: signs.
    case ed25519 = "ed25519"
    /// X25519: wraps content keys.
    case x25519 = "x25519"

    /// The signature the kind makes, or `nil` for a kind that cannot sign.
    public var signatureAlgorithm: SignatureAlgorithm? {
      switch self {
      case .rsa2048: .rsa2048
      case .rsa3072: .rsa3072
      case .ecdsaP256: .ecdsaP256
      case .ecdsaP384: .ecdsaP384
      case .ed25519: .ed25519
      case .x25519: nil
      }
    }

    /// The hash algorithms an image may have when a key of this kind signs it.
    ///
    /// The first one is the default. Empty for a kind that cannot sign.
    ///
    /// Source: the table of imgtool 2.5.0, which follows what MCUboot verifies.
    public var digestAlgorithms: [DigestAlgorithm] {
      switch self {
      case .rsa2048, .rsa3072, .ecdsaP256: [.sha256]
      case .ecdsaP384: [.sha384]
      case .ed25519: [.sha256, .sha512]
      case .x25519: []
      }
    }
  }
}

extension PrivateKey.Kind {
  /// The name of the algorithm in libcrypto.
  var engineName: String {
    switch self {
    case .rsa2048, .rsa3072: "RSA"
    case .ecdsaP256, .ecdsaP384: "EC"
    case .ed25519: "ED25519"
    case .x25519: "X25519"
    }
  }

  /// The kind of a key, or `nil` if images have no use for it.
  init?(of handle: KeyHandle) {
    switch handle.signatureAlgorithm {
    case .rsa2048: self = .rsa2048
    case .rsa3072: self = .rsa3072
    case .ecdsaP256: self = .ecdsaP256
    case .ecdsaP384: self = .ecdsaP384
    case .ed25519: self = .ed25519
    case nil:
      guard handle.keyWrapAlgorithm == .eciesX25519 else { return nil }
      self = .x25519
    }
  }
}
