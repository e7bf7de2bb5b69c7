internal import COpenSSL

/// The MD5 of ESP-IDF's digest row, computed by libcrypto.
///
/// MD5 guards the table against accidents only, as ESP-IDF uses it.
public enum TableMD5 {
  /// The MD5 of `bytes`, or `nil` if libcrypto offers none, as in a FIPS configuration.
  ///
  /// - Complexity: O(`bytes.count`)
  public static func digest(of bytes: Span<UInt8>) -> [16 of UInt8]? {
    var digest: [16 of UInt8] = .init(repeating: 0)
    var span = digest.mutableSpan
    var count = 0
    let status = unsafe bytes.withUnsafeBytes { input in
      unsafe span.withUnsafeMutableBytes { output in
        unsafe EVP_Q_digest(
          nil, "MD5", nil, input.baseAddress, input.count,
          output.baseAddress?.assumingMemoryBound(to: UInt8.self), &count)
      }
    }
    return status == 1 && count == 16 ? digest : nil
  }
}
