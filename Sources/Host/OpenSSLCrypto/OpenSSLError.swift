internal import COpenSSL

/// A failure inside libcrypto, with its own words for it.
public struct OpenSSLError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was being done.
  public var operation: String
  /// The entries of libcrypto's error queue, oldest first.
  public var reasons: [String]
  /// libcrypto's code of the newest entry, or 0.
  public var code: UInt32

  /// The failure in one line.
  public var description: String {
    reasons.isEmpty
      ? "libcrypto: \(operation) failed"
      : "libcrypto: \(operation) failed: \(reasons.joined(separator: "; "))"
  }

  /// Takes all entries out of the error queue of this thread.
  ///
  /// An entry that is left there would be taken for the cause of a later failure.
  static func drainingQueue(_ operation: String) -> OpenSSLError {
    var error = OpenSSLError(operation: operation, reasons: [], code: 0)
    while case let code = ERR_get_error(), code != 0 {
      error.code = UInt32(truncatingIfNeeded: code)
      if let reason = unsafe ERR_reason_error_string(code) {
        error.reasons.append(unsafe String(cString: reason))
      } else {
        error.reasons.append("error \(String(code, radix: 16))")
      }
    }
    return error
  }
}
