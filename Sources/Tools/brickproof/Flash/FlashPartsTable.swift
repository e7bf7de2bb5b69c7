import FlashEmulator
import NORFlash

/// The parts as a table for people.
struct FlashPartsTable {
  var parts: [FlashPart]

  /// The table, one line a part, without a line end behind the last.
  var text: String {
    let header = [
      "PART", "SIZE", "ERASE BLOCKS", "UNIT", "ECC", "ERASED", "REWRITE", "CYCLES", "PROGRAM",
      "ERASE", "EVIDENCE",
    ]
    let rows = [header] + parts.map(row)
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }

  private func row(_ part: FlashPart) -> [String] {
    let geometry = part.geometry
    let blocks = (0..<geometry.regionCount).map { index in
      let region = geometry.region(at: index)
      return "\(region.blockCount) x \(size(region.eraseBlock))"
    }
    let program = "\(size(part.timing.programPage)) \(time(part.timing.pageProgram))"
    let erases = part.timing.eraseCommands.map { "\(size($0.size)) \(time($0.time))" }
    return [
      part.name, size(part.size), blocks.joined(separator: " + "), size(part.programUnit),
      part.eccUnit == 0 ? "-" : size(part.eccUnit), geometry.erased == .ones ? "0xFF" : "0x00",
      geometry.rewriteRule.text, "\(part.endurance)", program, erases.joined(separator: ", "),
      evidence(part.evidence),
    ]
  }

  private func size(_ bytes: UInt32) -> String {
    if bytes >= 1 << 20, bytes.isMultiple(of: 1 << 20) { return "\(bytes >> 20) MiB" }
    if bytes >= 1 << 10, bytes.isMultiple(of: 1 << 10) { return "\(bytes >> 10) KiB" }
    return "\(bytes) B"
  }

  private func time(_ range: TimingRange) -> String {
    let unit: (name: String, nanoseconds: UInt64) =
      range.typical >= 1_000_000 ? ("ms", 1_000_000) : ("us", 1_000)
    return "\(number(range.typical, unit.nanoseconds))/\(number(range.maximum, unit.nanoseconds))"
      + " \(unit.name)"
  }

  /// A quotient with one decimal where there is one.
  private func number(_ nanoseconds: UInt64, _ unit: UInt64) -> String {
    let tenths = (nanoseconds * 10 + unit / 2) / unit
    return tenths.isMultiple(of: 10) ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  private func evidence(_ evidence: FlashPartEvidence) -> String {
    let sources = [evidence.geometry, evidence.timing, evidence.endurance]
    if Set(sources).count == 1 { return evidence.geometry.rawValue }
    return "geometry \(evidence.geometry.rawValue), times \(evidence.timing.rawValue),"
      + " endurance \(evidence.endurance.rawValue)"
  }
}
