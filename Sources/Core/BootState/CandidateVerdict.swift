public import FirmwareImage

/// The facts of a verified image that the boot decision needs.
public struct BootableImage: Equatable, Sendable {
  /// The version.
  public var version: ImageVersion
  /// The first eight bytes of the image hash.
  public var imageTag: UInt64
  /// The security counter; 0 if the image carries none.
  public var securityCounter: UInt32
  /// The index of the trusted key that signed it; `nil` if that is not known.
  public var signingKey: UInt8?

  /// Makes the facts of one image.
  public init(
    version: ImageVersion, imageTag: UInt64, securityCounter: UInt32, signingKey: UInt8? = nil
  ) {
    self.signingKey = signingKey
    self.version = version
    self.imageTag = imageTag
    self.securityCounter = securityCounter
  }
}

/// What is known about the image in one boot slot.
public enum CandidateVerdict: Equatable, Sendable {
  /// Nothing yet.
  case notExamined
  /// The device has no such slot.
  case absent
  /// The image verifies and may run.
  case bootable(BootableImage)
  /// The image must not run.
  case refused(RejectionCause)
  /// The slot could not be read this time; that says nothing about the image.
  case unreadable
}

/// The verdicts on the three boot slots.
public struct CandidateVerdicts: Equatable, Sendable {
  /// The verdict on slot A.
  public var slotA: CandidateVerdict
  /// The verdict on slot B.
  public var slotB: CandidateVerdict
  /// The verdict on factory.
  public var factory: CandidateVerdict

  /// Makes three verdicts; nothing is known by default.
  public init(
    slotA: CandidateVerdict = .notExamined, slotB: CandidateVerdict = .notExamined,
    factory: CandidateVerdict = .notExamined
  ) {
    self.slotA = slotA
    self.slotB = slotB
    self.factory = factory
  }

  /// The verdict on one slot.
  public subscript(slot: BootSlot) -> CandidateVerdict {
    get {
      switch slot {
      case .slotA: slotA
      case .slotB: slotB
      case .factory: factory
      }
    }
    set {
      switch slot {
      case .slotA: slotA = newValue
      case .slotB: slotB = newValue
      case .factory: factory = newValue
      }
    }
  }
}
