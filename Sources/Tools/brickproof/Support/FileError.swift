#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Errors of files in the words of the operating system.
enum FileError {
  static func text(of error: any Error) -> String {
    guard let error = error as? CocoaError else { return "\(error)" }
    if let system = error.underlying as? POSIXError {
      return SystemError.text(of: system.code.rawValue)
    }
    return "file error \(error.code.rawValue)"
  }
}
