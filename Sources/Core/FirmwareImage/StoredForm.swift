/// How the payload of an image lies in its slot.
///
/// The header cannot tell: an encrypted image that was decrypted on installation keeps its flags.
public enum StoredForm: UInt8, Equatable, Sendable {
  /// The bytes that are hashed and run.
  case plain = 0
  /// Encrypted bytes, decrypted on the way into RAM.
  case ciphertext = 1
}
