@testable import BootState

/// What a boot decision depends on in the Python model, and nothing else.
struct OracleSituation: Hashable {
  private var slots: [Slot] = []
  private var lastConfirmed: UpdateSlot?
  private var pendingSlot: UpdateSlot?
  private var isFault: Bool
  private var factoryVerifies: Bool

  private struct Slot: Hashable {
    var state: SlotState
    var started: UInt8 = 0
    var excused: UInt8 = 0
    var verifies = false
  }

  init(record: BootRecord, cause: ResetCause, verdicts: CandidateVerdicts) {
    isFault = cause.isFault
    factoryVerifies = verdicts.factory.isBootable
    pendingSlot = record.pendingRun.trialSlot
    if record.slotA.state == .confirmed, record.slotB.state == .confirmed {
      lastConfirmed = record.lastConfirmed
    }
    for slot in [UpdateSlot.slotA, .slotB] {
      var known = Slot(state: record[slot].state)
      switch known.state {
      case .trial:
        known.started = record[slot].started
        known.excused = record[slot].excused
        known.verifies = verdicts[BootSlot(slot)].isBootable
      case .staged, .confirmed, .suspended:
        known.verifies = verdicts[BootSlot(slot)].isBootable
      case .empty, .writing, .rejected: break
      }
      slots.append(known)
    }
  }

  /// The left side of a line in `Oracle/decisions.txt`.
  var text: String {
    let words =
      slots.map { slot in
        OracleRow.text(
          .make(slot.state, started: slot.started, excused: slot.excused), verifies: slot.verifies)
      } + [
        lastConfirmed.letter, pendingSlot.letter, isFault ? "fault" : "power",
        factoryVerifies ? "+" : "-",
      ]
    return words.joined(separator: " ")
  }
}

extension CandidateVerdict {
  var isBootable: Bool { if case .bootable = self { true } else { false } }
}

extension UpdateSlot? {
  /// The word of the Python model's lines.
  var letter: String {
    switch self {
    case .slotA: "a"
    case .slotB: "b"
    case nil: "."
    }
  }
}
