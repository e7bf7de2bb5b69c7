public import NORFlash

// What a search needs to know two contents apart, to keep them, and to come back to them. Content
// means cells, weak bits, and what the units know: all that the behaviour of the flash depends on.

extension EmulatedFlash {
  /// Starts to keep digests of the content, in chunks of at most 256 bytes that divide the blocks.
  ///
  /// Only changes made while a checkpoint is in use are seen. Content in the ranges `apart` counts
  /// into a digest of its own; they consist of whole chunks.
  ///
  /// - Complexity: O(size of the part)
  package mutating func trackContent(settingApart apart: [FlashRange] = []) {
    var shift = 8
    for region in regions { shift = min(shift, region.eraseBlock.trailingZeroBitCount) }
    // An erase block of an odd size still consists of whole units.
    shift = max(shift, unitShift)
    let tracking = ContentTracking(size: Int(size), chunkShift: shift)
    for range in apart {
      tracking.setApart(Int(range.start) >> shift..<Int(range.end) >> shift)
    }
    tracking.touch(0, Int(size))
    self.tracking = tracking
    updateDigests()
    tracking.forgetTouched()
  }

  /// The digest of the content outside the ranges that are set apart.
  ///
  /// - Complexity: O(bytes changed since the last call)
  package mutating func contentDigest() -> ContentDigest {
    updateDigests()
    return tracking?.sum ?? .zero
  }

  /// The digest of the content of the ranges that are set apart.
  ///
  /// - Complexity: O(bytes changed since the last call)
  package mutating func digestSetApart() -> ContentDigest {
    updateDigests()
    return tracking?.sumSetApart ?? .zero
  }

  /// The digest of the cells and weak bits of a range, whatever chunks it covers.
  ///
  /// - Complexity: O(`range.count`)
  public func contentDigest(of range: FlashRange) -> ContentDigest {
    precondition(range.end <= UInt64(size), "the range is outside the flash")
    return digest(at: Int(range.start), count: Int(range.count), seed: 0)
  }

  /// A digest of whole chunks, from those of the chunks while content is tracked and they are up to
  /// date.
  ///
  /// Not the digest that a flash has which does not track; and as with all that is tracked, only
  /// changes made while a checkpoint is in use are seen.
  ///
  /// - Precondition: The range is inside the flash.
  /// - Complexity: O(chunks), or O(`range.count`) if some digest is out of date.
  package func digestOfChunks(in range: FlashRange) -> ContentDigest {
    guard let tracking, tracking.dirty.isEmpty,
      (range.start | range.count) & (1 << UInt32(tracking.chunkShift) - 1) == 0
    else { return contentDigest(of: range) }
    let first = Int(range.start) >> tracking.chunkShift
    var digest = ContentDigest(high: 0, low: UInt64(range.count))
    for index in first..<first + Int(range.count) >> tracking.chunkShift {
      digest += unsafe tracking.digests[index]
    }
    return digest
  }

  /// The number of bytes of a chunk.
  package var chunkSize: Int { 1 << (tracking?.chunkShift ?? 8) }

  /// The chunks that may have changed since `forgetTouchedChunks()`, in no order.
  package var touchedChunks: [UInt32] { tracking?.touched ?? [] }

  /// Starts to collect touched chunks anew.
  package mutating func forgetTouchedChunks() { tracking?.forgetTouched() }

  /// The digest of a chunk; up to date after `contentDigest()`.
  package func chunkDigest(_ index: Int) -> ContentDigest {
    guard let tracking else { return .zero }
    return unsafe tracking.digests[index]
  }

  private mutating func updateDigests() {
    guard let tracking, !tracking.dirty.isEmpty else { return }
    for index in tracking.dirty {
      let digest = digest(
        at: Int(index) << tracking.chunkShift, count: 1 << tracking.chunkShift,
        seed: UInt64(index) + 1)
      tracking.update(Int(index), to: digest)
    }
    tracking.forgetDirty()
  }

  private func digest(at start: Int, count: Int, seed: UInt64) -> ContentDigest {
    var digest = unsafe ContentDigest(
      of: UnsafeRawBufferPointer(start: cells + start, count: count), seed: seed)
    if let unitStates = unsafe unitStates {
      let units = unsafe UnsafeRawBufferPointer(
        start: unitStates + start >> unitShift, count: count >> unitShift)
      digest = digest.combined(with: unsafe ContentDigest(of: units, seed: 1))
    }
    if weakByteCount != 0, let masks = unsafe weakMasks, hasWeakBits(at: start, count: count) {
      let weak = unsafe UnsafeRawBufferPointer(start: masks + start, count: count)
      digest = digest.combined(with: unsafe ContentDigest(of: weak, seed: 2))
    }
    return digest
  }
}
