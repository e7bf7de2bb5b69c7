extension DeviceStatus {
  /// The facts for people, without the map.
  func lines(color: Bool) -> [String] {
    var lines: [String] = []
    if let running {
      lines.append("runs             \(running)")
    } else {
      lines.append("runs             nothing; next: \(pendingResetCause ?? "power-on") reset")
    }
    lines.append("security floor   \(securityFloor)")
    var keys = "\(trustedKeys) trusted"
    if !revokedKeys.isEmpty {
      keys += ", revoked: \(revokedKeys.map { "\($0)" }.joined(separator: ", "))"
    }
    lines.append("keys             \(keys); decrypts \(decrypts.replacing("-", with: " "))")
    if let oneShot { lines.append("one-shot boot    \(oneShot)") }
    lines.append("metadata log     \(logLine)")
    for slot in slots { lines.append(slot.line(color: color)) }
    return lines
  }

  private var logLine: String {
    guard let log else { return logProblem ?? "unreadable" }
    var text =
      "\(log.condition), \(log.positionsUsed) of \(log.positionCapacity) positions of the current "
      + "sector used, \(log.records) records in \(log.validSectors) of \(log.sectors) sectors"
    if log.unreadablePositions > 0 { text += ", \(log.unreadablePositions) unreadable" }
    switch log.redundancy {
    case "single": break
    case "both-halves": text += ", held twice"
    default: text += ", held by the \(log.redundancy.replacing("-", with: " "))"
    }
    return text
  }
}

extension DeviceStatus.Slot {
  fileprivate func line(color: Bool) -> String {
    var facts: [String] = []
    if let state {
      let style: TextStyle =
        switch state {
        case "confirmed": .green
        case "rejected", "suspended": .red
        case "trial", "staged", "writing": .yellow
        default: .dim
        }
      var text = style.apply(to: state, color: color)
      if newestConfirmed == true { text += " (newest)" }
      if let rejection { text += " (\(rejection))" }
      if let progressSixteenths { text += " (\(progressSixteenths)/16 on record)" }
      facts.append(text)
    }
    // What lies there meanwhile is half of one image and half of another, or the one before.
    if state == "writing" { return slot.padded(to: 17) + facts.joined(separator: ", ") }
    if state == "trial" || state == "staged", let started, let attemptsLeft {
      facts.append("\(started) started, \(attemptsLeft) left")
    }
    if state == "confirmed" || state == "suspended", let faulted, faulted > 0 {
      facts.append(faulted == 1 ? "1 fault" : "\(faulted) faults")
    }
    if let version { facts.append(version) }
    if let imageSize { facts.append("\(imageSize) bytes") }
    if let securityCounter { facts.append("counter \(securityCounter)") }
    if storedForm == "ciphertext" { facts.append("encrypted in flash") }
    if verifies {
      facts.append("verifies")
    } else if let refusal, state != "empty" {
      facts.append(TextStyle.red.apply(to: "does not verify: \(refusal)", color: color))
    }
    return slot.padded(to: 17) + facts.joined(separator: ", ")
  }
}
