import BootState

extension BootReport {
  /// The decision in one to three lines: what starts and why, what was passed over, and the health
  /// of the metadata log if it is not as it should be.
  public var lines: [String] {
    var lines = [headline]
    let others = candidates.compactMap { candidate in
      candidate.passedOver.map { "\(candidate.slot) (\($0))" }
    }
    if !others.isEmpty { lines.append("  passed over: " + others.joined(separator: ", ")) }
    if let concern = log.map(\.concern) ?? "cannot be read" {
      lines.append("  metadata log: " + concern)
    }
    return lines
  }

  private var headline: String {
    guard let slot else { return "\(resetCause) -> recovery: \(reasonPhrase)" }
    var text = "\(resetCause) -> \(slot)"
    if let version { text += " \(version)" }
    if let attempt, let attemptsLeft {
      text += ", attempt \(attempt) (\(attemptsLeft) left)"
    }
    return text + ": \(reasonPhrase)"
  }

  private var reasonPhrase: String {
    switch reason {
    case "trial": "an update is on trial"
    case "confirmed": "it was confirmed last"
    case "rollback": "the update is rejected, back to what ran before"
    case "previous-confirmed": "what was confirmed last cannot run, this was confirmed before"
    case "suspended": "suspended for its faults, but no other confirmed image runs"
    case "factory-initial": "no update was ever confirmed"
    case "factory-fallback": "no update slot can run"
    case "one-shot": "asked for once"
    case "resumed": "the same run goes on after deep sleep"
    case "log-lost-factory": "the metadata log is lost, factory is the safe choice"
    case "log-lost-version": "the metadata log is lost, this has the highest version"
    case "nothing-bootable": "no slot holds an image that can run; write one over a debugger"
    default: reason
    }
  }
}

extension BootReport.Log {
  /// What is not as it should be, or `nil`.
  fileprivate var concern: String? {
    var concerns: [String] = []
    if condition != "sound" { concerns.append(condition) }
    if !isWritable { concerns.append("takes no record") }
    if finishedMove { concerns.append("finished an interrupted move to another sector") }
    if wroteEcho { concerns.append("repeated a record that a power cut left uncertain") }
    if unreadablePositions > 0 { concerns.append("\(unreadablePositions) positions unreadable") }
    return concerns.isEmpty ? nil : concerns.joined(separator: ", ")
  }
}
