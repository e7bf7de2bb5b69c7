internal import NORFlash

/// The whole state of an ``EmulatedFlash``, as a value: what its behaviour depends on, and nothing
/// else (no wear, no time, no statistics).
public struct FlashSnapshot: Equatable, Sendable {
  let cells: [UInt8]
  /// Empty on parts whose units have no state.
  let unitStates: [UInt8]
  let weakBits: [WeakBits]
  let random: SplitMix64
  let isPowered: Bool
  /// The reads of weak bits so far, where later ones depend on them.
  let weakReadCounts: [UInt32: UInt32]

  /// Whether the cells, the weak bits and the units are the same, whatever the power and the
  /// position of the generator that decides weak reads.
  ///
  /// - Complexity: O(size of the part)
  public func hasSameContent(as other: FlashSnapshot) -> Bool {
    cells == other.cells && unitStates == other.unitStates && weakBits == other.weakBits
      && weakReadCounts == other.weakReadCounts
  }
}

/// A run of bytes with weak bits.
struct WeakBits: Equatable, Sendable {
  var address: UInt32
  var masks: [UInt8]
}

extension EmulatedFlash {
  /// The state as a value.
  ///
  /// Costs a copy of the flash; ``checkpoint()`` costs what changes.
  ///
  /// - Complexity: O(size of the part)
  public func snapshot() -> FlashSnapshot {
    FlashSnapshot(
      cells: unsafe Array(UnsafeBufferPointer(start: cells, count: Int(size))),
      unitStates: unsafe unitStates.map {
        unsafe Array(UnsafeBufferPointer(start: $0, count: unitCount))
      } ?? [],
      weakBits: weakRuns(), random: random, isPowered: isPowered,
      weakReadCounts: conditions.readings.counts)
  }

  /// Returns to a snapshot and disarms a pending power cut; wear, time and statistics go on.
  ///
  /// - Precondition: The snapshot was taken from a flash of the same part.
  /// - Complexity: O(size of the part)
  public mutating func restore(_ snapshot: FlashSnapshot) {
    precondition(
      snapshot.cells.count == Int(size)
        && snapshot.unitStates.count == (unsafe unitStates == nil ? 0 : unitCount),
      "the snapshot is of another part")
    if undo.isRecording { saveForUndo(at: 0, count: Int(size)) }
    if weakByteCount != 0 { clearWeakBits(at: 0, count: Int(size)) }
    unsafe snapshot.cells.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      unsafe cells.update(from: base, count: source.count)
    }
    setUnitStates(snapshot.unitStates)
    for run in snapshot.weakBits {
      for (offset, mask) in run.masks.enumerated() {
        setWeakMask(mask, at: Int(run.address) + offset)
      }
    }
    random = snapshot.random
    isPowered = snapshot.isPowered
    conditions.readings = WeakReadings(counts: snapshot.weakReadCounts)
    cancelPowerCut()
  }

  /// Replaces the states of all units; an empty array belongs to parts without.
  mutating func setUnitStates(_ states: [UInt8]) {
    guard let unitStates = unsafe unitStates, states.count == unitCount else { return }
    unsafe states.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      unsafe unitStates.update(from: base, count: source.count)
    }
    unreadableUnitCount = unreadableUnits(first: 0, count: unitCount)
  }

  /// All weak bits, as runs of bytes.
  func weakRuns() -> [WeakBits] {
    guard weakByteCount != 0, let masks = unsafe weakMasks else { return [] }
    var runs: [WeakBits] = []
    var isOpen = false
    for position in 0..<Int(size) {
      let mask = unsafe masks[position]
      if mask == 0 {
        isOpen = false
      } else if isOpen {
        runs[runs.count - 1].masks.append(mask)
      } else {
        runs.append(WeakBits(address: UInt32(position), masks: [mask]))
        isOpen = true
      }
    }
    return runs
  }
}
