/// What went wrong, reduced to what portable code can act on.
public enum FlashFailureKind: Equatable, Sendable {
  /// The range is not inside the device or the partition.
  case outOfBounds
  /// The address or the count is not a multiple of the unit of the operation.
  case misaligned
  /// The bytes may not be programmed: not erased, limit of rewrites reached, or read-only.
  case notWritable
  /// The bytes cannot be read, now or ever: uncorrectable ECC, or reading an erased unit faults.
  case unreadable
  /// The device tried and reports failure: a program or erase error, wear-out, a time-out.
  case deviceFault
  /// The power is gone; nothing works until it returns.
  case powerLost
}

/// An error of a flash device that portable code can classify, and that a wrapper can raise.
public protocol FlashFailure: Error {
  /// Wraps an error that is detected above the device, such as one of a partition's bounds.
  init(_ error: FlashError)

  /// The class of this failure.
  var kind: FlashFailureKind { get }

  /// The address the failure is about, or `nil` if it concerns no address.
  var address: UInt32? { get }
}

/// The errors of a flash device.
///
/// Addresses are bytes from the start of the device that throws.
public enum FlashError: Error, Equatable, Sendable {
  /// The range `address ..< address + count` is not inside the device.
  case outOfBounds(address: UInt32, count: UInt32)
  /// The address or the count is not a multiple of `unit` bytes.
  case misaligned(address: UInt32, count: UInt32, unit: UInt32)
  /// The unit at `address` was programmed since its last erase and may not be programmed again.
  case notErased(address: UInt32)
  /// Programming the byte at `address` asks for a bit that only an erase can bring back.
  case wouldRestoreErasedBit(address: UInt32)
  /// The unit at `address` may be programmed only `limit` times between erases.
  case rewriteLimit(address: UInt32, limit: UInt32)
  /// The range that holds `address` is protected or was opened read-only.
  case readOnly(address: UInt32)
  /// The unit at `address` has an uncorrectable error, or is erased on a part where that faults.
  case unreadable(address: UInt32)
  /// The device reports that programming the unit at `address` failed.
  case programFailed(address: UInt32)
  /// The device reports that erasing the block at `address` failed.
  case eraseFailed(address: UInt32)
  /// The operation at `address` did not finish in the time the part allows.
  case timedOut(address: UInt32)
  /// The power is gone.
  case powerLost
}

extension FlashError: FlashFailure {
  /// Takes the error as it is.
  public init(_ error: FlashError) { self = error }

  /// The class of this failure.
  public var kind: FlashFailureKind {
    switch self {
    case .outOfBounds: .outOfBounds
    case .misaligned: .misaligned
    case .notErased, .wouldRestoreErasedBit, .rewriteLimit, .readOnly: .notWritable
    case .unreadable: .unreadable
    case .programFailed, .eraseFailed, .timedOut: .deviceFault
    case .powerLost: .powerLost
    }
  }

  /// The address the failure is about, or `nil` after a loss of power.
  public var address: UInt32? {
    switch self {
    case .outOfBounds(let address, _), .misaligned(let address, _, _), .notErased(let address),
      .wouldRestoreErasedBit(let address), .rewriteLimit(let address, _), .readOnly(let address),
      .unreadable(let address), .programFailed(let address), .eraseFailed(let address),
      .timedOut(let address):
      address
    case .powerLost: nil
    }
  }
}
