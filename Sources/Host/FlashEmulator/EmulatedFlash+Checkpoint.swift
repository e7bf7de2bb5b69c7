internal import NORFlash

/// A moment that an ``EmulatedFlash`` can return to at the cost of what changed since.
///
/// Belongs to the emulator that made it, and is valid until a rollback to an earlier checkpoint or
/// ``EmulatedFlash/discardCheckpoints()``.
public struct FlashCheckpoint: Sendable {
  let number: UInt64
  let random: SplitMix64
  let isPowered: Bool
  /// `nil` if no weak bit was read that later reads depend on.
  let readings: WeakReadings?
}

extension EmulatedFlash {
  /// Starts to record changes, so that ``rollback(to:)`` can take them back.
  ///
  /// Checkpoints nest; going back to one invalidates those made after it, not itself.
  public mutating func checkpoint() -> FlashCheckpoint {
    let number = undo.nextNumber
    undo.nextNumber += 1
    undo.checkpoints.append((number, undo.count))
    return FlashCheckpoint(
      number: number, random: random, isPowered: isPowered,
      readings: conditions.hasReadings ? conditions.readings : nil)
  }

  /// Takes back every change of state since a checkpoint.
  ///
  /// Cells, weak bits and how they were read, unit states, the power and the generator of weak reads
  /// return; a pending power cut is disarmed. Wear, time, statistics and ``operationCount`` go on.
  ///
  /// - Precondition: The checkpoint is this emulator's and still valid.
  /// - Complexity: O(bytes touched since the checkpoint)
  public mutating func rollback(to checkpoint: FlashCheckpoint) {
    while let last = undo.checkpoints.last, last.number > checkpoint.number {
      undo.checkpoints.removeLast()
    }
    guard let target = undo.checkpoints.last, target.number == checkpoint.number else {
      preconditionFailure("the checkpoint is no longer valid")
    }
    while undo.count > target.position { undoLast() }
    random = checkpoint.random
    isPowered = checkpoint.isPowered
    if conditions.hasReadings || checkpoint.readings != nil {
      conditions.readings = checkpoint.readings ?? WeakReadings()
    }
    cancelPowerCut()
  }

  /// Keeps everything as it is, forgets all checkpoints and stops recording.
  public mutating func discardCheckpoints() { undo.removeAll() }

  /// The bytes that are kept to go back to the checkpoints in use.
  package var undoByteCount: Int { undo.count }

  /// Appends the old content of whole units to the undo log.
  mutating func saveForUndo(at start: Int, count: Int) {
    tracking?.touch(start, count)
    let hasWeakMasks = weakByteCount != 0
    let units = unsafe unitStates == nil ? 0 : count >> unitShift
    let trailerSize = MemoryLayout<UndoLog.Trailer>.stride
    let maskSize = hasWeakMasks ? count : 0
    let record = unsafe undo.append(count + maskSize + units + trailerSize)
    unsafe record.copyMemory(from: cells + start, byteCount: count)
    if hasWeakMasks, let masks = unsafe weakMasks {
      unsafe (record + count).copyMemory(from: masks + start, byteCount: count)
    }
    if let unitStates = unsafe unitStates {
      unsafe (record + count + maskSize).copyMemory(
        from: unitStates + start >> unitShift, byteCount: units)
    }
    let trailer = UndoLog.Trailer(
      start: UInt32(start), count: UInt32(count), hasWeakMasks: hasWeakMasks)
    unsafe (record + count + maskSize + units).storeBytes(of: trailer, as: UndoLog.Trailer.self)
  }

  private mutating func undoLast() {
    let trailerSize = MemoryLayout<UndoLog.Trailer>.stride
    let trailer = unsafe undo.removeLast(trailerSize).loadUnaligned(as: UndoLog.Trailer.self)
    let start = Int(trailer.start)
    let count = Int(trailer.count)
    tracking?.touch(start, count)
    if let unitStates = unsafe unitStates {
      let first = start >> unitShift
      let units = count >> unitShift
      unreadableUnitCount -= unreadableUnits(first: first, count: units)
      unsafe UnsafeMutableRawPointer(unitStates + first).copyMemory(
        from: undo.removeLast(units), byteCount: units)
      unreadableUnitCount += unreadableUnits(first: first, count: units)
    }
    if weakByteCount != 0 { clearWeakBits(at: start, count: count) }
    if trailer.hasWeakMasks, let masks = unsafe weakMasks {
      unsafe UnsafeMutableRawPointer(masks + start).copyMemory(
        from: undo.removeLast(count), byteCount: count)
      weakByteCount += weakBytes(at: start, count: count)
    }
    unsafe UnsafeMutableRawPointer(cells + start).copyMemory(
      from: undo.removeLast(count), byteCount: count)
  }
}
