#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Errors of files in words, as Foundation has them where FoundationEssentials has none.
enum FileError {
  static func text(of error: any Error) -> String {
    guard let error = error as? CocoaError else { return "\(error)" }
    return "The operation could not be completed. " + sentence(error.code)
  }

  private static func sentence(_ code: CocoaError.Code) -> String {
    switch code {
    case .fileNoSuchFile, .fileReadNoSuchFile: "The file doesn’t exist."
    case .fileReadNoPermission, .fileWriteNoPermission: "You don’t have permission."
    case .fileReadInvalidFileName, .fileWriteInvalidFileName: "The file name is invalid."
    case .fileReadTooLarge: "The item is too large."
    case .fileWriteFileExists: "A file with the same name already exists."
    case .fileWriteOutOfSpace: "There isn’t enough space."
    case .fileWriteVolumeReadOnly: "The volume is read only."
    default: "(NSCocoaErrorDomain error \(code.rawValue).)"
    }
  }
}
