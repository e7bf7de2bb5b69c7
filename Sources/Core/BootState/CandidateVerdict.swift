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
///
/// Each is kept as a class and what belongs to it, so that the class alone can be looked at: taking a
/// verdict out of an enumeration and apart again costs a boot loader more than the decision.
public struct CandidateVerdicts: Equatable, Sendable {
  private var notes: [3 of VerdictNote]

  /// Knows nothing yet.
  public init() {
    let none = VerdictNote()
    notes = [none, none, none]
  }

  /// Makes three verdicts; nothing is known by default.
  public init(
    slotA: CandidateVerdict = .notExamined, slotB: CandidateVerdict = .notExamined,
    factory: CandidateVerdict = .notExamined
  ) {
    self.init()
    self[.slotA] = slotA
    self[.slotB] = slotB
    self[.factory] = factory
  }

  /// The verdict on slot A.
  public var slotA: CandidateVerdict {
    get { self[.slotA] }
    set { self[.slotA] = newValue }
  }

  /// The verdict on slot B.
  public var slotB: CandidateVerdict {
    get { self[.slotB] }
    set { self[.slotB] = newValue }
  }

  /// The verdict on factory.
  public var factory: CandidateVerdict {
    get { self[.factory] }
    set { self[.factory] = newValue }
  }

  /// The verdict on one slot.
  public subscript(slot: BootSlot) -> CandidateVerdict {
    get { notes[Int(slot.rawValue)].verdict }
    @inline(__always)
    set { notes[Int(slot.rawValue)].set(newValue) }
  }

  /// What is noted about one slot.
  mutating func note(on slot: BootSlot) -> VerdictNote { notes[Int(slot.rawValue)] }

  /// The class of the verdict on one slot.
  // Exists once: a boot loader's size matters more than this call.
  @inline(never)
  mutating func finding(on slot: BootSlot) -> VerdictClass { notes[Int(slot.rawValue)].finding }

  /// Whether both say the same of all slots.
  public static func == (left: CandidateVerdicts, right: CandidateVerdicts) -> Bool {
    left.slotA == right.slotA && left.slotB == right.slotB && left.factory == right.factory
  }
}

/// A verdict without what belongs to it.
enum VerdictClass: UInt8, Sendable {
  case notExamined
  case absent
  case bootable
  case refused
  case unreadable
}

/// A verdict as its class and what may belong to it.
struct VerdictNote: Sendable {
  var finding = VerdictClass.notExamined
  /// Means something with the class `refused`.
  var refusal = RejectionCause.none
  /// Means something with the class `bootable`; all zero before, which takes the least code.
  var image = BootableImage(
    version: ImageVersion(major: 0, minor: 0, revision: 0), imageTag: 0, securityCounter: 0,
    signingKey: 0)

  /// Notes a verdict: where that is a known case this is a store or two, so it is never a call.
  @inline(__always)
  mutating func set(_ verdict: CandidateVerdict) {
    switch verdict {
    case .notExamined: finding = .notExamined
    case .absent: finding = .absent
    case .bootable(let image):
      finding = .bootable
      self.image = image
    case .refused(let refusal):
      finding = .refused
      self.refusal = refusal
    case .unreadable: finding = .unreadable
    }
  }

  var verdict: CandidateVerdict {
    switch finding {
    case .notExamined: .notExamined
    case .absent: .absent
    case .bootable: .bootable(image)
    case .refused: .refused(refusal)
    case .unreadable: .unreadable
    }
  }
}
