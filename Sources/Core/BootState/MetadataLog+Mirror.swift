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
  var halfCount: Int { halves.span[0].layout.isMirrored ? 2 : 1 }

  /// How the log is doing.
  public var health: MetadataLogHealth {
    var health = halves.span[current].health
    guard halfCount == 2 else { return health }
    let other = halves.span[1 - current].health
    health.sectorCount += other.sectorCount
    health.validSectors += other.validSectors
    health.unreadablePositions += other.unreadablePositions
    health.isWritable = health.isWritable || other.isWritable
    health.isMirrorRepaired = isRepaired
    health.redundancy =
      agrees || record == nil ? .bothHalves : current == 0 ? .firstHalfOnly : .secondHalfOnly
    return health
  }

  /// Whether both halves are certain to hold the state.
  private var agrees: Bool {
    let halves = halves.span
    return halves[0].isCertain && halves[1].isCertain && halves[0].sequence == halves[1].sequence
      && halves[0].health.condition == halves[1].health.condition
  }

  @inline(never)
  static func mount<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    on flash: inout F, tableDigest: UInt32, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) -> MetadataLog {
    let layout: MetadataLogLayout
    do throws(MetadataLogUnsuitability) {
      layout = try MetadataLogLayout(flash.geometry, under: P.self)
    } catch {
      throw .unsuitablePartition(error)
    }
    var log = MetadataLog(
      halves: .init(repeating: LogRing(layout: layout, tableDigest: tableDigest)))
    if layout.isMirrored { log.halves[1].layout = layout.mirror }
    do throws(F.Failure) {
      for half in 0..<log.halfCount { try log.halves[half].mount(on: &flash, under: P.self) }
      if layout.isMirrored { try log.agree(on: &flash, under: P.self) }
    } catch { throw .flash(error) }
    return log
  }

  /// Chooses a half, and has both hold its state.
  private mutating func agree<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    on flash: inout F, under protections: P.Type
  ) throws(F.Failure) {
    let (left, right) = (halves[0].health.condition, halves[1].health.condition)
    let isSecondNewer = LogRing.isNumber(halves[1].sequence, newerThan: halves[0].sequence)
    if left == right ? isSecondNewer : right.outranks(left) { current = 1 }
    guard !agrees, let record else { return }
    isRepaired = true
    let number = halves[current].sequence &+ 2
    let source = current
    let first = halves[source].isCertain ? 1 - source : source
    halves[first].isCertain = false
    let isTaken = try put(record, number, intoHalf: first, on: &flash, under: P.self)
    // A half that is certain is not worn for one that takes nothing.
    if !isTaken && first != source { return }
    halves[1 - first].isCertain = false
    _ = try put(record, number, intoHalf: 1 - first, on: &flash, under: P.self)
  }

  @inline(never)
  mutating func append<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ record: borrowing BootRecord, to flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) {
    let number = halves[current].sequence &+ 1
    var isTaken = false
    do throws(F.Failure) {
      for half in 0..<halfCount {
        if try put(record, number, intoHalf: half, on: &flash, under: P.self) { isTaken = true }
      }
    } catch { throw .flash(error) }
    if !isTaken {
      let last = halves[halfCount - 1]
      throw .notWritable(address: last.layout.address(sector: last.target, position: 0))
    }
  }

  /// Makes a record the state of a half, which counts from then on.
  ///
  /// - Returns: Whether the half took it.
  @inline(never)
  private mutating func put<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ record: borrowing BootRecord, _ number: UInt32, intoHalf half: Int, on flash: inout F,
    under protections: P.Type
  ) throws(F.Failure) -> Bool {
    halves[half].sequence = number
    let isTaken = try halves[half].append(record, to: &flash, under: P.self)
    if isTaken { current = half } else { halves[half].isCertain = false }
    return isTaken
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
