internal import NORFlash

/// A log that is held twice.
///
/// A torn program of some parts takes a whole page with it, or bits anywhere in the erase block, and
/// so the records that stood there for good. So with four sectors or more there are two halves, each
/// a log of its own, and only one of them is ever being written:
///
/// - An append goes to the first half, complete and read back, and then to the second. Both records
///   carry the same number, one more than that of the state before.
/// - A mount takes the state of the sound half with the higher number. It is content only if both
///   halves hold that number and neither shows a trace of an interruption. Otherwise one half may be
///   damaged in ways that do not show yet: the state moves to a freshly erased sector in both halves,
///   under a number of its own, before anyone acts on it. The half that cannot be trusted goes first.
/// - That number is two higher, for the one that is one higher may stand in a torn record which no
///   mount could read so far; should it become readable, it loses.
///
/// A half that does not take the state is left behind, and the other one alone is a log as on a small
/// partition; the next mount tries again. A half that could be read is never replaced by less: a
/// sound state wins over one of another partition table, that over a lost one, and that over none.
extension MetadataLog {
  /// The number of logs on the partition.
  var halfCount: Int { halves[0].layout.isMirrored ? 2 : 1 }

  /// Adds to `health` what the other half says.
  @inline(never)
  mutating func publishMirror() {
    let other = 1 - current
    health.sectorCount += halves[other].health.sectorCount
    health.validSectors += halves[other].health.validSectors
    health.unreadablePositions += halves[other].health.unreadablePositions
    if halves[other].health.isWritable { health.isWritable = true }
    health.isMirrorRepaired = isRepaired
    health.redundancy = .bothHalves
    if record != nil && !agrees {
      health.redundancy = current == 0 ? .firstHalfOnly : .secondHalfOnly
    }
  }

  /// Whether both halves are certain to hold the state.
  private var agrees: Bool {
    mutating get {
      halves[0].current.isCertain && halves[1].current.isCertain
        && halves[0].current.sequence == halves[1].current.sequence
        && halves[0].health.condition == halves[1].health.condition
    }
  }

  /// Chooses a half, and has both hold its state.
  mutating func agree<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    on flash: inout F, under protections: P.Type
  ) throws(F.Failure) {
    let (left, right) = (halves[0].health.condition, halves[1].health.condition)
    let isSecondNewer = LogRing.isNumber(
      halves[1].current.sequence, newerThan: halves[0].current.sequence)
    if left == right ? isSecondNewer : right.outranks(left) { current = 1 }
    let source = current
    guard halves[source].hasState, !agrees else { return }
    isRepaired = true
    let record = halves[source].current.record
    let number = halves[source].current.sequence &+ 2
    let first = halves[source].current.isCertain ? 1 - source : source
    halves[first].current.isCertain = false
    let isTaken = try put(record, number, intoHalf: first, on: &flash, under: P.self)
    // A half that is certain is not worn for one that takes nothing.
    if !isTaken && first != source { return }
    halves[1 - first].current.isCertain = false
    _ = try put(record, number, intoHalf: 1 - first, on: &flash, under: P.self)
  }
}

extension MetadataLogCondition {
  /// Whether a half in this condition counts, whatever the number of one in the other condition.
  ///
  /// In falling order: sound, of another table, lost, virgin.
  fileprivate func outranks(_ other: MetadataLogCondition) -> Bool {
    rawValue &- 1 > other.rawValue &- 1
  }
}
