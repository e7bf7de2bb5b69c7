import FirmwareImage
import Foundation

@testable import BootState

/// One line of `Oracle/decisions.txt`: a boot of the Python model, before and after.
///
/// The format is described in `Oracle/generate_decisions.py`.
struct OracleRow {
  struct Slot: Equatable {
    var state: Character
    var started: UInt8 = 0
    var excused: UInt8 = 0
    var verifies = false
  }

  /// The line without its last word.
  var text: String
  /// Whether it takes no broken application to get there.
  var isRegular: Bool
  var slotA: Slot
  var slotB: Slot
  var lastConfirmed: UpdateSlot
  var pending: PendingRun
  var cause: ResetCause
  var factoryVerifies: Bool
  var ran: Character
  var slotAAfter: Slot
  var slotBAfter: Slot
  var pendingAfter: Character

  /// The line of its inputs alone.
  var input: String { text.components(separatedBy: " -> ")[0] }

  init?(_ line: String) {
    let fields = line.split(separator: " ").map(String.init)
    guard fields.count == 12, fields[6] == "->",
      let slotA = Self.slot(fields[0]), let slotB = Self.slot(fields[1]),
      let slotAAfter = Self.slot(fields[8]), let slotBAfter = Self.slot(fields[9]),
      ["a", "b", "."].contains(fields[2]), ["a", "b", "."].contains(fields[3]),
      ["power", "fault"].contains(fields[4]), ["+", "-"].contains(fields[5]),
      ["a", "b", "f", "."].contains(fields[7]), ["a", "b", "."].contains(fields[10]),
      ["regular", "mutated"].contains(fields[11])
    else { return nil }
    text = fields.dropLast().joined(separator: " ")
    isRegular = fields[11] == "regular"
    self.slotA = slotA
    self.slotB = slotB
    lastConfirmed = fields[2] == "b" ? .slotB : .slotA
    pending = fields[3] == "a" ? .trialOfSlotA : fields[3] == "b" ? .trialOfSlotB : .none
    cause = fields[4] == "power" ? .powerOn : .watchdog
    factoryVerifies = fields[5] == "+"
    ran = Character(fields[7])
    self.slotAAfter = slotAAfter
    self.slotBAfter = slotBAfter
    pendingAfter = Character(fields[10])
  }

  /// For example `E`, `C+` or `T2.1-`.
  private static func slot(_ text: String) -> Slot? {
    guard let state = text.first, "EWSTCR".contains(state) else { return nil }
    var slot = Slot(state: state)
    var rest = text.dropFirst()
    if "STC".contains(state) {
      guard let last = rest.popLast(), "+-".contains(last) else { return nil }
      slot.verifies = last == "+"
    }
    if state == "T" {
      let counts = rest.split(separator: ".").compactMap { UInt8($0) }
      guard counts.count == 2 else { return nil }
      slot.started = counts[0]
      slot.excused = counts[1]
    } else if !rest.isEmpty {
      return nil
    }
    return slot
  }

  /// The boot state of the line.
  ///
  /// What the model does not count by itself, a fault, is every start
  /// that was accounted for and not excused.
  var record: BootRecord {
    BootRecord(
      slotA: record(of: slotA, isPending: pending == .trialOfSlotA, tag: 1),
      slotB: record(of: slotB, isPending: pending == .trialOfSlotB, tag: 2),
      lastConfirmed: lastConfirmedOfRecord, pendingRun: pending)
  }

  /// Where only one slot is confirmed, the record says so too.
  private var lastConfirmedOfRecord: UpdateSlot {
    if slotA.state == "C", slotB.state == "C" { return lastConfirmed }
    return slotB.state == "C" ? .slotB : .slotA
  }

  private func record(of slot: Slot, isPending: Bool, tag: UInt8) -> SlotRecord {
    let states: [Character: SlotState] = [
      "E": .empty, "W": .writing, "S": .staged, "T": .trial, "C": .confirmed, "R": .rejected,
    ]
    var faulted: UInt8 = 0
    if slot.state == "T" { faulted = slot.started - slot.excused - (isPending ? 1 : 0) }
    return .make(
      states[slot.state]!, version: tag, started: slot.started, faulted: faulted,
      excused: slot.excused)
  }

  var verdicts: CandidateVerdicts {
    CandidateVerdicts(
      slotA: slotA.verifies ? good(1) : .refused(.hash),
      slotB: slotB.verifies ? good(2) : .refused(.hash),
      factory: factoryVerifies ? good(9) : .refused(.securityCounter))
  }

  /// Whether a trial is booked, and the next attempt not yet on record.
  var isBetweenTwoRecords: Bool {
    (slotA.state == "T" && pending != .trialOfSlotA)
      || (slotB.state == "T" && pending != .trialOfSlotB)
  }

  /// What `decide` answers, in the words of the model.
  func answer(examination: Examination) -> String? {
    let policy = BootPolicy(
      faultLimit: 2, startLimit: 4, confirmedFaultLimit: 0, examination: examination)
    let situation = BootSituation(record: record, resetCause: cause, policy: policy)
    guard let run = run(situation, knowing: verdicts), let after = run.decision.record
    else { return nil }
    if run.decision.duty.record ?? record != after { return nil }
    let ran =
      switch run.slot {
      case .slotA: "a"
      case .slotB: "b"
      case .factory: "f"
      case nil: "."
      }
    let pending =
      switch after.pendingRun {
      case .none: "."
      case .trialOfSlotA: "a"
      case .trialOfSlotB: "b"
      case .oneShot: "?"
      }
    return [
      input, "->", ran, Self.text(after.slotA, verifies: slotA.verifies),
      Self.text(after.slotB, verifies: slotB.verifies), pending,
    ].joined(separator: " ")
  }

  /// A slot in the words of the model.
  static func text(_ slot: SlotRecord, verifies: Bool) -> String {
    let verdict = verifies ? "+" : "-"
    return switch slot.state {
    case .empty: "E"
    case .writing: "W"
    case .staged: "S" + verdict
    case .trial: "T\(slot.started).\(slot.excused)" + verdict
    case .confirmed: "C" + verdict
    case .rejected: "R"
    case .suspended: "?"
    }
  }

  /// The fixture, as it is checked in.
  static var fixture: URL { oracle.appending(path: "decisions.txt") }
  static var generator: URL { oracle.appending(path: "generate_decisions.py") }
  private static var oracle: URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracle")
  }

  static func lines() throws -> [String] {
    try String(contentsOf: fixture, encoding: .utf8).split(separator: "\n").map(String.init)
  }
}
