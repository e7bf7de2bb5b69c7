internal import COpenSSL
import FirmwareImage

extension KeyHandle {
  /// The signature the key makes, or `nil` if it signs no images.
  var signatureAlgorithm: SignatureAlgorithm? {
    if isKind("RSA") {
      switch unsafe EVP_PKEY_get_bits(pointer) {
      case 2048: return .rsa2048
      case 3072: return .rsa3072
      default: return nil
      }
    }
    if isKind("EC") {
      switch groupName {
      case "prime256v1": return .ecdsaP256
      case "secp384r1": return .ecdsaP384
      default: return nil
      }
    }
    return isKind("ED25519") ? .ed25519 : nil
  }

  /// How the key wraps content keys (X25519: in its form with SHA-256), or `nil` if it does not.
  var keyWrapAlgorithm: KeyWrapAlgorithm? {
    switch signatureAlgorithm {
    case .rsa2048: .rsaOAEP
    case .ecdsaP256: .eciesP256
    case nil: isKind("X25519") ? .eciesX25519 : nil
    case .rsa3072, .ecdsaP384, .ed25519: nil
    }
  }

  /// A name of the kind of key for messages.
  var kindDescription: String {
    if isKind("RSA") { return "RSA-\(unsafe EVP_PKEY_get_bits(pointer))" }
    if isKind("EC") { return "EC \(groupName)" }
    guard let name = unsafe EVP_PKEY_get0_type_name(pointer) else { return "unknown" }
    return unsafe String(cString: name)
  }

  /// The key as libcrypto writes it: i2d_PUBKEY for SubjectPublicKeyInfo, i2d_PublicKey for PKCS#1.
  func encoded(
    _ encode: (OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
  ) -> [UInt8] {
    let size = unsafe encode(pointer, nil)
    guard size > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      var cursor = buffer.baseAddress
      _ = unsafe encode(pointer, &cursor)
    }
    return bytes
  }

  private func isKind(_ name: String) -> Bool { unsafe EVP_PKEY_is_a(pointer, name) == 1 }

  private var groupName: String {
    var name = [CChar](repeating: 0, count: 64)
    var count = 0
    guard unsafe EVP_PKEY_get_group_name(pointer, &name, name.count, &count) == 1 else {
      return "unknown"
    }
    return String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
