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

  /// How the log is doing.
  public var health: MetadataLogHealth {
    var health = halves[current].health
    guard halfCount == 2 else { return health }
    let other = halves[1 - current]
    health.sectorCount += other.health.sectorCount
    health.validSectors += other.health.validSectors
    health.unreadablePositions += other.health.unreadablePositions
    health.isWritable = health.isWritable || other.health.isWritable
    health.isMirrorRepaired = isRepaired
    health.redundancy =
      agrees || record == nil ? .bothHalves : current == 0 ? .firstHalfOnly : .secondHalfOnly
    return health
  }

  /// Whether both halves are certain to hold the state.
  private var agrees: Bool {
    halves[0].isCertain && halves[1].isCertain && halves[0].sequence == halves[1].sequence
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
    for half in 0..<log.halfCount {
      log.halves[half] = try .mount(
        half == 0 ? layout : layout.mirror, on: &flash, tableDigest: tableDigest, under: P.self)
    }
    if layout.isMirrored { try log.agree(on: &flash, under: P.self) }
    return log
  }

  /// Chooses a half, and has both hold its state.
  private mutating func agree<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    on flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) {
    let (left, right) = (halves[0].health.condition, halves[1].health.condition)
    let isSecondNewer = LogRing.isNumber(halves[1].sequence, newerThan: halves[0].sequence)
    if left == right ? isSecondNewer : right.outranks(left) { current = 1 }
    guard !agrees, let record else { return }
    isRepaired = true
    let number = halves[current].sequence &+ 2
    let source = current
    let first = halves[source].isCertain ? 1 - source : source
    halves[first].isCertain = false
    let refusal = try put(record, number, intoHalf: first, on: &flash, under: P.self)
    // A half that is certain is not worn for one that takes nothing.
    if refusal != nil && first != source { return }
    halves[1 - first].isCertain = false
    _ = try put(record, number, intoHalf: 1 - first, on: &flash, under: P.self)
  }

  mutating func append<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ record: BootRecord, to flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) {
    let number = halves[current].sequence &+ 1
    var refusals = 0
    for half in 0..<halfCount {
      let refusal = try put(record, number, intoHalf: half, on: &flash, under: P.self)
      guard let refusal else { continue }
      refusals += 1
      if refusals == halfCount { throw .notWritable(address: refusal) }
    }
  }

  /// Makes a record the state of a half, which counts from then on.
  ///
  /// - Returns: The address that was tried last if the half does not take it, or `nil`.
  private mutating func put<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ record: BootRecord, _ number: UInt32, intoHalf half: Int, on flash: inout F,
    under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) -> UInt32? {
    halves[half].sequence = number
    do throws(MetadataLogError<F.Failure>) {
      try halves[half].append(record, to: &flash, under: P.self)
    } catch {
      guard case .notWritable(let address) = error else { throw error }
      halves[half].isCertain = false
      return address
    }
    current = half
    return nil
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
