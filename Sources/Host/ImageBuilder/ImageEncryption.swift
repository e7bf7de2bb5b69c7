public import FirmwareImage
public import OpenSSLCrypto

/// How the payload of an image is encrypted.
public struct ImageEncryption: Sendable {
  /// The key of the devices that may read the image.
  public var key: EncryptionKey
  /// The cipher, or `nil` for the one that belongs to the key: AES-128, but the size of the key
  /// itself for a key-encryption key.
  public var cipher: ContentCipher?
  /// The hash of the ECIES key wrap; SHA-512 for X25519 only.
  public var wrapHash = DigestAlgorithm.sha256
  /// How the payload lies in the file.
  public var storedForm = StoredForm.ciphertext

  /// Makes an encryption to `key`.
  public init(to key: EncryptionKey, cipher: ContentCipher? = nil) {
    self.key = key
    self.cipher = cipher
  }

  /// How the content key will be wrapped.
  var wrapAlgorithm: KeyWrapAlgorithm {
    wrapHash == .sha512 ? .eciesX25519SHA512 : key.algorithm
  }

  /// The cipher that is used.
  public var effectiveCipher: ContentCipher {
    cipher ?? (key.keyEncryptionKeySize == 32 ? .aes256 : .aes128)
  }
}

/// The cipher of an encrypted payload, in counter mode.
public enum ContentCipher: Equatable, Sendable {
  /// AES-128-CTR.
  case aes128
  /// AES-256-CTR.
  case aes256

  /// The size of the key in bytes.
  public var keySize: Int { self == .aes128 ? 16 : 32 }

  /// The flag in the header that stands for it.
  public var flag: ImageFlags { self == .aes128 ? .encryptedAES128 : .encryptedAES256 }
}
