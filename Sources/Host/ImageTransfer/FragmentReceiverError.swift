public import FirmwareImage
public import OpenSSLCrypto

/// Why a fragment is not taken, or an image cannot be put together.
public enum FragmentReceiverError: Error, Equatable, Sendable {
  // The image.

  /// The image has no digest tree, so that fragments cannot be checked.
  case noTree
  /// Prologue and leaf list are malformed, or do not fit together.
  case refused(DigestTreeRefusal)
  /// The header among the leaves is not the one in the prologue.
  case headerOfOtherImage

  // Fragments.

  /// The fragment ends behind the image.
  case outOfBounds(offset: UInt32, count: Int, imageSize: UInt32)
  /// The bytes of the leaf at this offset are not the ones that were hashed when the image was made.
  case wrongLeaf(index: UInt32, offset: UInt32)
  /// The leaf at this offset would be one incomplete leaf too many.
  case tooManyOpenLeaves(limit: Int, index: UInt32, offset: UInt32)
  /// Leaves are missing; `first` are the first bytes that are.
  case incomplete(missingLeaves: UInt32, first: Range<UInt32>)

  // What is needed for it.

  /// The file cannot be opened, read or written.
  case file(path: String, reason: String)
  /// Another receiver works on the file.
  case inUse(path: String)
  /// libcrypto failed.
  case engine(OpenSSLError)
}

extension FragmentReceiverError: CustomStringConvertible {
  /// The error in one line: what, where, and what to do.
  public var description: String {
    switch self {
    case .noTree: "the image has no digest tree; make it with one, or fetch it as a whole"
    case .refused(let refusal): refusal.description
    case .headerOfOtherImage:
      "the header among the leaves is not the one that was announced; make the image anew"
    case .outOfBounds(let offset, let count, let imageSize):
      "\(count) bytes at offset \(offset) end behind the image of \(imageSize) bytes"
    case .wrongLeaf(let index, let offset):
      "leaf \(index) at offset \(offset) does not match its digest; fetch it again"
    case .tooManyOpenLeaves(let limit, let index, let offset):
      "leaf \(index) at offset \(offset) would be incomplete beside \(limit) others;"
        + " complete those first"
    case .incomplete(let missingLeaves, let first):
      "\(missingLeaves) leaves are missing, first the bytes from offset \(first.lowerBound)"
        + " to \(first.upperBound)"
    case .file(let path, let reason): "\(path): \(reason)"
    case .inUse(let path): "\(path): another download is writing to it"
    case .engine(let error): error.description
    }
  }
}
