import FlashEmulator
import NORFlash

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The parts as one JSON object; times are nanoseconds, sizes bytes.
struct FlashPartsReport: Encodable {
  struct Region: Encodable {
    var start: UInt32
    var blockCount: UInt32
    var eraseBlock: UInt32
  }

  struct Erase: Encodable {
    var size: UInt32
    var time: TimingRange
  }

  struct Part: Encodable {
    var name: String
    var family: FlashPartFamily
    var size: UInt32
    var regions: [Region]
    var programUnit: UInt32
    var programPage: UInt32
    var eccUnit: UInt32
    var erasedValue: UInt8
    var rewriteRule: String
    var endurance: UInt32
    var pageProgram: TimingRange
    var erase: [Erase]
    var evidence: FlashPartEvidence
  }

  var formatVersion = 1
  var parts: [Part]

  init(parts: [FlashPart]) { self.parts = parts.map(Part.init) }

  /// The object as text, with keys in a fixed order.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension FlashPartsReport.Part {
  init(_ part: FlashPart) {
    name = part.name
    family = part.family
    size = part.size
    regions = (0..<part.geometry.regionCount).map { index in
      let region = part.geometry.region(at: index)
      return .init(
        start: region.start, blockCount: region.blockCount, eraseBlock: region.eraseBlock)
    }
    programUnit = part.programUnit
    programPage = part.timing.programPage
    eccUnit = part.eccUnit
    erasedValue = part.geometry.erased.byte
    rewriteRule = part.geometry.rewriteRule.text
    endurance = part.endurance
    pageProgram = part.timing.pageProgram
    erase = part.timing.eraseCommands.map { .init(size: $0.size, time: $0.time) }
    evidence = part.evidence
  }
}

extension RewriteRule {
  /// The rule as a published string.
  var text: String {
    switch self {
    case .anyBit: "any-bit"
    case .once: "once"
    case .onceThenAllProgrammed: "once-then-all-programmed"
    case .times(let limit): "times-\(limit)"
    }
  }
}
