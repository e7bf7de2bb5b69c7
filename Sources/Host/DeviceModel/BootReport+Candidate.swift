import BootState
import Bootloader
import FirmwareImage

extension BootReport.Candidate {
  init(_ slot: BootSlot, in handover: BootHandover) {
    let report = handover[slot]
    let record = slot.updateSlot.flatMap { handover.decision.record?[$0] }
    self.slot = "\(slot.name)"
    state = record.map { "\($0.state.name)" }
    if let record, record.state == .rejected { rejection = "\(record.cause.name)" }
    version = report.version.map { "\($0)" }
    switch report.verdict {
    case .notExamined: verdict = "not-examined"
    case .absent: verdict = "absent"
    case .bootable: verdict = "bootable"
    case .unreadable: verdict = "unreadable"
    case .refused(let cause):
      verdict = "refused"
      self.cause = "\(cause.name)"
      refusal = report.refusal.map { "\($0.name)" }
      detail = report.refusal.map { "\($0)" }
    }
    if slot != handover.slot { passedOver = Self.reason(slot, report, record, handover) }
  }

  /// Why a slot was not started.
  private static func reason(
    _ slot: BootSlot, _ report: CandidateReport, _ record: SlotRecord?, _ handover: BootHandover
  ) -> String {
    if let record, record.state == .rejected, report.verdict == .notExamined {
      return "rejected: \(record.cause.phrase)"
    }
    switch report.verdict {
    case .absent: return "not there"
    case .unreadable: return "could not be read this time"
    case .refused(let cause):
      return "refused: \(report.refusal.map { "\($0)" } ?? cause.phrase)"
    case .bootable(let image):
      if let record, record.imageTag != image.imageTag {
        return "not the image on record"
      }
      guard let record else { return "verifies, ranks behind" }
      return record.state == .rejected
        ? "verifies, but rejected: \(record.cause.phrase)" : "verifies, ranks behind"
    case .notExamined:
      guard let record else { return "not needed" }
      switch record.state {
      case .empty: return "empty"
      case .writing: return "an unfinished update"
      case .staged, .trial:
        return handover.situation.logAccess == .writable
          ? "an update that waits for its turn"
          : "an update that must not start: the log takes no record"
      case .confirmed: return "not needed"
      case .suspended: return "suspended, it faulted too often"
      case .rejected: return "rejected: \(record.cause.phrase)"
      }
    }
  }

  enum CodingKeys: String, CodingKey {
    case slot, verdict, cause, refusal, detail, version, state, rejection, passedOver
  }

  /// Writes every key, also those without a value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(slot, forKey: .slot)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(cause, forKey: .cause)
    try container.encode(refusal, forKey: .refusal)
    try container.encode(detail, forKey: .detail)
    try container.encode(version, forKey: .version)
    try container.encode(state, forKey: .state)
    try container.encode(rejection, forKey: .rejection)
    try container.encode(passedOver, forKey: .passedOver)
  }
}

extension RejectionCause {
  /// The cause in a few words.
  var phrase: String {
    switch self {
    case .none: "for no reason on record"
    case .format: "no well-formed image"
    case .hash: "its content does not match its hash"
    case .signature: "no trusted key signed it"
    case .securityCounter: "its security counter is below the floor"
    case .hardware: "made for other hardware"
    case .dependency: "another image it needs is missing"
    case .decryption: "it cannot be decrypted"
    case .notBootable: "marked as not bootable"
    case .placement: "it does not fit its slot, address or memory"
    case .faults: "its trial runs faulted too often"
    case .starts: "it was started too often without confirming itself"
    case .application: "it rejected itself, or was given up"
    case .identity: "not the image that was staged"
    }
  }
}
