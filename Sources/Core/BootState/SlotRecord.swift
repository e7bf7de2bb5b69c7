public import FirmwareImage

/// What an update slot holds, as far as the boot decision is concerned.
///
/// The raw values stand in flash; they never change their meaning.
public enum SlotState: UInt8, Equatable, Hashable, Sendable {
  /// Nothing to boot.
  case empty = 0
  /// An update is being written; the content is in pieces.
  case writing = 1
  /// An update is complete and verified, and has not been started yet.
  case staged = 2
  /// The update was started and has not confirmed itself yet.
  case trial = 3
  /// The image confirmed itself.
  case confirmed = 4
  /// A confirmed image that faulted too often in a row: used only when no other confirmed one boots.
  case suspended = 5
  /// An image that failed and is never tried again.
  case rejected = 6

  /// The published name.
  public var name: StaticString {
    switch self {
    case .empty: "empty"
    case .writing: "writing"
    case .staged: "staged"
    case .trial: "trial"
    case .confirmed: "confirmed"
    case .suspended: "suspended"
    case .rejected: "rejected"
    }
  }
}

/// Why an image was rejected, or why a candidate does not verify.
///
/// The raw values stand in flash; they never change their meaning.
public enum RejectionCause: UInt8, Equatable, Hashable, Sendable {
  /// Not rejected.
  case none = 0
  /// Not a well-formed image of a format this device knows.
  case format = 1
  /// The content does not match the image hash.
  case hash = 2
  /// No trusted key signed it.
  case signature = 3
  /// Its security counter is below the floor of the device.
  case securityCounter = 4
  /// It was made for other hardware.
  case hardware = 5
  /// Another image it needs is missing or too old.
  case dependency = 6
  /// It cannot be decrypted with the key of the device.
  case decryption = 7
  /// It is valid but marked as not bootable.
  case notBootable = 8
  /// It does not fit its slot, its address or the RAM.
  case placement = 9
  /// Its trial runs ended in a fault N times.
  case faults = 10
  /// It was started M times without confirming itself.
  case starts = 11
  /// It rejected itself.
  case application = 12
  /// It is not the image that was staged.
  case identity = 13

  /// The published name.
  public var name: StaticString {
    switch self {
    case .none: "none"
    case .format: "format"
    case .hash: "hash"
    case .signature: "signature"
    case .securityCounter: "security-counter"
    case .hardware: "hardware"
    case .dependency: "dependency"
    case .decryption: "decryption"
    case .notBootable: "not-bootable"
    case .placement: "placement"
    case .faults: "faults"
    case .starts: "starts"
    case .application: "application"
    case .identity: "identity"
    }
  }
}

/// The record of one update slot.
public struct SlotRecord: Equatable, Sendable {
  /// The state.
  public var state: SlotState
  /// Why the image was rejected; `none` in every other state.
  public var cause: RejectionCause
  /// The number of trial starts.
  public var started: UInt8
  /// The number of trial starts that ended without a fault.
  public var excused: UInt8
  /// In a trial the starts that ended in a fault; of a confirmed or suspended image the faults since
  /// it last reported itself healthy.
  public var faulted: UInt8
  /// N: the number of faults that ends the trial, as staged.
  public var faultLimit: UInt8
  /// M: the number of starts that ends the trial, as staged.
  public var startLimit: UInt8
  /// How the payload is stored.
  public var storedForm: StoredForm
  /// While writing, the sixteenths of the slot that are programmed for good.
  public var progress: UInt8
  /// The first eight bytes of the image hash, little-endian; 0 when there is no image.
  public var imageTag: UInt64

  /// Makes the record of an empty slot.
  public init() {
    state = .empty
    cause = .none
    started = 0
    excused = 0
    faulted = 0
    faultLimit = 0
    startLimit = 0
    storedForm = .plain
    progress = 0
    imageTag = 0
  }

  /// The trial starts that are still allowed: min(N - faults, M - starts).
  public var attemptsLeft: UInt8 {
    let faults = Int(faultLimit) - Int(faulted)
    let starts = Int(startLimit) - Int(started)
    return UInt8(max(0, min(faults, starts)))
  }
}
