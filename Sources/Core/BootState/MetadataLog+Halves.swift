internal import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

extension MetadataLog {
  static func mount<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    on flash: inout F, tableDigest: UInt32, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) -> MetadataLog {
    var log = MetadataLog()
    try log.fill(from: &flash, tableDigest: tableDigest, under: P.self)
    return log
  }

  /// Mounts this log.
  ///
  /// - Precondition: It is not mounted, and no flash failed while it was being mounted.
  @inline(never)
  mutating func fill<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    from flash: inout F, tableDigest: UInt32, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) {
    precondition(halves[0].layout.sectorCount == 0, "a log is mounted once")
    let layout: MetadataLogLayout
    do throws(MetadataLogUnsuitability) {
      layout = try MetadataLogLayout(flash.geometry, under: P.self)
    } catch {
      throw .unsuitablePartition(error)
    }
    halves[0].tableDigest = tableDigest
    halves[0].layout = layout
    halves[0].health.sectorCount = layout.sectorCount
    halves[0].health.positionCapacity = layout.lastRecord
    do throws(F.Failure) {
      if P.mirror && layout.isMirrored {
        halves[1] = halves[0]
        halves[1].layout.takeSecondHalf()
        for half in 0..<2 { try halves[half].mount(on: &flash, under: P.self) }
        try agree(on: &flash, under: P.self)
      } else {
        try halves[0].mount(on: &flash, under: P.self)
      }
    } catch {
      throw .flash(error)
    }
    publish(under: P.self)
  }

  @inline(never)
  mutating func append<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ record: borrowing BootRecord, to flash: inout F, under protections: P.Type
  ) throws(MetadataLogError<F.Failure>) {
    guard health.sectorCount > 0 else { throw .notWritable(address: 0) }
    precondition(P.mirror || !halves[0].layout.isMirrored, "the log is held twice")
    let last = P.mirror && halves[0].layout.isMirrored ? 1 : 0
    var isTaken = false
    do throws(F.Failure) {
      let number = halves[current].current.sequence &+ 1
      for half in 0...last {
        if try put(record, number, intoHalf: half, on: &flash, under: P.self) { isTaken = true }
      }
    } catch {
      publish(under: P.self)
      throw .flash(error)
    }
    publish(under: P.self)
    if !isTaken {
      throw .notWritable(
        address: halves[last].layout.address(sector: halves[last].target, position: 0))
    }
  }

  /// Makes a record the state of a half, which counts from then on.
  ///
  /// - Returns: Whether the half took it.
  @inline(never)
  mutating func put<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ record: borrowing BootRecord, _ number: UInt32, intoHalf half: Int, on flash: inout F,
    under protections: P.Type
  ) throws(F.Failure) -> Bool {
    halves[half].current.sequence = number
    halves[half].draft = copy record
    let isTaken = try halves[half].appendDraft(to: &flash, under: P.self)
    if isTaken { current = half } else { halves[half].current.isCertain = false }
    return isTaken
  }

  /// Shows what the half that counts says.
  private mutating func publish<P: MetadataLogProtections>(under protections: P.Type) {
    let counting = P.mirror ? current : 0
    health = halves[counting].health
    inheritedRevocations = halves[counting].inheritedRevocations
    record = nil
    if halves[counting].hasState { record = halves[counting].current.record }
    if P.mirror && halves[0].layout.isMirrored { publishMirror() }
  }
}
