/// The step that every byte of a payload goes through, wherever it comes from and goes to.
public enum PayloadPump {
  /// Decrypts a chunk in place if it is ciphertext, and adds its plaintext to the running hash.
  ///
  /// The provider's hash, and for ciphertext its cipher, must have been started. Chunks of
  /// ciphertext have a multiple of 16 bytes, except the last one.
  ///
  /// - Throws: `CryptoError.engineFailed`.
  /// - Complexity: O(`bytes.count`)
  public static func step<C: CryptoProvider & ~Copyable>(
    _ bytes: inout MutableSpan<UInt8>, storedForm: StoredForm, crypto: inout C
  ) throws(CryptoError) {
    if storedForm == .ciphertext { try crypto.applyCipher(to: &bytes) }
    try crypto.updateDigest(bytes.span)
  }
}
