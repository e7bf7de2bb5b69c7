internal import FlashEmulator
internal import NORFlash

/// What of one half of a log makes a difference, or of a log that is not held twice.
struct LogHalfForm: Sendable {
  /// Stands for all of it but what follows.
  var digest = ContentDigest.zero
  /// The numbers of states, which count by their order among those of the whole log.
  var numbers: [UInt32] = []
  /// Whether there is a position with weak bits, whose counters count as they are.
  var isUndecided = false
  /// The newest generation of a header; 0 without one.
  var newestGeneration: UInt32 = 0
}

/// The forms of halves of logs that one thread met before.
///
/// A cut changes one half of a log that is held twice, and a search meets each content of one
/// together with many of the other: half of what it asks for was reduced before.
final class LogHalfForms {
  private let shape: LogShape
  private let relevance: RecordRelevance
  private var places = DigestPlaces(count: 1 << 16)
  private var known: [LogHalfForm]

  init(of metadata: FlashRange, on geometry: FlashGeometry, _ relevance: RecordRelevance) {
    shape = LogShape(metadata, on: geometry)
    self.relevance = relevance
    known = [LogHalfForm](repeating: LogHalfForm(), count: places.count)
  }

  /// What of the log makes a difference.
  func form(on flash: borrowing EmulatedFlash) -> [UInt8] {
    var words: [UInt64] = []
    var numbers: [UInt32] = []
    var newestGenerations: [UInt32] = []
    var isUndecided = false
    for half in shape.halves {
      let form = form(of: half, on: flash)
      words += [form.digest.high, form.digest.low]
      numbers += form.numbers
      newestGenerations.append(form.newestGeneration)
      if form.isUndecided { isUndecided = true }
    }
    var different: [UInt32] = []
    for number in numbers where !different.contains(number) { different.append(number) }
    for number in numbers {
      words.append(UInt64(different.count { Int32(bitPattern: $0 &- number) > 0 }))
    }
    if isUndecided {
      // What the bytes of weak positions are compared with.
      for counter in numbers + newestGenerations { words.append(UInt64(counter)) }
    }
    return unsafe words.withUnsafeBytes { unsafe Array($0) }
  }

  private func form(of half: FlashRange, on flash: borrowing EmulatedFlash) -> LogHalfForm {
    let content = flash.digestOfChunks(in: half)
    if let place = places[content] { return known[place] }
    let form = LogReduction(half, shape, flash, relevance).reduced()
    known[places.take(content)] = form
    return form
  }
}
