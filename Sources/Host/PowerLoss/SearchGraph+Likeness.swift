internal import FlashEmulator

// A state that agrees with a run one in everything that run looked at is not run: it would do the
// same. It stands for nothing new, though, only if it also agrees in everything that is looked at
// *later*, in any state that follows. What that is, is known when the search has nothing left; then
// each such state is checked, and run after all if it differs where it matters.

/// What a run leads to.
struct RunRecord {
  /// The chunks it looked at.
  var footprint: [ChunkLines]
  var erases: [RunReads.Erase]
  /// The crash points it went through, with the number of erases before each.
  var points: [(point: UInt32, erases: UInt32)]
  /// The states at its end: after a reset, or a loss of power at rest.
  var ends: [UInt32] = []

  /// Takes in another run of the same state; its erases do not count, for they may come elsewhere.
  mutating func merge(
    _ other: [ChunkLines], _ points: [(point: UInt32, erases: UInt32)]
  ) {
    footprint += other
    for point in points { self.points.append((point.point, 0)) }
    self.points.sort { $0.erases < $1.erases }
    // The ends of both runs follow; only what every run erased would be out of their sight.
    erases = []
    for index in self.points.indices { self.points[index].erases = 0 }
  }
}

extension SearchGraph {
  /// Checks the states that were not run; those that differ where it matters become tasks.
  ///
  /// To be called with the lock held, when nothing is left to run.
  ///
  /// - Returns: Whether all of them stand for nothing new.
  /// - Complexity: O(edges × chunks looked at) for each round until nothing changes
  func dischargeLikenesses() -> Bool {
    guard !deferred.isEmpty else { return true }
    var isStable = false
    var failed: [Int] = []
    while !isStable {
      isStable = true
      let later = LaterReads(self)
      failed = []
      for (position, node) in deferred.enumerated() {
        let number = Int(node)
        if agrees(node, with: nodes[number].likeness, later) { continue }
        let leaf = tree.leaves[Int(nodes[number].leaf)]
        if let other = leaf.first(where: { agrees(node, with: $0, later) }) {
          nodes[number].likeness = other
          isStable = false
        } else {
          failed.append(position)
        }
      }
    }
    for position in failed.reversed() {
      let node = deferred.remove(at: position)
      nodes[Int(node)].likeness = .max
      schedule(
        SearchTask(node: node, isForced: true), nesting: nodes[Int(node)].nesting, isNovel: false)
    }
    return failed.isEmpty
  }

  private func agrees(_ node: UInt32, with other: UInt32, _ later: LaterReads) -> Bool {
    let left = images[nodes[Int(node)].image]
    let right = images[nodes[Int(other)].image]
    var leftIndex = 0
    var rightIndex = 0
    while leftIndex < left.count || rightIndex < right.count {
      let leftGroup = leftIndex < left.count ? left[leftIndex].group : .max
      let rightGroup = rightIndex < right.count ? right[rightIndex].group : .max
      let group = min(leftGroup, rightGroup)
      let start = images.knownStartGroup(group)
      let from = leftGroup == group ? left[leftIndex].node : start
      let to = rightGroup == group ? right[rightIndex].node : start
      if leftGroup == group { leftIndex += 1 }
      if rightGroup == group { rightIndex += 1 }
      guard from != to else { continue }
      let old = images[group: from]
      let new = images[group: to]
      for lane in 0..<16 where old[lane] != new[lane] {
        let chunk = group * 16 + UInt32(lane)
        let mask = later.mask(of: chunk, from: nodes[Int(other)].run)
        if mask != 0,
          images.differingLines(
            old[lane], new[lane], chunkSize, unitShift, hasUnits: hasUnits) & mask != 0
        {
          return false
        }
      }
    }
    return true
  }
}
